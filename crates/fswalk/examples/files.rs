//! Prints the files below the roots named, or below the current directory, that no ignore file excludes and that are not hidden:
//! the lines of `rg --files [ROOT]...`, in no order.
//!
//! The rules that hold in a directory are its state. `enter` looks for ignore files among the names in the directory, so that only
//! those that are there are opened, each once; everything below is handed the rules of all directories above.

use fswalk::{Directory, Entry, Error, Next, Visitor, Walk};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::env::{args_os, current_dir};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rules from one ignore file.
#[derive(Clone)]
struct Rule {
    source: Source,
    globs: Arc<Gitignore>,
    /// What they match is relative to the ignore file's directory: the length of that directory's path, with a slash.
    below: usize,
}

/// Where rules are from, the strongest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Rgignore,
    Ignore,
    Gitignore,
    Exclude,
    Global,
}

const FILES: [(Source, &str); 3] =
    [(Source::Rgignore, ".rgignore"), (Source::Ignore, ".ignore"), (Source::Gitignore, ".gitignore")];

/// What is at the top of a repository. Without one, git's ignore files do not count.
const REPOSITORY: [&str; 2] = [".git", ".jj"];

/// Whether a directory with such an entry has rules of its own.
fn is_rule_file(name: &OsStr) -> bool {
    // Most names do not begin like that, and are compared no further.
    name.as_bytes().starts_with(b".") && FILES.iter().map(|(_, file)| file).chain(&REPOSITORY).any(|file| name == *file)
}

/// All rules that hold in a directory: of those that match, the first one decides.
#[derive(Clone, Default)]
struct Rules {
    rules: Vec<Rule>,
    is_in_repository: bool,
}

impl Rules {
    /// The same with those of ignore files in `dir`, whose absolute path is `absolute`.
    fn add(mut self, dir: &Path, absolute: &Path, global: &Rule) -> Self {
        let mut own = Vec::new();
        let below = absolute.join("").as_os_str().len();
        let mut read = |source, path: &Path| {
            let mut builder = GitignoreBuilder::new("");
            let failed = builder.add(path);
            let built = builder.build();
            failed.iter().chain(built.as_ref().err()).for_each(|error| report(error));
            own.extend(built.ok().map(|globs| Rule { source, globs: Arc::new(globs), below }));
        };
        if REPOSITORY.iter().any(|name| dir.join(name).exists()) {
            // Those of a repository around this one do not hold here.
            self.rules.retain(|rule| !matches!(rule.source, Source::Gitignore | Source::Exclude));
            if !self.is_in_repository {
                self.rules.push(global.clone());
            }
            self.is_in_repository = true;
            if let Some(exclude) = git_directory(dir).map(|git| git.join("info/exclude")).filter(|path| path.exists()) {
                read(Source::Exclude, &exclude);
            }
        }
        for (source, name) in FILES {
            let path = dir.join(name);
            if (source != Source::Gitignore || self.is_in_repository) && path.exists() {
                read(source, &path);
            }
        }
        // The sort is stable: of two files of a kind, the one in the directory further down comes first.
        own.append(&mut self.rules);
        own.sort_by_key(|rule| rule.source);
        Self { rules: own, ..self }
    }

    /// Whether the entry at `path`, which is absolute, is left out.
    fn exclude(&self, path: &[u8], name: &OsStr, is_dir: bool) -> bool {
        for rule in &self.rules {
            match rule.globs.matched(OsStr::from_bytes(&path[rule.below..]), is_dir) {
                Match::None => {}
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
            }
        }
        name.as_bytes().starts_with(b".")
    }
}

/// Where a repository keeps what all its working trees share: `.git`, or in a further working tree, what that file leads to.
fn git_directory(dir: &Path) -> Option<PathBuf> {
    let git = dir.join(".git");
    if !git.is_file() {
        return Some(git);
    }
    let own = dir.join(fs::read_to_string(git).ok()?.lines().next()?.strip_prefix("gitdir: ")?);
    let common = fs::read_to_string(own.join("commondir")).ok()?;
    Some(own.join(common.lines().next()?))
}

/// What holds in a directory.
#[derive(Default)]
struct State {
    /// Its absolute path.
    path: PathBuf,
    rules: Arc<Rules>,
}

/// One per thread.
struct Lister<'g> {
    global: &'g Rule,
    /// An entry's absolute path.
    path: Vec<u8>,
    /// Lines that are not written yet.
    lines: Vec<u8>,
    /// How much of each path is left out: the `./` of a root that nobody named.
    left_out: usize,
}

/// Lines are written in pieces of about this size.
const PIECE_BYTES: usize = 32 * 1024;

impl Lister<'_> {
    fn write(&mut self) -> ControlFlow<()> {
        let written = io::stdout().write_all(&self.lines);
        self.lines.clear();
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

impl Visitor for Lister<'_> {
    type State = State;
    const READS_AHEAD: bool = true;

    fn enter(&mut self, directory: &Directory<'_>, above: Option<&State>) -> Option<State> {
        let path = directory.path();
        let mut state = match (above, path.file_name()) {
            (Some(above), Some(name)) => State { path: above.path.join(name), rules: Arc::clone(&above.rules) },
            // A root: what is above it holds in it, too, unless we may not know where it is.
            _ => match path.canonicalize() {
                Ok(path) => {
                    let mut above = Vec::from_iter(path.ancestors().skip(1));
                    above.reverse();
                    let rules = above.into_iter().fold(Rules::default(), |rules, dir| rules.add(dir, dir, self.global));
                    State { rules: Arc::new(rules), path }
                }
                Err(_) => State { rules: Arc::default(), path: path.to_path_buf() },
            },
        };
        if directory.entries().any(|(name, _)| is_rule_file(name)) {
            state.rules = Arc::new(Rules::clone(&state.rules).add(&path, &state.path, self.global));
        }
        Some(state)
    }

    fn entry(&mut self, entry: &Entry<'_>, state: &State) -> Next {
        let (kind, name) = (entry.file_type(), entry.file_name());
        if entry.depth() == 0 {
            // A root that is no directory is printed, whatever it is.
            if kind.is_dir() || entry.path().is_dir() {
                return Next::Enter;
            }
        } else {
            if !kind.is_dir() && !kind.is_file() {
                return Next::Skip;
            }
            self.path.clear();
            self.path.extend_from_slice(state.path.as_os_str().as_bytes());
            if !self.path.ends_with(b"/") {
                self.path.push(b'/');
            }
            self.path.extend_from_slice(name.as_bytes());
            if state.rules.exclude(&self.path, name, kind.is_dir()) {
                return Next::Skip;
            }
            if kind.is_dir() {
                return Next::Enter;
            }
        }
        let start = self.lines.len();
        entry.append_path(&mut self.lines);
        self.lines.drain(start..start + self.left_out);
        self.lines.push(b'\n');
        if self.lines.len() >= PIECE_BYTES && self.write().is_break() { Next::Stop } else { Next::Skip }
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        report(&error);
        ControlFlow::Continue(())
    }
}

impl Drop for Lister<'_> {
    fn drop(&mut self) {
        let _ = self.write();
    }
}

#[allow(clippy::print_stderr)]
fn report(error: &dyn std::error::Error) {
    eprintln!("files: {error}");
}

fn main() -> io::Result<()> {
    // What the user ignores in all repositories (core.excludesFile of git-config(1)) is relative to the current directory.
    let (globs, error) = GitignoreBuilder::new(current_dir()?.join("")).build_global();
    error.iter().for_each(|error| report(error));
    let global = Rule { source: Source::Global, globs: Arc::new(globs), below: 0 };

    let mut roots = args_os().skip(1);
    let first = roots.next();
    let left_out = if first.is_none() { "./".len() } else { 0 };
    let walk = Walk::new(first.unwrap_or_else(|| ".".into()));
    roots.fold(walk, Walk::add).visit(|| Lister { global: &global, path: Vec::new(), lines: Vec::new(), left_out });
    Ok(())
}
