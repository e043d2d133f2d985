//! What is asked of a tree before it is explained: one pass over its names, then lookups ([`super::lookups`]).
//!
//! The pass looks nothing up where `d_type` answers, so that the lookups still find the caches as the user's next
//! command would.

use super::lookups::{self, Chosen, Lookups};
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::measure::counters::read_bytes;
use crate::measure::file_system::FileSystem;
use crate::measure::path_text::PathText;
use crate::trace::profile::Profile;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir, ioctl_getflags, openat, statat};
use serde::{Deserialize, Serialize};
use std::ffi::{CStr, OsStr};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What is known of a tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TreeFacts {
    /// The kind of file system: `ext4`.
    pub file_system: String,
    /// Entries that were seen.
    pub entries: u64,
    /// Directories among them.
    pub directories: u64,
    /// Whether that is all of them: the time may have been up.
    pub whole: bool,
    /// What could not be read.
    pub unreadable: u64,
    /// Entries whose `d_type` is unknown.
    pub unknown_types: u64,
    /// The directory that takes the most bytes.
    pub largest: Largest,
    /// How far the order of names is from that of inodes, from 0 (the same, or the reverse) to 1 (random).
    pub disorder: f64,
    /// What the directories take, bytes.
    pub directory_bytes: u64,
    /// Components of the root's absolute path.
    pub depth: usize,
    /// Opening and reading the directories, as the caches were, nanoseconds.
    pub read_ns: f64,
    /// The same once more.
    pub read_again_ns: f64,
    /// Bytes that storage was asked for meanwhile; `None` where the kernel does not tell.
    pub read_bytes: Option<u64>,
    /// Its lookups; `None` of an empty tree.
    pub lookups: Option<Lookups>,
    /// Where the processor's time goes in a listing that looks every entry up by its full path; `None` if it was not sampled.
    pub profile: Option<Profile>,
    /// Why it was not.
    pub unprofiled: Option<String>,
}

/// A directory, and what it takes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Largest {
    /// Its path.
    pub path: Option<PathText>,
    /// Its entries.
    pub entries: u64,
    /// Its own size, bytes.
    pub size_bytes: u64,
    /// Whether it has a hash index; `None` where the question makes no sense.
    pub indexed: Option<bool>,
    /// Reading it from memory, nanoseconds; 0 of a directory that is not large for its entries.
    pub read_ns: f64,
    /// Opening it, and reading nothing, since its end was sought.
    pub open_ns: f64,
    /// Looking for a name that it does not have, nanoseconds; 0 where it has an index.
    pub miss_ns: f64,
}

/// Entries in the sample are between half as many and as many.
const SAMPLE: usize = 64;
/// `FS_INDEX_FL` (linux/fs.h), of the file systems of the ext family.
const INDEX_FLAG: u32 = 0x1000;
pub(super) const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

struct Pass {
    facts: TreeFacts,
    sample: Vec<Chosen>,
    /// Those that were read.
    dirs: Vec<PathBuf>,
    /// Every so many entries one is taken.
    stride: u64,
    /// Pairs of neighbours, and how many of them go down in inode number.
    pairs: (u64, u64),
}

/// Looks at the tree below `root`, for at most that long where it can choose.
///
/// # Errors
/// When the root cannot be read, or a signal came.
pub fn look(root: &Path, limit: Duration, interrupt: &Interrupt) -> Result<TreeFacts, Error> {
    let until = Instant::now() + limit;
    let mut pass = Pass::new(root);
    let mut buffer = Box::new_uninit_slice(64 << 10);
    let mut waiting = vec![root.to_owned()];
    let before = read_bytes();
    while let Some(dir) = waiting.pop() {
        let start = Instant::now();
        if (start >= until && dir != root) || interrupt.check().is_err() {
            pass.facts.whole = false;
            break;
        }
        let read = pass.read(&dir, &mut buffer, &mut waiting);
        pass.facts.read_ns += start.elapsed().as_nanos() as f64;
        match read {
            Err(error) if dir == root => return Err(Error::new("open", root, error)),
            Err(_) => pass.facts.unreadable += 1,
            Ok(()) => pass.dirs.push(dir),
        }
    }
    let Pass { mut facts, sample, dirs, pairs, .. } = pass;
    facts.read_bytes = before.zip(read_bytes()).map(|(before, after)| after.saturating_sub(before));
    let down = pairs.1 as f64 / pairs.0.max(1) as f64;
    facts.disorder = 2.0 * down.min(1.0 - down);
    facts.read_again_ns = facts.read_ns;
    lookups::look_up(&mut facts, &sample, &dirs, &mut buffer, limit, interrupt);
    Ok(facts)
}

impl Pass {
    fn new(root: &Path) -> Self {
        let facts = TreeFacts {
            file_system: FileSystem::of(root).kind,
            entries: 0,
            directories: 0,
            whole: true,
            unreadable: 0,
            unknown_types: 0,
            largest: Largest::default(),
            disorder: 0.0,
            directory_bytes: 0,
            depth: root.components().count().saturating_sub(1),
            read_ns: 0.0,
            read_again_ns: 0.0,
            read_bytes: None,
            lookups: None,
            profile: None,
            unprofiled: None,
        };
        Self { facts, sample: Vec::new(), dirs: Vec::new(), stride: 1, pairs: (0, 0) }
    }

    fn read(&mut self, dir: &Path, buffer: &mut [MaybeUninit<u8>], waiting: &mut Vec<PathBuf>) -> std::io::Result<()> {
        // The root may be a link: it was named.
        let open = openat(CWD, dir, DIRECTORY, Mode::empty())?;
        let size_bytes = u64::try_from(rustix::fs::fstat(&open)?.st_size).unwrap_or(0);
        self.facts.directory_bytes += size_bytes;
        let (mut entries, mut last) = (0, 0);
        let mut all = RawDir::new(open.as_fd(), buffer);
        while let Some(entry) = all.next() {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let mut kind = entry.file_type();
            if kind == FileType::Unknown {
                self.facts.unknown_types += 1;
                if let Ok(stat) = statat(&open, name, AtFlags::SYMLINK_NOFOLLOW) {
                    kind = FileType::from_raw_mode(stat.st_mode);
                }
            }
            if kind == FileType::Directory {
                self.facts.directories += 1;
                waiting.push(dir.join(OsStr::from_bytes(name.to_bytes())));
            }
            if entries > 0 {
                self.pairs = (self.pairs.0 + 1, self.pairs.1 + u64::from(entry.ino() < last));
            }
            last = entry.ino();
            entries += 1;
            self.choose(dir, name);
        }
        if size_bytes > self.facts.largest.size_bytes || self.facts.largest.path.is_none() {
            let is_ext = self.facts.file_system.starts_with("ext");
            let flags = is_ext.then(|| ioctl_getflags(&open).ok()).flatten();
            let indexed = flags.map(|flags| flags.bits() & INDEX_FLAG != 0);
            self.facts.largest =
                Largest { path: Some(dir.to_owned().into()), entries, size_bytes, indexed, ..Largest::default() };
        }
        Ok(())
    }

    /// Takes an entry into the sample if it is its turn; of a sample that is full, every second one goes.
    fn choose(&mut self, dir: &Path, name: &CStr) {
        if self.facts.entries.is_multiple_of(self.stride) {
            self.sample.push(Chosen { dir: dir.to_owned(), name: name.to_owned() });
            if self.sample.len() == SAMPLE {
                let mut place = 0;
                self.sample.retain(|_| {
                    place += 1;
                    place % 2 == 1
                });
                self.stride *= 2;
            }
        }
        self.facts.entries += 1;
    }
}
