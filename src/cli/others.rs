//! `compare`'s rows that are not fsbench's own strategies: workers and contestants in other languages.

use super::Failed;
use super::progress::Progress;
use clap::Args;
use fsbench::error::Error;
use fsbench::list::{Projection, Want};
use fsbench::measure::Plan;
use fsbench::measure::language::{LANGUAGES, Language};
use fsbench::measure::plan::{Case, Twin, Way};
use fsbench::measure::process::{Program, Renewal};
use std::path::PathBuf;
use tempfile::TempDir;

#[derive(Args)]
#[command(next_help_heading = "Other programs")]
pub(super) struct Others {
    /// Another program that speaks the worker protocol, as a row: NAME=PROGRAM; may be repeated
    #[arg(long = "worker", value_name = "NAME=PROGRAM", value_parser = foreign)]
    workers: Vec<(String, PathBuf)>,
    /// Rows in Python, Node.js, Perl, C, Java and Go, where an interpreter or a compiler is here
    #[arg(long)]
    languages: bool,
}

/// Contestants, made ready; their folder goes when this does.
pub(super) struct Contestants {
    _folder: TempDir,
    languages: Vec<(&'static Language, Result<Program, String>)>,
}

impl Others {
    /// Whether any was asked for.
    pub(super) fn any(&self) -> bool {
        !self.workers.is_empty() || self.languages
    }

    /// Compiles what wants to be compiled; `None` where no language was asked for.
    pub(super) fn contestants(&self, progress: &mut Progress) -> Result<Option<Contestants>, Failed> {
        if !self.languages {
            return Ok(None);
        }
        let folder = tempfile::Builder::new().prefix("fsbench-").tempdir();
        let folder = folder.map_err(|error| Error::new("mkdir", std::env::temp_dir(), error))?;
        progress.start("compiling", LANGUAGES.len() as u64);
        let languages = LANGUAGES.iter().map(|language| {
            let program = language.prepare(folder.path());
            progress.bar().inc(1);
            (language, program)
        });
        let languages = languages.collect();
        Ok(Some(Contestants { _folder: folder, languages }))
    }

    /// Adds their rows to the last view.
    pub(super) fn add(&self, plan: &mut Plan, target: usize, want: Want, contestants: Option<&Contestants>) {
        let Some(level) = plan.targets.get(target).map(|target| target.level) else { return };
        let worker = |(name, path): &(String, PathBuf)| {
            let program = Program { path: path.clone(), arguments: Vec::new(), renewal: Renewal::EachSample };
            let way = Way::Foreign { name: name.clone(), program, projection: Projection::Whole };
            Case { target, way, want, cache: plan.cache, threads: 1, twin: Twin::First }
        };
        let languages = contestants.map_or(&[][..], |contestants| &contestants.languages);
        let spoken =
            languages.iter().flat_map(|(language, program)| language.cases(target, level, want, plan.cache, program));
        let cases: Vec<Case> = self.workers.iter().map(worker).chain(spoken).collect();
        for case in cases {
            let case = plan.case(case);
            if let Some(view) = plan.views.last_mut() {
                view.cases.push(case);
            }
        }
    }
}

/// `NAME=PROGRAM`
fn foreign(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, program)) if !name.is_empty() && !program.is_empty() => Ok((name.to_owned(), program.into())),
        _ => Err("a worker looks like NAME=PROGRAM".to_owned()),
    }
}
