//! Tallies: counts of what a listing saw, cheap enough to be made while the clock runs.

use super::{Entry, Kind, Sink, Sinks, Want};
use crate::error::Error;
use fswalk::team::{into_inner, lock};
use serde::{Deserialize, Serialize};
use std::ops::{AddAssign, ControlFlow};
use std::sync::Mutex;

/// Counts of what was seen. Two strategies that did the same work have equal tallies, [`Tally::errors`] aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Entries, the root not counted.
    pub entries: u64,
    /// Lengths of their names, added up.
    pub name_bytes: u64,
    /// Entries of each kind, in the order of [`Kind::ALL`]; all zero where kinds were not wanted.
    pub kinds: [u64; Kind::COUNT],
    /// Their sizes in bytes, added up modulo 2^64; 0 where metadata was not wanted.
    pub size_bytes: u64,
    /// Entries and directories that could not be had. Of one unreadable thing different interfaces make different
    /// numbers of errors, so only whether it is 0 may be compared.
    pub errors: u64,
}

impl Tally {
    /// Counts one entry.
    #[inline]
    pub fn count(&mut self, entry: &Entry<'_>) {
        self.entries += 1;
        self.name_bytes += entry.name.len() as u64;
        self.kinds[entry.kind as usize] += 1;
        if let Some(meta) = entry.meta {
            self.size_bytes = self.size_bytes.wrapping_add(meta.size_bytes);
        }
    }

    /// How many entries of `kind` there are.
    pub fn of(&self, kind: Kind) -> u64 {
        self.kinds[kind as usize]
    }

    /// Only what `want` asks for: a strategy may know more, at no cost, than it was asked.
    pub fn only(mut self, want: Want) -> Self {
        if want < Want::Kinds {
            self.kinds = [0; Kind::COUNT];
        }
        if want < Want::Metadata {
            self.size_bytes = 0;
        }
        self
    }

    /// Whether the two saw the same.
    pub fn same_as(&self, other: &Self) -> bool {
        let work = |tally: &Self| (tally.entries, tally.name_bytes, tally.kinds, tally.size_bytes, tally.errors == 0);
        work(self) == work(other)
    }

    /// How this tally differs from the `expected` one, in words; `None` if it does not.
    pub fn difference(&self, expected: &Self) -> Option<String> {
        if self.same_as(expected) {
            return None;
        }
        let kinds = Kind::ALL.iter().map(|&kind| (kind.name(), self.of(kind), expected.of(kind)));
        let counts = [
            ("entries", self.entries, expected.entries),
            ("bytes of names", self.name_bytes, expected.name_bytes),
            ("bytes of files", self.size_bytes, expected.size_bytes),
            ("errors", self.errors, expected.errors),
        ];
        let differ: Vec<String> = counts
            .into_iter()
            .chain(kinds)
            .filter(|(_, got, expected)| got != expected)
            .map(|(what, got, expected)| format!("{what} {got}, not {expected}"))
            .collect();
        Some(differ.join("; "))
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.entries += other.entries;
        self.name_bytes += other.name_bytes;
        self.size_bytes = self.size_bytes.wrapping_add(other.size_bytes);
        self.errors += other.errors;
        for (kind, more) in self.kinds.iter_mut().zip(other.kinds) {
            *kind += more;
        }
    }
}

/// Sinks that count. Each counts on its own; the lock is taken once a sink, when it is dropped.
#[derive(Default)]
pub struct Tallies {
    total: Mutex<Seen>,
}

/// A tally, and its first errors.
#[derive(Default)]
pub struct Seen {
    /// The counts.
    pub tally: Tally,
    /// The first errors, at most [`ERRORS_KEPT`].
    pub errors: Vec<Error>,
}

/// Errors that are kept to be shown; all are counted.
pub const ERRORS_KEPT: usize = 8;

impl Seen {
    /// Counts an error, and keeps it while there is room.
    pub fn error(&mut self, error: Error) {
        self.tally.errors += 1;
        if self.errors.len() < ERRORS_KEPT {
            self.errors.push(error);
        }
    }

    /// Adds what another saw.
    pub fn fold(&mut self, other: Self) {
        self.tally += other.tally;
        let room = ERRORS_KEPT.saturating_sub(self.errors.len());
        self.errors.extend(other.errors.into_iter().take(room));
    }
}

impl Tallies {
    /// What all sinks dropped so far saw together.
    pub fn into_seen(self) -> Seen {
        into_inner(self.total)
    }
}

impl Sinks for Tallies {
    fn sink(&self) -> Box<dyn Sink + Send + '_> {
        Box::new(TallySink { total: &self.total, seen: Seen::default() })
    }
}

struct TallySink<'t> {
    total: &'t Mutex<Seen>,
    seen: Seen,
}

impl Sink for TallySink<'_> {
    #[inline]
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        self.seen.tally.count(entry);
        ControlFlow::Continue(())
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.seen.error(error);
        ControlFlow::Continue(())
    }
}

impl Drop for TallySink<'_> {
    fn drop(&mut self) {
        lock(self.total).fold(std::mem::take(&mut self.seen));
    }
}
