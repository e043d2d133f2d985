//! `compare`'s rows that are not fsbench's own strategies: workers, contestants in other languages, commands.

use super::Failed;
use super::leftover::Temporary;
use super::progress::Progress;
use clap::Args;
use fsbench::error::{Error, Escaped};
use fsbench::list::{Projection, Want};
use fsbench::measure::command;
use fsbench::measure::comparison::Programs;
use fsbench::measure::language::LANGUAGES;
use fsbench::measure::path_text::PathText;
use fsbench::measure::peers::{Installed, PEERS};
use fsbench::measure::plan::Way;
use fsbench::measure::process::{OURSELVES, Program, Renewal};
use fsbench::measure::programs::named;
use fsbench::measure::spec::{Output, Spec};
use fsbench::strategy::Level;
use std::path::{Path, PathBuf};

#[derive(Args)]
#[command(next_help_heading = "Other programs")]
pub(super) struct Others {
    /// Add a row for a program that speaks the worker protocol: NAME=PROGRAM; may be repeated
    #[arg(long = "worker", value_name = "NAME=PROGRAM", value_parser = foreign)]
    workers: Vec<(String, Program)>,
    /// Add rows in Python, Node.js, Perl, C, Java and Go, if their interpreters or compilers are installed
    #[arg(long)]
    languages: bool,
    /// Add a command, such as 'bfs {}', to a table of whole processes; {} is the tree. The words are split as a shell
    /// would, but no shell runs. Ratios are to find, or to fsbench itself if find is not installed. May be repeated
    #[arg(long = "command", value_name = "COMMAND", value_parser = command::parse)]
    commands: Vec<Spec>,
    /// Add the commands that are installed: GNU find, ls and du, bfs, fd, ripgrep, tree, eza, lsd, uutils ls, busybox;
    /// and fsbench's own
    #[arg(long)]
    peers: bool,
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
        !self.commands.is_empty() || self.peers
    }

    /// Finds the programs, and compiles what wants to be compiled.
    pub(super) fn prepare(&self, level: Level, want: Want, progress: &mut Progress) -> Result<Ready, Failed> {
        let commands = if self.processes() { self.commands(level, want)? } else { Vec::new() };
        let mut workers: Vec<Way> = self.workers.iter().map(worker).collect();
        if !self.languages {
            return Ok(Ready { programs: Programs { workers, commands }, _folder: None });
        }
        let folder = Temporary::new()?;
        progress.start("compiling", LANGUAGES.len() as u64);
        for language in LANGUAGES {
            let program = language.prepare(folder.path());
            progress.bar().inc(1);
            workers.extend(language.ways(level, want, &program));
        }
        Ok(Ready { programs: Programs { workers, commands }, _folder: Some(folder) })
    }

    /// Commands: the user's, peers if they were asked for, and the reference that ratios are to.
    fn commands(&self, level: Level, want: Want) -> Result<Vec<Way>, Error> {
        let users = self.commands.iter().map(user_command).collect::<Result<Vec<Way>, Error>>()?;
        let own = own_commands(level, want).iter().map(|&(words, output)| own_command(words, output));
        let mut ways: Vec<Way> = reference(level, want).into_iter().chain(own).collect();
        let is_users = |way: &Way| users.iter().any(|user| name(user) == name(way));
        ways.retain(|way| !is_users(way));
        if self.peers {
            let peers = PEERS.iter().filter_map(|peer| peer.find(level, want)).map(peer_command);
            let peers: Vec<Way> = peers.filter(|way| !is_users(way) && !ways.contains(way)).collect();
            ways.extend(peers);
        } else {
            // One reference that is the same in every run: so all of the user's can be judged, the first too.
            ways.truncate(1);
        }
        ways.extend(users);
        Ok(ways)
    }
}

fn worker((name, program): &(String, Program)) -> Way {
    Way::Foreign { name: name.clone(), program: program.clone(), projection: Projection::Whole }
}

/// A row for a command as typed; its program is looked for here, since a worker has another working directory.
///
/// # Errors
/// When its program is not here, or can't be run: whoever named it wants it measured.
fn user_command(spec: &Spec) -> Result<Way, Error> {
    let words: Vec<PathBuf> = spec.words.iter().map(PathBuf::from).collect();
    let name = words.iter().map(|word| Escaped(word).to_string()).collect::<Vec<_>>().join(" ");
    let found = named(words.first().map(PathBuf::as_path).unwrap_or(Path::new("")))?;
    let mut spec = spec.clone();
    if let Some(first) = spec.words.first_mut() {
        *first = found.into();
    }
    Ok(Way::Command { name, spec, version: None })
}

/// GNU find, where it is here: what commands are held against.
fn reference(level: Level, want: Want) -> Option<Way> {
    let find = PEERS.iter().find(|peer| peer.name == "find")?;
    find.find(level, want)?.ok().map(|found| peer_command(Ok(found)))
}

fn name(way: &Way) -> Option<&str> {
    match way {
        Way::Command { name, .. } | Way::Foreign { name, .. } | Way::Absent { name, .. } => Some(name),
        Way::Ours(_) => None,
    }
}

/// What fsbench has for the same work.
fn own_commands(level: Level, want: Want) -> &'static [(&'static [&'static str], Output)] {
    match (level, want) {
        (Level::Tree, Want::Metadata) => {
            &[(&["count", "--size", "{}"], Output::Total), (&["ls", "-l", "-A", "-U", "-R", "{}"], Output::Nothing)]
        }
        (Level::Tree, _) => {
            &[(&["count", "{}"], Output::Total), (&["ls", "-A", "-U", "-R", "--zero", "{}"], Output::Sections)]
        }
        (Level::Directory, Want::Metadata) => &[(&["ls", "-l", "-A", "-U", "{}"], Output::Nothing)],
        (Level::Directory, _) => &[(&["ls", "-A", "-U", "--zero", "{}"], Output::Paths { fields: 0 })],
    }
}

/// A command of the running fsbench.
fn own_command(words: &[&str], output: Output) -> Way {
    let program = PathText::Text(OURSELVES.to_owned());
    let rest = words.iter().map(|&word| PathText::Text(word.to_owned()));
    let spec = Spec { words: std::iter::once(program).chain(rest).collect(), output };
    let version = Some(env!("CARGO_PKG_VERSION").to_owned());
    Way::Command { name: format!("fsbench {}", words.join(" ")), spec, version }
}

fn peer_command(found: Result<Installed, (String, String)>) -> Way {
    match found {
        Err((name, reason)) => Way::Absent { name, reason },
        Ok(Installed { words, name, version, output }) => {
            Way::Command { name, spec: Spec { words, output }, version: Some(version) }
        }
    }
}

/// Parses `NAME=PROGRAM`, and opens the program at once: a build may replace the file later.
fn foreign(text: &str) -> Result<(String, Program), String> {
    match text.split_once('=') {
        Some((name, program)) if !name.is_empty() && !program.is_empty() => {
            let path = named(Path::new(program)).map_err(|error| error.to_string())?;
            let opened = Program::opened(&path, Vec::new(), Renewal::EachSample).map_err(|error| error.to_string())?;
            Ok((name.to_owned(), opened))
        }
        _ => Err("a worker looks like NAME=PROGRAM".to_owned()),
    }
}
