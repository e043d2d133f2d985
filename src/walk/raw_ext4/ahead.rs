//! Says what a stretch of directories will read, where it is not in the cache: in the order on the device, as much at once as the device
//! takes.
//!
//! ```text
//! 1. the inodes of the directories
//! 2. read from them: the directories' blocks
//! 3. read from those, for metadata: the inodes of their entries
//! ```
//!
//! Each step waits for the first of what the one before asked for, and the device works on the rest meanwhile. A
//! stretch that is in the cache costs a question about a few of its inodes.
//!
//! Whatever fails here fails again when the level is listed, and is said there.

use crate::list::Want;
use crate::raw::ext4::{FileSystem, Reader, Run, Span, entries};
use crate::raw::{Budget, Device};

/// How many of a stretch's directories are asked for, to learn whether it is in the cache.
const PROBES: usize = 4;

/// What lies between two pieces is read with them up to this size: a request of its own takes longer.
const GAP_BYTES: u64 = 256 << 10;

/// Inode tables are asked for in pieces of this size.
const PIECE_BYTES: u64 = 4 << 10;

/// What will be read, in ranges of bytes.
#[derive(Default)]
struct Wanted(Vec<(u64, u64)>);

impl Wanted {
    fn push(&mut self, offset: u64, length: u64) {
        match self.0.last_mut() {
            // Most come in order, and next to each other.
            Some((start, end)) if (*start..=*end).contains(&offset) => *end = (*end).max(offset + length),
            _ => self.0.push((offset, offset + length)),
        }
    }

    /// Asks for all, in order, and forgets it.
    fn fetch(&mut self, device: &dyn Device) {
        self.0.sort_unstable();
        let mut ranges = self.0.drain(..);
        let Some((mut start, mut end)) = ranges.next() else { return };
        for (next, next_end) in ranges {
            if next > end.saturating_add(GAP_BYTES) {
                device.will_need(start, end - start);
                start = next;
            }
            end = end.max(next_end);
        }
        device.will_need(start, end - start);
    }
}

/// Fetches ahead of a walk.
pub(super) struct Ahead<'f> {
    file_system: &'f FileSystem,
    device: &'f dyn Device,
    want: Want,
    wanted: Wanted,
    reader: Reader<'f>,
    /// Of a directory that lies in its inode.
    inline: Vec<u8>,
}

impl<'f> Ahead<'f> {
    /// `budget` is its own: what is listed is counted apart.
    pub(super) fn new(file_system: &'f FileSystem, device: &'f dyn Device, budget: &'f Budget, want: Want) -> Self {
        let reader = Reader::new(file_system, device, budget, Span::Page);
        Self { file_system, device, want, wanted: Wanted::default(), reader, inline: Vec::new() }
    }

    /// Has what these directories, in the order of their inode numbers, will take fetched, if it is not there; whether it
    /// was there.
    pub(super) fn fetch(&mut self, directories: &[u32]) -> bool {
        let mut probes = directories.iter().step_by(directories.len().div_ceil(PROBES).max(1));
        if probes.all(|&ino| self.is_cached(ino)) {
            return true;
        }
        for &ino in directories {
            self.inode(ino);
        }
        self.wanted.fetch(self.device);
        let mut runs = self.blocks(directories);
        if self.want == Want::Metadata {
            // On the device's order: what was asked for first is there first.
            runs.sort_unstable_by_key(|run| run.first);
            self.entries(&runs);
        }
        false
    }

    /// Whether a directory's inode and the first of its blocks are there. The inode alone says little: where metadata is
    /// wanted, it was read with the entry.
    fn is_cached(&mut self, ino: u32) -> bool {
        let Ok(offset) = self.reader.inode_offset(ino) else { return true };
        if !self.device.is_cached(offset) {
            return false;
        }
        self.inline.clear();
        match self.reader.open_directory(ino, false, &mut self.inline) {
            Ok(None) => {
                let first = self.reader.runs().first();
                first.is_none_or(|run| self.device.is_cached(run.first * self.file_system.block_bytes() as u64))
            }
            Ok(Some(_)) | Err(_) => true,
        }
    }

    fn inode(&mut self, ino: u32) {
        if let Ok(offset) = self.reader.inode_offset(ino) {
            self.wanted.push(offset - offset % PIECE_BYTES, PIECE_BYTES);
        }
    }

    /// Asks for the blocks of all of a stretch's directories; which they are.
    fn blocks(&mut self, directories: &[u32]) -> Vec<Run> {
        let block_bytes = self.file_system.block_bytes() as u64;
        let mut all = Vec::new();
        for &ino in directories {
            self.inline.clear();
            // The inodes of entries that lie in their directory's inode are asked for when they are read: they are few.
            if let Ok(None) = self.reader.open_directory(ino, false, &mut self.inline) {
                all.extend_from_slice(self.reader.runs());
                for run in self.reader.runs() {
                    self.wanted.push(run.first * block_bytes, run.count * block_bytes);
                }
            }
        }
        self.wanted.fetch(self.device);
        all
    }

    /// Asks for the inodes of all entries of these blocks.
    fn entries(&mut self, runs: &[Run]) {
        let block_bytes = self.file_system.block_bytes();
        let mut bytes = vec![0; block_bytes];
        for run in runs {
            for number in run.first..run.first + run.count {
                if self.reader.blocks(number, &mut bytes).is_err() {
                    continue;
                }
                for entry in entries(&bytes, 0, self.file_system).flatten() {
                    self.inode(entry.ino);
                }
            }
        }
        self.wanted.fetch(self.device);
    }
}
