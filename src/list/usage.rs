//! Disk usage: sizes and blocks of all entries; a file with several names counts once, as in du.

use super::tally::Seen;
use super::{Entry, Kind, Meta, Sink, Sinks};
use crate::error::Error;
use fswalk::team::{into_inner, lock};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Mutex;

/// Sums over a tree: of more files than two of the largest, which 64 bits would not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Sizes of regular files, bytes, each file once.
    pub size_bytes: u128,
    /// Disk usage of everything, blocks of 512 bytes, each file once.
    pub blocks_512: u128,
}

impl Usage {
    fn add(&mut self, meta: &Meta) {
        if meta.kind() == Kind::File {
            self.size_bytes += u128::from(meta.size_bytes);
        }
        self.blocks_512 += u128::from(meta.blocks_512);
    }
}

/// Files that have several names, by device and inode number.
type Linked = HashMap<(u64, u64), Meta>;

/// Sinks that add up. They must be asked for metadata.
#[derive(Default)]
pub struct Usages {
    total: Mutex<(Seen, Usage, Linked)>,
}

impl Usages {
    /// What all sinks dropped so far saw together.
    pub fn into_seen(self) -> (Seen, Usage) {
        let (seen, mut usage, linked) = into_inner(self.total);
        linked.values().for_each(|meta| usage.add(meta));
        (seen, usage)
    }
}

impl Sinks for Usages {
    fn sink(&self) -> Box<dyn Sink + Send + '_> {
        Box::new(UsageSink { of: self, seen: Seen::default(), usage: Usage::default(), linked: Linked::new() })
    }
}

struct UsageSink<'u> {
    of: &'u Usages,
    seen: Seen,
    usage: Usage,
    linked: Linked,
}

impl Sink for UsageSink<'_> {
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        self.seen.tally.count(entry);
        match entry.meta {
            Some(meta) if meta.links > 1 && meta.kind() != Kind::Directory => {
                self.linked.insert((meta.dev, meta.ino), *meta);
            }
            Some(meta) => self.usage.add(meta),
            None => {}
        }
        ControlFlow::Continue(())
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.seen.error(error);
        ControlFlow::Continue(())
    }
}

impl Drop for UsageSink<'_> {
    fn drop(&mut self) {
        let mut total = lock(&self.of.total);
        total.0.fold(std::mem::take(&mut self.seen));
        total.1.size_bytes += self.usage.size_bytes;
        total.1.blocks_512 += self.usage.blocks_512;
        total.2.extend(self.linked.drain());
    }
}
