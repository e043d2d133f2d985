//! Finds the entries in which two listings of a tree differ, without keeping either listing.
//!
//! Entries fall into [`BUCKETS`] buckets by their paths. Each side is asked for the digest of every bucket, and then
//! for the entries of the few buckets whose digests differ: a few thousand of ten million.

use super::oracle::join;
use super::path_text::PathText;
use crate::error::{Error, Escaped};
use crate::list::digest::{Digest, Hasher};
use crate::list::{Entry, Projection, Sink, Sinks, Want};
use fswalk::team::{into_inner, lock};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// How many buckets there are.
pub(crate) const BUCKETS: usize = 4096;

/// Buckets that are looked into: three names are shown.
const LOOKED_INTO: usize = 3;

/// Entries of one answer at most: a tree would have to be huge, or two of its buckets alike by design, to have more.
const MOST_ENTRIES: usize = 50_000;

/// Names that are shown.
const SHOWN: usize = 3;

/// Characters of a path that are shown: its end, which tells most.
const SHOWN_CHARS: usize = 60;

/// What is asked of a listing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The digest of each bucket.
    Sums,
    /// The entries of some buckets.
    Entries(Vec<usize>),
}

/// A part of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parted {
    /// One digest a bucket.
    Sums(Vec<Digest>),
    /// Entries, in no order.
    Entries(Vec<Named>),
}

/// An entry, and what it was seen as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Below the root.
    pub path: PathText,
    /// In words, of what was wanted: `file`.
    pub what: String,
}

/// Takes the part that was asked for out of the entries of a listing.
pub(super) struct Parting<'p> {
    part: &'p Part,
    want: Want,
    projection: Projection,
    hasher: Hasher,
    sums: Vec<Digest>,
    entries: Vec<Named>,
}

impl<'p> Parting<'p> {
    pub(super) fn new(part: &'p Part, want: Want, projection: Projection) -> Self {
        let sums = vec![Digest::default(); if *part == Part::Sums { BUCKETS } else { 0 }];
        Self { part, want, projection, hasher: Hasher::default(), sums, entries: Vec::new() }
    }

    pub(super) fn entry(&mut self, entry: &Entry<'_>) {
        let bucket = bucket(entry);
        match self.part {
            Part::Sums => {
                if let Some(sum) = self.sums.get_mut(bucket) {
                    *sum += self.hasher.hash(entry, self.want, self.projection);
                }
            }
            Part::Entries(wanted) if wanted.contains(&bucket) && self.entries.len() < MOST_ENTRIES => {
                let path = PathBuf::from(OsString::from_vec(join(entry.dir, entry.name))).into();
                self.entries.push(Named { path, what: words(entry, self.want, self.projection) });
            }
            Part::Entries(_) => {}
        }
    }

    fn fold(&mut self, other: Self) {
        for (sum, more) in self.sums.iter_mut().zip(other.sums) {
            *sum += more;
        }
        self.entries.extend(other.entries);
    }

    pub(super) fn into_parted(self) -> Parted {
        match self.part {
            Part::Sums => Parted::Sums(self.sums),
            Part::Entries(_) => Parted::Entries(self.entries),
        }
    }
}

/// By FNV-1a of the path, slash included: any hash will do, as long as both sides have the same.
fn bucket(entry: &Entry<'_>) -> usize {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let slash: &[u8] = if entry.dir.is_empty() { b"" } else { b"/" };
    let hash = [entry.dir, slash, entry.name].into_iter().flatten().fold(0xcbf2_9ce4_8422_2325, step);
    (hash >> 32) as usize % BUCKETS
}

/// What an entry was seen as: what its digest covers, in words.
fn words(entry: &Entry<'_>, want: Want, projection: Projection) -> String {
    let kind = entry.kind.singular();
    match (projection.want(want), entry.meta, projection) {
        (Want::Names, ..) => "there".to_owned(),
        (Want::Metadata, Some(meta), Projection::SizeAndTime) => {
            format!("{kind} of {} bytes, of {}.{:09}", meta.size_bytes, meta.mtime_seconds, meta.mtime_nanos)
        }
        (Want::Metadata, Some(meta), _) => format!(
            "{kind} of {} bytes, of {}.{:09}, mode {:o}, {} links, {}:{}, inode {}",
            meta.size_bytes, meta.mtime_seconds, meta.mtime_nanos, meta.mode, meta.links, meta.uid, meta.gid, meta.ino
        ),
        _ => kind.to_owned(),
    }
}

/// Sinks that take out a part.
pub(super) struct Parts<'p> {
    part: &'p Part,
    want: Want,
    projection: Projection,
    total: Mutex<Parting<'p>>,
}

impl<'p> Parts<'p> {
    pub(super) fn new(part: &'p Part, want: Want, projection: Projection) -> Self {
        Self { part, want, projection, total: Mutex::new(Parting::new(part, want, projection)) }
    }

    pub(super) fn into_parted(self) -> Parted {
        into_inner(self.total).into_parted()
    }
}

impl Sinks for Parts<'_> {
    fn sink(&self) -> Box<dyn Sink + Send + '_> {
        Box::new(PartSink { of: self, parting: Some(Parting::new(self.part, self.want, self.projection)) })
    }
}

struct PartSink<'s, 'p> {
    of: &'s Parts<'p>,
    parting: Option<Parting<'p>>,
}

impl Sink for PartSink<'_, '_> {
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        if let Some(parting) = &mut self.parting {
            parting.entry(entry);
        }
        ControlFlow::Continue(())
    }

    fn error(&mut self, _: Error) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl Drop for PartSink<'_, '_> {
    fn drop(&mut self) {
        if let Some(parting) = self.parting.take() {
            lock(&self.of.total).fold(parting);
        }
    }
}

/// The first buckets in which two listings differ.
pub(super) fn differing(row: &[Digest], oracle: &[Digest]) -> Vec<usize> {
    let differ = row.iter().zip(oracle).enumerate().filter(|(_, (row, oracle))| row != oracle);
    differ.map(|(bucket, _)| bucket).take(LOOKED_INTO).collect()
}

/// The first entries in which the two differ, in words, and which side has them; `None` if they do not differ.
pub(super) fn tell(mut row: Vec<Named>, mut oracle: Vec<Named>) -> Option<String> {
    // What both have goes, as often as both have it.
    row.retain(|named| match oracle.iter().position(|other| other == named) {
        Some(same) => {
            oracle.swap_remove(same);
            false
        }
        None => true,
    });
    let (mut said, mut shown) = (Vec::new(), 0);
    let mut say = |text: String| {
        shown += 1;
        if shown <= SHOWN {
            said.push(text);
        }
    };
    for named in row {
        let path = shown_path(&named.path);
        match oracle.iter().position(|other| other.path == named.path) {
            Some(same) => {
                let other = oracle.swap_remove(same);
                say(format!("'{path}' is {} to it and {} to the oracle", named.what, other.what));
            }
            None => say(format!("it alone has '{path}'")),
        }
    }
    for named in oracle {
        say(format!("the oracle alone has '{}'", shown_path(&named.path)));
    }
    (!said.is_empty()).then(|| said.join(", "))
}

/// A path as it may be shown; of a long one its end.
fn shown_path(path: &PathText) -> String {
    let text = Escaped(Path::new(&PathBuf::from(path))).to_string();
    let length = text.chars().count();
    match length.checked_sub(SHOWN_CHARS) {
        None | Some(0) => text,
        Some(more) => format!("...{}", text.chars().skip(more).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str, what: &str) -> Named {
        Named { path: PathText::Text(path.to_owned()), what: what.to_owned() }
    }

    #[test]
    fn up_to_three_entries_are_told_with_the_side_that_has_them() {
        let row = vec![named("same", "file"), named("a", "file"), named("b\x1b", "file"), named("twice", "file")];
        let oracle = vec![named("a", "directory"), named("same", "file"), named("c", "file"), named("d", "file")];
        assert_eq!(
            tell(row, oracle).unwrap(),
            "'a' is file to it and directory to the oracle, it alone has 'b\\u{1b}', it alone has 'twice'"
        );
        let twice = vec![named("x", "file"), named("x", "file")];
        assert_eq!(tell(twice, vec![named("x", "file")]).unwrap(), "it alone has 'x'");
        assert_eq!(tell(vec![named("x", "file")], vec![named("x", "file")]), None);
    }

    #[test]
    fn of_a_long_path_the_end_is_shown() {
        let path = format!("{}/end", "a".repeat(100));
        assert_eq!(tell(vec![], vec![named(&path, "file")]).unwrap().len(), "the oracle alone has '...'".len() + 60);
    }
}
