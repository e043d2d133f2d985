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
use crate::raw::ext4::{FileSystem, Reader, Run, entries};
use crate::raw::{Budget, Device};

/// How many of a stretch's directories are asked for, to learn whether it is in the cache.
const PROBES: usize = 16;

/// What lies between two pieces is read with them up to this size: a request of its own takes longer.
const GAP_BYTES: u64 = 256 << 10;

/// Inode tables are read in pieces of this size.
const PIECE_BYTES: usize = 4 << 10;

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
}

impl<'f> Ahead<'f> {
    pub(super) fn new(file_system: &'f FileSystem, device: &'f dyn Device, want: Want) -> Self {
        Self { file_system, device, want, wanted: Wanted::default() }
    }

    /// Has what these directories, in the order of their inode numbers, will take fetched, if it is not there; whether it
    /// was there.
    pub(super) fn fetch(&mut self, directories: &[u32]) -> bool {
        // Blocks are counted when they are listed: here, as many again may be read.
        let budget = Budget::new(self.file_system.blocks());
        let mut reader = Reader::new(self.file_system, self.device, &budget, PIECE_BYTES);
        let mut probes = directories.iter().step_by(directories.len().div_ceil(PROBES).max(1));
        let device = self.device;
        if probes.all(|&ino| reader.inode_offset(ino).is_ok_and(|offset| device.is_cached(offset))) {
            return true;
        }
        for &ino in directories {
            self.inode(&mut reader, ino);
        }
        self.wanted.fetch(self.device);
        let mut runs = self.blocks(&mut reader, directories);
        if self.want == Want::Metadata {
            // On the device's order: what was asked for first is there first.
            runs.sort_unstable_by_key(|run| run.first);
            self.entries(&mut reader, &runs);
        }
        false
    }

    fn inode(&mut self, reader: &mut Reader<'_>, ino: u32) {
        if let Ok(offset) = reader.inode_offset(ino) {
            self.wanted.push(offset - offset % PIECE_BYTES as u64, PIECE_BYTES as u64);
        }
    }

    /// Asks for the blocks of all of a stretch's directories; which they are.
    fn blocks(&mut self, reader: &mut Reader<'_>, directories: &[u32]) -> Vec<Run> {
        let block_bytes = self.file_system.block_bytes() as u64;
        let (mut all, mut inline) = (Vec::new(), Vec::new());
        for &ino in directories {
            inline.clear();
            // Of a directory within its inode, the entries' inodes are asked for when they are read: it has few.
            if let Ok(None) = reader.open_directory(ino, false, &mut inline) {
                all.extend_from_slice(reader.runs());
                for run in reader.runs() {
                    self.wanted.push(run.first * block_bytes, run.count * block_bytes);
                }
            }
        }
        self.wanted.fetch(self.device);
        all
    }

    /// Asks for the inodes of all entries of these blocks.
    fn entries(&mut self, reader: &mut Reader<'_>, runs: &[Run]) {
        let block_bytes = self.file_system.block_bytes();
        let mut bytes = vec![0; block_bytes];
        for run in runs {
            for number in run.first..run.first + run.count {
                if reader.blocks(number, &mut bytes).is_err() {
                    continue;
                }
                for entry in entries(&bytes, 0, self.file_system).flatten() {
                    self.inode(reader, entry.ino);
                }
            }
        }
        self.wanted.fetch(self.device);
    }
}
