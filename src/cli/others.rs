//! `compare`'s options that add rows of other programs: workers, languages, commands.

use super::Failed;
use super::leftover::Temporary;
use super::processes::Processes;
use super::progress::Progress;
use clap::Args;
use fsbench::list::{Projection, Want};
use fsbench::measure::comparison::Programs;
use fsbench::measure::language::LANGUAGES;
use fsbench::measure::plan::Way;
use fsbench::measure::process::{Program, Renewal};
use fsbench::measure::programs::named;
use fsbench::strategy::Level;
use std::path::Path;

#[derive(Args)]
#[command(next_help_heading = "Other programs")]
pub(super) struct Others {
    /// Add a row for a program that speaks the worker protocol (docs/worker.md): NAME=PROGRAM; may be repeated
    #[arg(long = "worker", value_name = "NAME=PROGRAM", value_parser = foreign)]
    workers: Vec<(String, Program)>,
    /// Add rows in Python, Node.js, Perl, C, Java and Go, if their interpreters or compilers are installed
    #[arg(long)]
    languages: bool,
    #[command(flatten)]
    processes: Processes,
}

/// Rows of other programs, ready to run; the folder that contestants were compiled in goes when this does.
pub(super) struct Ready {
    pub(super) programs: Programs,
    _folder: Option<Temporary>,
}

impl Others {
    /// Whether any row was asked for.
    pub(super) fn any(&self) -> bool {
        self.in_process() || self.processes()
    }

    /// Whether rows were asked for that stand beside fsbench's own.
    pub(super) fn in_process(&self) -> bool {
        !self.workers.is_empty() || self.languages
    }

    /// Whether a table of whole processes was asked for.
    pub(super) fn processes(&self) -> bool {
        self.processes.any()
    }

    /// Whether what commands print goes to the terminal, too.
    pub(super) fn show_output(&self) -> bool {
        self.processes.show_output()
    }

    /// Finds the programs, and compiles what wants to be compiled. Commands that can be told their threads are told each of
    /// `threads`.
    pub(super) fn prepare(
        &self,
        (level, want): (Level, Want),
        threads: &[usize],
        progress: &mut Progress,
    ) -> Result<Ready, Failed> {
        let commands = self.processes.ways(level, want, threads)?;
        let mut workers: Vec<Way> = self.workers.iter().map(worker).collect();
        let mut folder = None;
        if self.languages {
            let folder = folder.insert(Temporary::new()?);
            progress.start("compiling", LANGUAGES.len() as u64);
            for language in LANGUAGES {
                let program = language.prepare(folder.path());
                progress.bar().inc(1);
                workers.extend(language.ways(level, want, &program));
            }
        }
        let programs = Programs { workers, commands };
        programs.check_names()?;
        Ok(Ready { programs, _folder: folder })
    }
}

fn worker((name, program): &(String, Program)) -> Way {
    Way::Foreign { name: name.clone(), program: program.clone(), projection: Projection::Whole }
}

/// Parses `NAME=PROGRAM`, and opens the program at once: a build may replace the file later.
fn foreign(text: &str) -> Result<(String, Program), String> {
    match text.split_once('=') {
        Some((name, program)) if !name.is_empty() && !program.is_empty() => {
            let path = named(Path::new(program)).map_err(|error| error.to_string())?;
            let opened = Program::opened(&path, Vec::new(), Renewal::EachSample).map_err(|error| error.to_string())?;
            Ok((name.to_owned(), opened))
        }
        _ => Err("a worker is given as NAME=PROGRAM, such as mine=./worker".to_owned()),
    }
}
