//! Which answers a listing waits for, directory by directory: pure.
//!
//! Calls were counted on a local tree. Far away each of them becomes questions to the server, as the kernel's FUSE client asks
//! them (fs/fuse/dir.c, fs/fuse/readdir.c); an NFS client that keeps attributes asks alike:
//!
//! - A name is found by one LOOKUP for each component that the kernel does not know, or no longer trusts. A path relative to
//!   a descriptor has one component, an absolute one as many as it is deep. What is above the root is on another file system.
//! - stat(2) adds a GETATTR, unless attributes that came before are still good: those of the LOOKUP itself if they are kept.
//! - opendir(3) adds an OPENDIR. Closing waits for nothing: RELEASEDIR is sent and forgotten.
//! - getdents64(2) is a READDIR (or READDIRPLUS) for each buffer, and one more whose answer is empty: the end.
//! - A question for an extended attribute adds a GETXATTR, whether there is one or not.

use super::Distance;
use super::shape::{Directory, Shape};
use crate::list::{Factors, Lookups, Parallel, ReadWith, Resolve};
use crate::trace::Trace;
use serde::{Deserialize, Serialize};
use std::ops::{Add, AddAssign};

/// Answers that are waited for, by what was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// LOOKUP: a component of a path.
    pub lookup: u64,
    /// GETATTR: attributes; of commands ACCESS and READLINK, too.
    pub getattr: u64,
    /// OPENDIR; of commands OPEN, too.
    pub open: u64,
    /// READDIR or READDIRPLUS: names.
    pub readdir: u64,
    /// GETXATTR: an extended attribute.
    pub getxattr: u64,
}

impl Answers {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.lookup + self.getattr + self.open + self.readdir + self.getxattr
    }
}

impl Add for Answers {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            lookup: self.lookup + other.lookup,
            getattr: self.getattr + other.getattr,
            open: self.open + other.open,
            readdir: self.readdir + other.readdir,
            getxattr: self.getxattr + other.getxattr,
        }
    }
}

impl AddAssign for Answers {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Answers {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Self::add)
    }
}

/// Calls of one listing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Directories opened.
    pub opens: u64,
    /// Entries looked up by name.
    pub by_name: u64,
    /// stat(2) and its kin of what is open, or of the root.
    pub of_open: u64,
    /// Extended attributes asked for, by name.
    pub attributes: u64,
}

/// The calls that open, by their names in a trace.
pub(super) const OPENING: &[&str] = &["open", "openat", "openat2"];
/// The calls that ask what something is.
pub(super) const ASKING: &[&str] = &["stat", "lstat", "fstat", "newfstatat", "statx"];
/// The calls that ask for extended attributes, by name.
pub(super) const ATTRIBUTES: &[&str] =
    &["getxattr", "lgetxattr", "getxattrat", "listxattr", "llistxattr", "listxattrat"];

/// How often calls of these names returned.
pub(super) fn count(trace: &Trace, names: &[&str]) -> u64 {
    names.iter().filter_map(|name| trace.calls.get(*name)).map(|call| call.count).sum()
}

impl Calls {
    /// The calls of a trace, of a listing of so many entries and directories with these factors.
    ///
    /// libc's fstat(2) is a newfstatat, and a trace does not tell it from a lookup by name: a strategy's factors say how many
    /// lookups an entry costs. Of a peer, whose factors are a guess, all that the entries can account for were by name.
    /// Threads make calls of their own: ours ask how many descriptors there may be and how they fare (/proc), libc's allocator how many
    /// cores there are. So ours are taken to open each directory once, and libc to ask what it has opened; of a peer's opens, what is no
    /// whole number a directory is left out.
    pub fn of(trace: &Trace, (entries, directories): (u64, u64), factors: &Factors) -> Self {
        let asked = count(trace, ASKING);
        let per_entry = match factors.lookups {
            Lookups::None => 0,
            Lookups::StatTwice => 2,
            _ => 1,
        };
        let by_name = match factors.parallel {
            Parallel::Ring { .. } if per_entry > 0 => entries * per_entry,
            _ => asked.min(entries * per_entry),
        };
        let (opens, of_open) = (count(trace, OPENING), asked.saturating_sub(by_name));
        let (opens, of_open) = match factors.read {
            ReadWith::Peer | ReadWith::Libc => (opens / directories.max(1) * directories, of_open),
            ReadWith::Std | ReadWith::Readdir | ReadWith::Nix => (opens.min(directories), of_open.min(directories)),
            _ => (opens.min(directories), 0),
        };
        Self { opens, by_name, of_open, attributes: count(trace, ATTRIBUTES) }
    }

    /// The same where the directory does not tell types: each entry's is asked for by who wants it and does not ask anyway.
    #[must_use]
    pub fn without_types(self, entries: u64) -> Self {
        Self { by_name: self.by_name.max(entries), ..self }
    }
}

/// How a listing asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// How a lookup finds its entry.
    pub resolve: Resolve,
    /// How a directory is found.
    pub descend: Resolve,
    /// The buffer that names are read into, bytes.
    pub buffer_bytes: u64,
    /// Whether lookups do with whatever attributes there are (`AT_STATX_DONT_SYNC`).
    pub any_age: bool,
}

impl Way {
    /// What the factors say.
    pub fn of(factors: &Factors) -> Self {
        /// libc's, which the standard library and peers read through.
        const LIBC_BYTES: u64 = 32 << 10;
        Self {
            resolve: factors.resolve,
            descend: factors.descend,
            buffer_bytes: match factors.read {
                ReadWith::Getdents { buffer_bytes } => buffer_bytes as u64,
                _ => LIBC_BYTES,
            },
            any_age: factors.lookups == Lookups::StatxMin,
        }
    }
}

/// What one directory costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// To open and read it.
    pub reading: Answers,
    /// To look its entries up.
    pub looking: Answers,
    /// How many entries these are.
    pub entries: u64,
}

impl Work {
    /// Both.
    pub fn answers(&self) -> Answers {
        self.reading + self.looking
    }
}

/// How many of `total` things that are spread evenly over `of` places lie in those from `first` to before `end`.
fn share(total: u64, (first, end): (u64, u64), of: u64) -> u64 {
    let up_to = |place: u64| u128::from(total) * u128::from(place) / u128::from(of.max(1));
    u64::try_from(up_to(end) - up_to(first)).unwrap_or(u64::MAX)
}

/// What each directory costs.
pub fn work(shape: &Shape, calls: Calls, way: Way, distance: &Distance) -> Vec<Work> {
    let (entries, directories) = (shape.entries(), shape.directories.len() as u64);
    let mut before = 0;
    let work = |(index, directory): (usize, &Directory)| {
        let place = (index as u64, index as u64 + 1);
        let places = (before, before + directory.entries);
        let mine = Calls {
            opens: share(calls.opens, place, directories),
            by_name: share(calls.by_name, places, entries),
            of_open: share(calls.of_open, place, directories),
            attributes: share(calls.attributes, places, entries),
        };
        before += directory.entries;
        // Whoever looks every entry up knows a directory's name before opening it.
        let is_known = calls.by_name >= entries;
        Work {
            reading: reading(directory, mine, way, distance, is_known),
            looking: looking(directory, mine, way, distance),
            entries: directory.entries,
        }
    };
    shape.directories.iter().enumerate().map(work).collect()
}

/// Opening a directory and reading it.
fn reading(directory: &Directory, calls: Calls, way: Way, distance: &Distance, is_known: bool) -> Answers {
    if calls.opens == 0 {
        return Answers::default();
    }
    let components = match (directory.depth, way.descend) {
        (0, _) => 0,
        (depth, Resolve::Absolute) => depth,
        _ => 1,
    };
    let lookup = match distance.keeps {
        false => components * calls.opens,
        // Those above were asked for when they were opened.
        true => components.min(u64::from(!is_known && !distance.plus)),
    };
    let getattr = match distance.keeps {
        false => calls.of_open,
        // Others' came with their names; the root has been looked up by nobody.
        true => calls.of_open.min(u64::from(directory.parent.is_none())),
    };
    Answers { lookup, getattr, open: calls.opens, readdir: answers_of(directory, way, distance), getxattr: 0 }
}

/// Answers that a directory's names take, the empty one at the end included.
fn answers_of(directory: &Directory, way: Way, distance: &Distance) -> u64 {
    /// The most that one answer to FUSE holds (FUSE_DEFAULT_MAX_PAGES_PER_REQ, 32 pages).
    const MOST_BYTES: u64 = 128 << 10;
    /// `struct fuse_entry_out`, which READDIRPLUS puts before each name.
    const ATTRIBUTES_BYTES: u64 = 128;
    let most = distance.answer_bytes.unwrap_or(way.buffer_bytes).clamp(1, MOST_BYTES);
    let attributes = if distance.plus { (directory.entries + 2) * ATTRIBUTES_BYTES } else { 0 };
    (directory.name_bytes + attributes).div_ceil(most) + 1
}

/// Looking a directory's entries up.
fn looking(directory: &Directory, calls: Calls, way: Way, distance: &Distance) -> Answers {
    let components = if way.resolve == Resolve::Absolute { directory.depth + 1 } else { 1 };
    let asked = calls.by_name + calls.attributes;
    if distance.keeps {
        let unknown = if distance.plus { 0 } else { asked.min(directory.entries) };
        return Answers { lookup: unknown, getxattr: calls.attributes, ..Answers::default() };
    }
    let getattr = if way.any_age { 0 } else { calls.by_name };
    Answers { lookup: components * asked, getattr, getxattr: calls.attributes, ..Answers::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A root of 3 entries, one of them a directory of 2 files.
    fn shape() -> Shape {
        let root = Directory { parent: None, depth: 0, entries: 3, name_bytes: 160 };
        let below = Directory { parent: Some(0), depth: 1, entries: 2, name_bytes: 128 };
        Shape { directories: vec![root, below], unreadable: 0 }
    }

    const FAR: Distance = Distance { rtt_ns: 1, keeps: false, plus: false, types: true, answer_bytes: None };
    const BY_PATH: Way =
        Way { resolve: Resolve::Absolute, descend: Resolve::Relative, buffer_bytes: 32 << 10, any_age: false };

    fn answers(calls: Calls, way: Way, distance: Distance) -> Answers {
        work(&shape(), calls, way, &distance).iter().map(Work::answers).sum()
    }

    #[test]
    fn a_lookup_by_its_whole_path_asks_for_each_component() {
        let calls = Calls { opens: 2, by_name: 5, of_open: 2, attributes: 0 };
        // Three at depth 1, two at depth 2, and the directory is opened by its name.
        let expected = Answers { lookup: 3 + 2 * 2 + 1, getattr: 5 + 2, open: 2, readdir: 4, getxattr: 0 };
        assert_eq!(answers(calls, BY_PATH, FAR), expected);
        let relative = Way { resolve: Resolve::Relative, ..BY_PATH };
        assert_eq!(answers(calls, relative, FAR).lookup, 5 + 1);
        assert_eq!(answers(calls, Way { any_age: true, ..relative }, FAR).getattr, 2);
    }

    #[test]
    fn what_is_kept_is_asked_once_and_what_came_with_the_names_never() {
        let calls = Calls { opens: 2, by_name: 10, of_open: 2, attributes: 5 };
        let kept = Distance { keeps: true, ..FAR };
        let expected = Answers { lookup: 5, getattr: 1, open: 2, readdir: 4, getxattr: 5 };
        assert_eq!(answers(calls, BY_PATH, kept), expected);
        assert_eq!(answers(calls, BY_PATH, Distance { plus: true, ..kept }).lookup, 0);
        // Nobody has looked the directory up before it is opened.
        assert_eq!(answers(Calls { by_name: 0, attributes: 0, ..calls }, BY_PATH, kept).lookup, 1);
    }

    #[test]
    fn names_take_as_many_answers_as_hold_them_and_one_that_says_end() {
        let calls = Calls { opens: 2, ..Calls::default() };
        let of = |answer_bytes, plus| answers(calls, BY_PATH, Distance { answer_bytes, plus, ..FAR }).readdir;
        assert_eq!((of(None, false), of(Some(100), false), of(Some(100), true)), (4, 2 + 1 + 2 + 1, 8 + 1 + 7 + 1));
        assert_eq!(of(Some(0), false), 160 + 1 + 128 + 1, "an answer holds something");
    }

    #[test]
    fn a_tree_without_entries_is_opened_and_read() {
        let empty = Shape { directories: vec![Directory { name_bytes: 64, ..Directory::default() }], unreadable: 0 };
        let calls = Calls { opens: 1, ..Calls::default() };
        let work = work(&empty, calls, BY_PATH, &FAR);
        assert_eq!(work[0].answers(), Answers { open: 1, readdir: 2, ..Answers::default() });
    }
}
