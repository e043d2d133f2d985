//! The digest that `fsbench compare` prints of a tree, by which a walk on many machines is held against one on one machine.
//!
//! It is the sum modulo 2^64, over all entries, of the first 8 bytes, big-endian, of `SHA-256(path NUL kind)`, or, with metadata,
//! `SHA-256(path NUL kind NUL size NUL seconds.nanoseconds NUL mode NUL links NUL uid NUL gid NUL inode)`: fsbench's
//! `src/list/digest.rs` has it in full. It is written twice since fsbench, as a library, would bring its charts and pages along.

use fswalk::{Kind, Meta};
use sha2::{Digest as _, Sha256};
use std::io::Write;

/// Adds entries up.
#[derive(Default)]
pub struct Digest {
    /// The sum.
    pub sum: u64,
    fields: Vec<u8>,
}

impl Digest {
    /// Adds the entry `name` of the directory that lies at `below` the root.
    pub fn add(&mut self, below: &[u8], name: &[u8], kind: Kind, meta: Option<&Meta>) {
        let fields = &mut self.fields;
        fields.clear();
        fields.extend_from_slice(below);
        if !below.is_empty() {
            fields.push(b'/');
        }
        fields.extend_from_slice(name);
        fields.extend_from_slice(&[0, kind.letter()]);
        if let Some(meta) = meta {
            let Meta { size_bytes, mtime_seconds, mtime_nanos, mode, links, uid, gid, ino, .. } = meta;
            let written = write!(
                fields,
                "\0{size_bytes}\0{mtime_seconds}.{mtime_nanos:09}\0{mode:o}\0{links}\0{uid}\0{gid}\0{ino}"
            );
            written.expect("writing to memory cannot fail");
        }
        let hash = Sha256::digest(&*fields);
        let first = hash.iter().take(8).fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        self.sum = self.sum.wrapping_add(first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf 'a/b\0f' | sha256sum | cut -c1-16`: the vector that fsbench's own digest is held to.
    #[test]
    fn a_digest_is_what_sha256sum_says() {
        let mut digest = Digest::default();
        digest.add(b"a", b"b", Kind::File, None);
        assert_eq!(format!("{:016x}", digest.sum), "4beef9403f2f1867");
    }
}
