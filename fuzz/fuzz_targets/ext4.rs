//! The bytes of an ext4 image: whatever they are, walking it ends, within its blocks. Seeds are small images, made as
//! `mke2fs -q -b 1024 -O ^has_journal -d FOLDER seed 1M` makes them, with each feature in and out.

#![no_main]

use fsbench::list::Want;
use fsbench::list::raw_ext4::Root;
use fsbench::list::tally::Tallies;
use fsbench::raw::Image;
use fsbench::raw::ext4::FileSystem;
use fsbench::walk::raw_ext4::walk;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let image = Image(bytes.to_vec());
    let Ok(file_system) = FileSystem::open(&image) else { return };
    for want in [Want::Kinds, Want::Metadata] {
        let tallies = Tallies::default();
        let _ = walk(&file_system, &image, Root { ino: 2, dev: 1 }, Path::new("root"), want, 1, &tallies);
        // A record takes 12 bytes of a block, which is read once; what lies in an inode is less than the inode.
        let entries = tallies.into_seen().tally.entries;
        let inline = u64::from(file_system.inodes()) * bytes.len().min(1 << 16) as u64 / 12;
        assert!(entries <= bytes.len() as u64 / 12 + inline);
    }
});
