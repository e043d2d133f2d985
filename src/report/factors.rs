//! The factors of a strategy in words, as tables and slides show them: what a row does, and what a step of a ladder
//! changes.

use crate::list::{Factors, LookupOrder, Lookups, Parallel, ReadWith, Resolve};
use std::fmt;

impl Factors {
    /// What a step of a ladder changes in the row before it: `looked up by descriptor`.
    pub fn change_from(&self, before: &Self) -> String {
        let mut words = Vec::new();
        if self.is_below_system_calls() && !before.is_below_system_calls() {
            return "no interface: read from the block device, one thread".to_owned();
        }
        if self.lookups != before.lookups {
            words.push(self.lookups.to_string());
        }
        if self.resolve != before.resolve && self.resolve != Resolve::None && before.resolve != Resolve::None {
            words.push(format!("looked up {}", self.resolve));
        }
        if self.descend != before.descend {
            words.push(format!("directories opened {}", self.descend));
        }
        if self.read != before.read {
            words.push(self.read.to_string());
        }
        if self.order != before.order {
            words.push(self.order.to_string());
        }
        if self.parallel != before.parallel {
            words.push(self.parallel.to_string());
        }
        words.join(", ")
    }
}

impl fmt::Display for Factors {
    /// All of them, those that play no part left out: `readdir, 1 stat an entry, looked up by full path`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.read)?;
        if self.lookups != Lookups::None {
            write!(f, ", {}, looked up {}", self.lookups, self.resolve)?;
        }
        if self.descend != Resolve::None {
            write!(f, ", directories opened {}", self.descend)?;
        }
        if self.order != LookupOrder::Directory {
            write!(f, ", {}", self.order)?;
        }
        if self.parallel != Parallel::Serial {
            write!(f, ", {}", self.parallel)?;
        }
        Ok(())
    }
}

impl fmt::Display for ReadWith {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Std => "std::fs",
            Self::Readdir => "readdir",
            Self::Nix => "readdir, names copied",
            Self::Getdents { buffer_bytes } => return write!(f, "getdents64, {} KiB", buffer_bytes / 1024),
            Self::TreeSearch => "btrfs's tree search",
            Self::Device => "read from the block device",
            Self::Libc => "as libc does",
            Self::Peer => "as the crate does",
            Self::Nothing => "no call",
        })
    }
}

impl fmt::Display for Lookups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "kinds by d_type",
            Self::StatTwice => "2 stats an entry",
            Self::Stat => "1 stat an entry",
            Self::StatxAll => "1 statx an entry, all of it",
            Self::Statx => "1 statx an entry, its mask only",
            Self::StatxMin => "1 statx an entry, size and mtime only",
            Self::StatxType => "1 statx an entry, type only",
            Self::Bulkstat => "XFS's bulkstat, many inodes a call",
        })
    }
}

impl fmt::Display for Resolve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "nowhere",
            Self::Absolute => "by full path",
            Self::Relative => "by descriptor",
        })
    }
}

impl fmt::Display for LookupOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directory => "in directory order",
            Self::Inode => "in inode order",
        })
    }
}

impl fmt::Display for Parallel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial => f.write_str("one thread"),
            Self::Threads => f.write_str("in parallel"),
            Self::Stealing => f.write_str("in parallel, work stolen, threads by need"),
            Self::Ranges => f.write_str("in parallel, the directory split"),
            Self::Ring { depth } => write!(f, "{depth} in flight"),
        }
    }
}
