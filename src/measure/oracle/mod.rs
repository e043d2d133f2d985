//! The oracle: an independent listing that every strategy must agree with before it is timed.
//!
//! The oracle makes system calls of its own (`walk`): it shares neither the code of a row nor its limits, so no mistake
//! of a row is its own, and nothing that a row can reach is out of its reach. A test holds it against `find -printf`.
//!
//! What it knows of an entry comes from the call that was wanted. Mostly `d_type` and a lookup agree on what an entry
//! is. They part where something is mounted on a file: `d_type` tells the kind of the covered file, a lookup that of
//! what covers it. Then there are two truths ([`Asking`]), and a row is right if it saw either.

mod walk;

use super::path_text::PathText;
use crate::error::Error;
use crate::list::digest::{Digest, Hasher};
use crate::list::tally::{Seen, Tally};
use crate::list::{Entry, Kind, Meta, Projection, Want};
use crate::strategy::Level;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
pub(super) use walk::join;
use walk::{Found, Visit, Walk};

/// A question to the oracle: what is wanted, and how much of it can be seen.
pub type Question = (Want, Projection);

/// The question that is asked about every tree: its answer identifies the tree, between sessions too.
pub(super) const TREE: Question = (Want::Kinds, Projection::Whole);

/// Which call says what an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asking {
    /// getdents64's `d_type`; a lookup only where it says nothing.
    Type,
    /// A lookup of each entry; `d_type` where it fails.
    Lookup,
}

/// What the oracle is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Where the listing starts.
    pub root: PathText,
    /// How much of it is listed.
    pub level: Level,
    /// Which call says what an entry is.
    pub asking: Asking,
    /// What is to be answered, all in one walk.
    pub questions: Vec<Question>,
}

/// The oracle's answer to one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// Of what is asked.
    pub digest: Digest,
    /// The counts.
    pub tally: Tally,
}

/// An entry of which `d_type` and a lookup say different things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ambiguous {
    /// Below the root.
    pub path: PathText,
    /// What `d_type` says.
    pub by_type: Kind,
    /// What a lookup says.
    pub by_lookup: Kind,
}

/// All answers, and the first of what was noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truths {
    answers: Vec<(Question, Truth)>,
    /// Entries and directories that could not be had, as text: the first few.
    pub errors: Vec<String>,
    /// How many directories there are below the root.
    pub directories: u64,
    /// The room that all take on the disk; known only where each was looked up.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// A sum over all directories' modification times: it tells that an entry came and went, too.
    pub changes: Digest,
    /// The first entries whose kind depends on who is asked; known only where each was looked up.
    pub ambiguous: Vec<Ambiguous>,
}

/// The room that a tree takes on the disk, as `du` would count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Of all entries, bytes; one of several names is counted with each.
    pub entries: u64,
    /// Of the root itself.
    pub root: u64,
    /// Whether something that is no directory has several names: it may be counted once.
    pub has_links: bool,
}

/// Ambiguous entries that are kept to be shown.
const AMBIGUOUS_KEPT: usize = 3;

impl Truths {
    /// The answer to a question that was asked.
    ///
    /// # Panics
    /// When it was not.
    pub fn of(&self, question: Question) -> &Truth {
        self.get(question).expect("it was asked")
    }

    /// The answer to a question, if it was asked.
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

    /// Whether both saw the same tree, and nothing came or went in between.
    pub fn same_as(&self, other: &Self) -> bool {
        self.changes == other.changes && self.same_answers(other)
    }

    fn same_answers(&self, other: &Self) -> bool {
        self.answers.iter().all(|(question, truth)| {
            other.get(*question).is_some_and(|then| then.digest == truth.digest && then.tally.same_as(&truth.tally))
        })
    }
}

/// Looks, `d_type` saying what an entry is; `poll` is asked now and then whether to go on.
///
/// # Errors
/// When the root cannot be listed, or `poll` fails.
pub fn ask<E: From<Error>>(
    root: &Path,
    level: Level,
    questions: &[Question],
    poll: impl FnMut() -> Result<(), E>,
) -> Result<Truths, E> {
    let root = root.to_owned().into();
    look(&Look { root, level, asking: Asking::Type, questions: questions.to_vec() }, poll)
}

/// Looks, and answers every question.
///
/// # Errors
/// When the root cannot be listed, or `poll` fails.
pub fn look<E: From<Error>>(look: &Look, poll: impl FnMut() -> Result<(), E>) -> Result<Truths, E> {
    let mut answers = vec![(Digest::default(), Tally::default()); look.questions.len()];
    let mut hasher = Hasher::default();
    let noticed = each(look, poll, |question, seen| {
        let (digest, tally) = &mut answers[question];
        let (want, projection) = look.questions[question];
        match seen {
            Ok(entry) => {
                *digest += hasher.hash(entry, want, projection);
                tally.count(entry);
            }
            Err(()) => tally.errors += 1,
        }
    })?;
    let truth = |(&question, (digest, tally)): (&Question, (Digest, Tally))| {
        (question, Truth { digest, tally: tally.only(question.1.want(question.0)) })
    };
    Ok(Truths {
        answers: look.questions.iter().zip(answers).map(truth).collect(),
        errors: noticed.errors.errors.iter().map(ToString::to_string).collect(),
        directories: noticed.directories,
        usage: noticed.usage,
        changes: noticed.changes,
        ambiguous: noticed.ambiguous,
    })
}

/// What a walk notices, whatever was asked.
#[derive(Default)]
pub(super) struct Noticed {
    errors: Seen,
    directories: u64,
    usage: Option<Usage>,
    changes: Digest,
    ambiguous: Vec<Ambiguous>,
}

/// Walks, and hands to `seen`, for each question by its index, each entry as that question sees it, or that something
/// could not be had.
///
/// # Errors
/// When the root cannot be listed, or `poll` fails.
pub(super) fn each<E: From<Error>>(
    look: &Look,
    mut poll: impl FnMut() -> Result<(), E>,
    seen: impl FnMut(usize, Result<&Entry<'_>, ()>),
) -> Result<Noticed, E> {
    let root = PathBuf::from(&look.root);
    let wants_lookups = look.questions.iter().any(|&(want, projection)| projection.want(want) == Want::Metadata);
    let mut answers = Answers {
        look,
        root: &root,
        lookups: wants_lookups,
        noticed: Noticed::default(),
        hasher: Hasher::default(),
        seen,
    };
    let mut walk = Walk::new(&root, look.level).map_err(|error| Error::new("openat", &root, error))?;
    let mut until_poll = 0;
    while walk.step(&mut answers).map_err(|(call, error)| Error::new(call, &root, error))? {
        if until_poll == 0 {
            poll()?;
            until_poll = 16;
        }
        until_poll -= 1;
    }
    let mut noticed = answers.noticed;
    if let Some(usage) = noticed.usage.as_mut().filter(|_| wants_lookups) {
        usage.root = std::fs::metadata(&root).map_or(0, |meta| std::os::unix::fs::MetadataExt::blocks(&meta) * 512);
    }
    noticed.usage = noticed.usage.filter(|_| wants_lookups);
    Ok(noticed)
}

/// Turns what the walk finds into answers.
struct Answers<'l, S> {
    look: &'l Look,
    root: &'l Path,
    /// Whether metadata was asked for.
    lookups: bool,
    noticed: Noticed,
    hasher: Hasher,
    seen: S,
}

impl<S: FnMut(usize, Result<&Entry<'_>, ()>)> Visit for Answers<'_, S> {
    fn entry(&mut self, found: &Found<'_>) -> Kind {
        let is_known = found.by_type != Kind::Unknown;
        let lookup = (self.lookups || !is_known || self.look.asking == Asking::Lookup).then(|| found.lookup());
        let by_lookup = lookup.and_then(Result::ok).map(|meta: Meta| meta.kind());
        let kind = match (self.look.asking, by_lookup) {
            (Asking::Lookup, Some(kind)) => kind,
            _ if is_known => found.by_type,
            (_, by_lookup) => by_lookup.unwrap_or(Kind::Unknown),
        };
        let other = by_lookup.filter(|&by_lookup| is_known && by_lookup != found.by_type);
        if let Some(by_lookup) = other.filter(|_| self.noticed.ambiguous.len() < AMBIGUOUS_KEPT) {
            let path = path_of(&found.path()).to_owned().into();
            self.noticed.ambiguous.push(Ambiguous { path, by_type: found.by_type, by_lookup });
        }
        let mut followed = None;
        let mut is_missed = None;
        for (index, &(want, projection)) in self.look.questions.iter().enumerate() {
            let wanted = projection.want(want);
            let mut follow = || *followed.get_or_insert_with(|| found.followed().unwrap_or(Kind::Unknown));
            // `isdir` and `isfile` take any error for "neither".
            let fails = wanted == Want::Metadata || wanted == Want::Kinds && kind == Kind::Unknown;
            let failed = lookup.and_then(Result::err).filter(|_| fails && projection != Projection::Followed);
            if let Some(errno) = failed {
                is_missed = Some(errno);
                (self.seen)(index, Err(()));
                continue;
            }
            let kind = match self.look.asking {
                Asking::Lookup if projection == Projection::Followed => projection.kind(follow(), || Kind::Unknown),
                _ => projection.kind(kind, &mut follow),
            };
            let meta = lookup.and_then(Result::ok).filter(|_| wanted == Want::Metadata);
            let entry = Entry { dir: found.dir, name: found.name, kind, ino: 0, position: None, meta: meta.as_ref() };
            (self.seen)(index, Ok(&entry));
        }
        if let Some(errno) = is_missed {
            let error = Error::new("fstatat", self.root.join(path_of(&found.path())), errno);
            self.noticed.errors.error(error);
        }
        if let Some(meta) = lookup.and_then(Result::ok) {
            let usage = self.noticed.usage.get_or_insert_default();
            usage.entries += meta.blocks_512 * 512;
            usage.has_links |= kind != Kind::Directory && meta.links > 1;
        }
        self.noticed.directories += u64::from(kind == Kind::Directory);
        kind
    }

    fn directory(&mut self, below: &[u8], changed_ns: i128) {
        // As an entry whose name is the time: the hasher knows nothing else.
        let name = changed_ns.to_string();
        let name = name.as_bytes();
        let entry = Entry { dir: below, name, kind: Kind::Unknown, ino: 0, position: None, meta: None };
        self.noticed.changes += self.hasher.hash(&entry, Want::Names, Projection::Whole);
    }

    fn error(&mut self, call: &'static str, below: &[u8], errno: Errno) {
        for question in 0..self.look.questions.len() {
            (self.seen)(question, Err(()));
        }
        self.noticed.errors.error(Error::new(call, self.root.join(path_of(below)), errno));
    }
}

fn path_of(bytes: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    Path::new(std::ffi::OsStr::from_bytes(bytes))
}
