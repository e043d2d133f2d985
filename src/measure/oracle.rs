//! What is really there, by `std::fs` and nothing cleverer: what every strategy is held against before it is timed.

use crate::error::Error;
use crate::list::{
    Entry, Kind, Meta, Projection, Want,
    digest::{Digest, Hasher},
    tally::{Seen, Tally},
};
use crate::strategy::Level;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A question to the oracle: what is wanted, and how much of it can be seen.
pub type Question = (Want, Projection);

/// The oracle's answer to one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truth {
    /// Of what is asked.
    pub digest: Digest,
    /// The counts.
    pub tally: Tally,
}

/// All answers, and the first errors.
pub struct Truths {
    answers: Vec<(Question, Truth)>,
    /// Entries and directories that could not be had: the first few.
    pub errors: Vec<Error>,
    /// How many directories there are below the root.
    pub directories: u64,
}

impl Truths {
    /// The answer to a question that was asked.
    pub fn get(&self, question: Question) -> Option<&Truth> {
        self.answers.iter().find(|(asked, _)| *asked == question).map(|(_, truth)| truth)
    }

    /// Every question with its answer.
    pub fn iter(&self) -> impl Iterator<Item = (Question, Truth)> {
        self.answers.iter().copied()
    }

    /// The answer to the question that asks most: its tally has every count.
    pub fn any(&self) -> Option<&Truth> {
        self.answers
            .iter()
            .max_by_key(|((want, projection), _)| (*want, *projection == Projection::Whole))
            .map(|(_, truth)| truth)
    }

    /// Whether both saw the same tree.
    pub fn same_as(&self, other: &Self) -> bool {
        self.answers.iter().all(|(question, truth)| {
            other.get(*question).is_some_and(|then| then.digest == truth.digest && then.tally.same_as(&truth.tally))
        })
    }
}

/// Asks `std::fs` what is below `root`; `poll` is asked now and then whether to go on.
///
/// # Errors
/// When the root cannot be listed, or `poll` fails.
pub fn ask<E: From<Error>>(
    root: &Path,
    level: Level,
    questions: &[Question],
    mut poll: impl FnMut() -> Result<(), E>,
) -> Result<Truths, E> {
    let mut walk = Walk {
        root,
        answers: questions.iter().map(|&question| (question, Digest::default(), Seen::default())).collect(),
        hasher: Hasher::default(),
        pending: vec![root.to_owned()],
        errors: Seen::default(),
        directories: 0,
    };
    let metadata = questions.iter().any(|&(want, _)| want == Want::Metadata);
    let followed = questions.iter().any(|&(_, projection)| projection == Projection::Followed);
    while let Some(dir) = walk.pending.pop() {
        poll()?;
        match walk.directory(&dir, level, metadata, followed) {
            Ok(()) => {}
            Err(error) if dir == root => return Err(Error::new("read_dir", dir, error).into()),
            Err(error) => walk.error(Error::new("read_dir", dir, error)),
        }
    }
    let truth = |digest, seen: Seen, want| Truth { digest, tally: seen.tally.only(want) };
    let answers = walk
        .answers
        .into_iter()
        .map(|(question, digest, seen)| (question, truth(digest, seen, question.1.want(question.0))))
        .collect();
    Ok(Truths { answers, errors: walk.errors.errors, directories: walk.directories })
}

struct Walk<'r> {
    root: &'r Path,
    answers: Vec<(Question, Digest, Seen)>,
    hasher: Hasher,
    pending: Vec<PathBuf>,
    errors: Seen,
    directories: u64,
}

impl Walk<'_> {
    fn directory(&mut self, dir: &Path, level: Level, metadata: bool, followed: bool) -> io::Result<()> {
        let below = dir.strip_prefix(self.root).unwrap_or(Path::new("")).as_os_str().as_bytes();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let known = entry.file_type().and_then(|kind| match metadata {
                true => entry.metadata().map(|meta| (Kind::from(kind), Some(Meta::from(&meta)))),
                false => Ok((Kind::from(kind), None)),
            });
            let (kind, meta) = match known {
                Ok(known) => known,
                Err(error) => {
                    self.error(Error::new("lstat", entry.path(), error));
                    continue;
                }
            };
            let target = match followed && kind == Kind::Symlink {
                true => fs::metadata(entry.path()).map_or(Kind::Unknown, |meta| meta.file_type().into()),
                false => kind,
            };
            let name = entry.file_name();
            for ((want, projection), digest, seen) in &mut self.answers {
                let kind = projection.kind(kind, || target);
                let meta = meta.as_ref().filter(|_| *want == Want::Metadata);
                let entry = Entry { dir: below, name: name.as_bytes(), kind, ino: 0, position: None, meta };
                *digest += self.hasher.hash(&entry, *want, *projection);
                seen.tally.count(&entry);
            }
            if kind == Kind::Directory {
                self.directories += 1;
                if level == Level::Tree {
                    self.pending.push(entry.path());
                }
            }
        }
        Ok(())
    }

    /// One thing could not be had, whatever the question.
    fn error(&mut self, error: Error) {
        for (_, _, seen) in &mut self.answers {
            seen.tally.errors += 1;
        }
        self.errors.error(error);
    }
}
