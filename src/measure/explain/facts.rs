//! What is asked of a tree before it is explained: one pass over its names, then lookups of a few dozen entries.
//!
//! The pass looks nothing up where `d_type` answers, so that the lookups still find the caches as the user's next
//! command would. Each entry of the sample is looked up once as the caches are. Then a second pass looks all entries up,
//! as far as there is time: what a sample of entries that lie far apart fetches says nothing of their neighbours. Then
//! the sample is looked up again, by full paths, and together on threads.

use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::measure::counters::read_bytes;
use crate::measure::file_system::FileSystem;
use crate::measure::path_text::PathText;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir, ioctl_getflags, openat, statat};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use std::ffi::{CStr, CString, OsStr};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
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
    /// The sample's lookups; `None` of an empty tree.
    pub lookups: Option<Lookups>,
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
}

/// The lookups of a sample; times are nanoseconds a lookup.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Lookups {
    /// How many entries were looked up.
    pub number: u64,
    /// How many could not be.
    pub failed: u64,
    /// How many of them asked storage at first.
    pub from_storage: u64,
    /// As the caches were: of all entries, or of those that there was time for.
    pub first_ns: f64,
    /// How many these are.
    pub first_number: u64,
    /// The same once more.
    pub again_ns: f64,
    /// Processor time of that.
    pub processor_ns: f64,
    /// By the full path.
    pub absolute_ns: f64,
    /// With [`TOGETHER`] threads: the time of all over their number.
    pub together_ns: f64,
}

/// Threads that look up together.
pub const TOGETHER: usize = 32;
/// Entries in the sample are between half as many and as many.
const SAMPLE: usize = 64;
/// Passes over the sample are repeated for about that long.
const QUICK: Duration = Duration::from_millis(200);
const REPEATS: usize = 9;
/// Lookups between two looks at the clock.
const BETWEEN_CHECKS: usize = 32;
/// `FS_INDEX_FL` (linux/fs.h), of the file systems of the ext family.
const INDEX_FLAG: u32 = 0x1000;
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

/// An entry of the sample.
struct Chosen {
    dir: PathBuf,
    name: CString,
}

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
    let opened = open_all(&sample);
    if opened.is_empty() {
        facts.read_again_ns = facts.read_ns;
        return Ok(facts);
    }
    let mut lookups = first(&opened);
    let second = second_pass(&dirs, &mut buffer, Instant::now() + limit, interrupt);
    if second.number > lookups.number {
        (lookups.first_ns, lookups.first_number) = (second.look_ns / second.number as f64, second.number);
    }
    let missing = facts.entries as f64 / second.read.max(1) as f64;
    facts.read_again_ns = if second.read == 0 { facts.read_ns } else { second.read_ns * missing };
    again(&opened, &mut lookups);
    facts.lookups = Some(lookups);
    Ok(facts)
}

/// What a pass over all entries took.
#[derive(Default)]
struct Second {
    /// Entries that were looked up.
    number: u64,
    /// Entries of the directories that were read.
    read: u64,
    look_ns: f64,
    read_ns: f64,
}

/// Looks all entries up, relative to their directories, until the time is up.
fn second_pass(dirs: &[PathBuf], buffer: &mut [MaybeUninit<u8>], until: Instant, interrupt: &Interrupt) -> Second {
    let mut second = Second::default();
    // Of one directory, each with its NUL.
    let mut names = Vec::new();
    let is_entry = |name: &CStr| !matches!(name.to_bytes(), b"." | b"..");
    for dir in dirs {
        let start = Instant::now();
        // What could be read a moment ago, and is gone, is nobody's any more.
        let Ok(open) = openat(CWD, dir, DIRECTORY.difference(OFlags::NOFOLLOW), Mode::empty()) else { continue };
        let mut all = RawDir::new(open.as_fd(), &mut *buffer);
        names.clear();
        while let Some(Ok(entry)) = all.next() {
            if is_entry(entry.file_name()) {
                names.extend_from_slice(entry.file_name().to_bytes_with_nul());
                second.read += 1;
            }
        }
        second.read_ns += start.elapsed().as_nanos() as f64;
        let mut rest = names.split_inclusive(|&byte| byte == 0).peekable();
        while rest.peek().is_some() {
            let start = Instant::now();
            if start >= until || interrupt.check().is_err() {
                return second;
            }
            for name in rest.by_ref().take(BETWEEN_CHECKS) {
                let name = CStr::from_bytes_with_nul(name).expect("each name was added with its NUL");
                let _ = statat(&open, name, AtFlags::SYMLINK_NOFOLLOW);
                second.number += 1;
            }
            second.look_ns += start.elapsed().as_nanos() as f64;
        }
    }
    second
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
        };
        Self { facts, sample: Vec::new(), dirs: Vec::new(), stride: 1, pairs: (0, 0) }
    }

    fn read(&mut self, dir: &Path, buffer: &mut [MaybeUninit<u8>], waiting: &mut Vec<PathBuf>) -> std::io::Result<()> {
        // The root may be a link: it was named.
        let open = openat(CWD, dir, DIRECTORY.difference(OFlags::NOFOLLOW), Mode::empty())?;
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
            self.facts.largest = Largest { path: Some(dir.to_owned().into()), entries, size_bytes, indexed };
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

type Opened<'a> = (OwnedFd, &'a Chosen);

/// Opens the directories of a sample, which is no part of a lookup.
fn open_all(sample: &[Chosen]) -> Vec<Opened<'_>> {
    let open = |chosen: &Chosen| openat(CWD, &chosen.dir, DIRECTORY.difference(OFlags::NOFOLLOW), Mode::empty()).ok();
    sample.iter().filter_map(|chosen| Some((open(chosen)?, chosen))).collect()
}

/// Looks one up; whether that failed.
fn relative((dir, chosen): &Opened<'_>) -> bool {
    statat(dir, &chosen.name, AtFlags::SYMLINK_NOFOLLOW).is_err()
}

/// Looks the sample up as the caches are.
fn first(opened: &[Opened<'_>]) -> Lookups {
    let (mut failed, mut from_storage, mut time) = (0, 0, Duration::ZERO);
    for one in opened {
        let before = read_bytes();
        let start = Instant::now();
        failed += u64::from(relative(one));
        time += start.elapsed();
        from_storage += u64::from(before.zip(read_bytes()).is_some_and(|(before, after)| after > before));
    }
    let number = opened.len() as u64;
    let first_ns = time.as_nanos() as f64 / number.max(1) as f64;
    Lookups {
        number,
        failed,
        from_storage,
        first_ns,
        first_number: number,
        again_ns: first_ns,
        processor_ns: first_ns,
        absolute_ns: first_ns,
        together_ns: first_ns,
    }
}

/// Looks the sample up in the other ways.
fn again(opened: &[Opened<'_>], lookups: &mut Lookups) {
    let each = |time: Duration| time.as_nanos() as f64 / opened.len().max(1) as f64;
    let (once_more, processor) = least(|| opened.iter().for_each(|one| _ = relative(one)));
    let paths = opened.iter().map(|(_, chosen)| chosen.dir.join(OsStr::from_bytes(chosen.name.to_bytes())));
    let paths: Vec<PathBuf> = paths.collect();
    let (by_path, _) = least(|| paths.iter().for_each(|path| _ = statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW)));
    let (together, _) = least(|| {
        std::thread::scope(|scope| {
            for part in opened.chunks(opened.len().div_ceil(TOGETHER).max(1)) {
                // Where a thread is not to be had, its part is done here.
                let work = move || part.iter().for_each(|one| _ = relative(one));
                if std::thread::Builder::new().spawn_scoped(scope, work).is_err() {
                    work();
                }
            }
        });
    });
    lookups.again_ns = each(once_more);
    lookups.processor_ns = each(processor);
    lookups.absolute_ns = each(by_path);
    lookups.together_ns = each(together);
}

/// The least time that some work takes, and its processor time; what is slow is done once.
fn least(work: impl Fn()) -> (Duration, Duration) {
    let once = || {
        let (start, processor) = (Instant::now(), processor_time());
        work();
        (start.elapsed(), processor_time().saturating_sub(processor))
    };
    let start = Instant::now();
    let mut best = once();
    for _ in 1..REPEATS {
        if start.elapsed() > QUICK {
            break;
        }
        best = best.min(once());
    }
    best
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
