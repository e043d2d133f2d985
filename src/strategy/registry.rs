//! The tables of all strategies. To add one, write its file and add its line here.
//!
//! `--help`, `fsbench strategies`, tests, benches and reports iterate these tables, in this order.

use crate::{list, walk};

/// Ways of listing one directory.
pub const LISTERS: &[&[list::Row]] = &[
    list::std::ROWS,
    list::readdir::ROWS,
    list::nix::ROWS,
    list::getdents::ROWS,
    list::eof::ROWS,
    list::isdir_isfile::ROWS,
    list::lstat::ROWS,
    list::fstatat::ROWS,
    list::statx::ROWS,
    list::unknown::ROWS,
    list::inode::ROWS,
    list::threads::ROWS,
    list::split::ROWS,
    list::uring::ROWS,
    list::bulkstat::ROWS,
    list::raw_ext4::ROWS,
    list::null::ROWS,
];

/// Ways of listing a tree: ours, then the peers.
pub const WALKERS: &[&[walk::Row]] = &[
    walk::serial::ROWS,
    walk::rayon::ROWS,
    walk::shipped::ROWS,
    walk::uring::ROWS,
    walk::btrfs::ROWS,
    walk::raw_ext4::ROWS,
    walk::walkdir::ROWS,
    walk::jwalk::ROWS,
    walk::ignore::ROWS,
    walk::dua_core::ROWS,
    walk::fts::ROWS,
    walk::nftw::ROWS,
];
