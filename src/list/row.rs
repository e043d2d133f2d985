//! A lister's line in the registry: its name, what it can deliver, and which factors it stands for.

use super::{Kind, Lister, Want};
use crate::error::Unsupported;
use serde::{Deserialize, Serialize};

/// A lister as the registry knows it. Each file of `list/` that has one declares it beside the code.
pub struct Row {
    /// Its name, which is its key: `READER`, `READER/VARIANT`, `READER+LOOKUP` or `READER+LOOKUP/VARIANT`.
    pub name: &'static str,
    /// What it does, in one sentence without a full stop.
    pub about: &'static str,
    /// What can be asked of it.
    pub wants: &'static [Want],
    /// What sets it apart.
    pub factors: Factors,
    /// In which order it reports.
    pub order: Order,
    /// How much of the truth it can see.
    pub projection: Projection,
    /// Whether it is compared, or measures the harness.
    pub standing: Standing,
    /// Opens one: allocates its buffers and its ring. A tree walker opens one per thread.
    pub open: fn(&Options) -> Result<Box<dyn Lister>, Unsupported>,
}

/// What a strategy is opened with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How many threads a parallel strategy may use, at least 1. Serial ones ignore it.
    pub threads: usize,
    /// Number of the target's entries as far as it is known: how many `null` replays. No other strategy may use it.
    pub entries: u64,
}

impl Default for Options {
    /// As many threads as the process may use cores, and no entries for `null`.
    fn default() -> Self {
        Self { threads: std::thread::available_parallelism().map_or(1, usize::from), entries: 0 }
    }
}

/// Whether a strategy is compared with the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It lists, and is held against the oracle and ranked.
    Ranked,
    /// It lists nothing: it shows what the harness itself costs.
    Null,
}

/// The order in which a strategy reports a directory's entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As the directory has them.
    Directory,
    /// In an order of its own.
    Any,
}

/// How much of the truth a strategy can see. The oracle is projected the same way before the two are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Projection {
    /// All that was wanted.
    Whole,
    /// Of the metadata, size and modification time only.
    SizeAndTime,
    /// Of the kinds, whether a thing is, links followed, a directory or a regular file: `isdir` and `isfile`.
    Followed,
    /// The names only: all that a program prints or an interface tells, whatever it had to know to walk.
    Names,
}

impl Projection {
    /// What is left of `want`.
    pub fn want(self, want: Want) -> Want {
        if self == Self::Names { Want::Names } else { want }
    }

    /// The kind as it looks through this projection, `followed` being what stat(2) says where links are followed.
    pub fn kind(self, kind: Kind, followed: impl FnOnce() -> Kind) -> Kind {
        match self {
            Self::Followed => match if kind == Kind::Symlink { followed() } else { kind } {
                kind @ (Kind::Directory | Kind::File) => kind,
                _ => Kind::Unknown,
            },
            Self::Whole | Self::SizeAndTime | Self::Names => kind,
        }
    }
}

/// The factors of the 2013 talk, F0 to F6, as one strategy sets them. A ladder changes one of them a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factors {
    /// F3 and F4: how directories are read.
    pub read: ReadWith,
    /// F0 and F1: lookups for each entry.
    pub lookups: Lookups,
    /// The least that must be wanted for them: whoever wants less gets it without.
    pub lookups_from: Want,
    /// F2: how a lookup finds its entry.
    pub resolve: Resolve,
    /// F2: how a walk's openat finds a directory; [`Resolve::None`] where nothing is descended into.
    pub descend: Resolve,
    /// F5: the order of the lookups.
    pub order: LookupOrder,
    /// F6: how many calls are under way at once.
    pub parallel: Parallel,
}

/// How directories are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadWith {
    /// `std::fs::read_dir`: readdir64, and an allocation a name.
    Std,
    /// readdir(3), names borrowed.
    Readdir,
    /// nix's `Dir`: readdir64_r or readdir64, and an allocation a name.
    Nix,
    /// getdents64(2) with a buffer of our own.
    Getdents {
        /// The buffer's size.
        buffer_bytes: usize,
    },
    /// btrfs's tree search: the file system's own items.
    TreeSearch,
    /// The block device, its file system not asked.
    Device,
    /// fts(3) or nftw(3), which read as they like.
    Libc,
    /// Whatever the peer does.
    Peer,
    /// From memory.
    Nothing,
}

/// What a lookup asks, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lookups {
    /// None: `d_type` answers, or nothing was asked.
    None,
    /// `stat`, followed, twice: `isdir()` then `isfile()`.
    StatTwice,
    /// One lstat or fstatat.
    Stat,
    /// One statx of all that there is.
    StatxAll,
    /// One statx with the mask of what is wanted.
    Statx,
    /// One statx of size and time, without synchronising with a remote server.
    StatxMin,
    /// One statx of the type alone.
    StatxType,
    /// XFS's bulkstat: many inodes a call, joined by inode number.
    Bulkstat,
}

/// How a call finds what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resolve {
    /// Nothing to find.
    None,
    /// From the path's start, component by component.
    Absolute,
    /// From the directory's descriptor, one component.
    Relative,
}

/// The order of lookups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookupOrder {
    /// As the entries come.
    Directory,
    /// By inode number.
    Inode,
}

/// How many calls are under way at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parallel {
    /// One.
    Serial,
    /// One per thread.
    Threads,
    /// One per thread; threads steal work from each other, and there are as many as turn out to be needed.
    Stealing,
    /// One per thread, each thread at a part of the directory of its own.
    Ranges,
    /// As many as the ring is deep, on the kernel's own threads.
    Ring {
        /// Operations in flight.
        depth: u32,
    },
}

impl Factors {
    /// A single-threaded reader without lookups: what rows start from.
    pub const fn reading(read: ReadWith) -> Self {
        Self {
            read,
            lookups: Lookups::None,
            lookups_from: Want::Names,
            resolve: Resolve::None,
            descend: Resolve::None,
            order: LookupOrder::Directory,
            parallel: Parallel::Serial,
        }
    }

    /// The same with lookups.
    pub const fn looking_up(self, lookups: Lookups, resolve: Resolve) -> Self {
        Self { lookups, resolve, ..self }
    }

    /// The same, but looking up only for what wants at least `least`.
    pub const fn only_for(self, least: Want) -> Self {
        Self { lookups_from: least, ..self }
    }

    /// Whether the number of threads that a strategy is given makes a difference.
    pub fn takes_threads(&self) -> bool {
        matches!(self.parallel, Parallel::Threads | Parallel::Ranges)
    }

    /// Whether the file system itself is asked nothing: no default, no remedy, and no floor of system calls.
    pub fn is_below_system_calls(&self) -> bool {
        self.read == ReadWith::Device
    }

    /// As they are when asked for `want`.
    pub fn asked_for(self, want: Want) -> Self {
        match want < self.lookups_from {
            true => self.looking_up(Lookups::None, Resolve::None),
            false => self,
        }
    }
}
