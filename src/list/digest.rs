//! An order-independent hash of what a listing saw: two strategies with the same digest saw the same things.
//!
//! It is the sum modulo 2^64, over all entries, of the first 8 bytes, big-endian, of
//! `SHA-256(path NUL field NUL field ...)`, which any language's standard library can compute. The fields, by want:
//!
//! | want | hashed |
//! |---|---|
//! | names | `path` |
//! | kinds | `path NUL kind` |
//! | metadata seen as size and time | `path NUL kind NUL size NUL seconds.nanoseconds` |
//! | metadata | `path NUL kind NUL size NUL seconds.nanoseconds NUL mode NUL links NUL uid NUL gid NUL inode` |
//!
//! `path` is below the root, in bytes, with `/` between components. `kind` is the letter of `find -printf %y`. Numbers are
//! decimal, nanoseconds in nine digits, `mode` is octal with the kind's bits. Access times are never hashed: listing
//! changes them.

use super::tally::Seen;
use super::{Entry, Projection, Sink, Sinks, Want};
use crate::error::Error;
use fswalk::team::{into_inner, lock};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::io::Write;
use std::ops::{AddAssign, ControlFlow};
use std::sync::Mutex;

/// The sum of the entries' hashes. Displays as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(pub u64);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = std::num::ParseIntError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        u64::from_str_radix(&text, 16).map(Self)
    }
}

impl AddAssign for Digest {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

/// Hashes entries one at a time, in a buffer that it keeps.
#[derive(Default)]
pub struct Hasher {
    fields: Vec<u8>,
}

impl Hasher {
    /// The hash of one entry, of the fields that `want` asks for and `projection` can see.
    pub fn hash(&mut self, entry: &Entry<'_>, want: Want, projection: Projection) -> Digest {
        let want = projection.want(want);
        let fields = &mut self.fields;
        fields.clear();
        fields.extend_from_slice(entry.dir);
        if !entry.dir.is_empty() {
            fields.push(b'/');
        }
        fields.extend_from_slice(entry.name);
        if want >= Want::Kinds {
            fields.extend_from_slice(&[0, entry.kind.letter()]);
        }
        if let (Want::Metadata, Some(meta)) = (want, entry.meta) {
            // Writing to a Vec cannot fail.
            let _ = write!(fields, "\0{}\0{}.{:09}", meta.size_bytes, meta.mtime_seconds, meta.mtime_nanos);
            if projection != Projection::SizeAndTime {
                let _ = write!(fields, "\0{:o}\0{}\0{}\0{}\0{}", meta.mode, meta.links, meta.uid, meta.gid, meta.ino);
            }
        }
        let hash = Sha256::digest(&*fields);
        Digest(hash.iter().take(8).fold(0, |sum, &byte| sum << 8 | u64::from(byte)))
    }
}

/// Sinks that hash and count.
pub struct Digests {
    want: Want,
    projection: Projection,
    total: Mutex<(Digest, Seen)>,
}

impl Digests {
    /// Sinks for `want`, of what `projection` can see.
    pub fn new(want: Want, projection: Projection) -> Self {
        Self { want, projection, total: Mutex::default() }
    }

    /// What all sinks dropped so far saw together.
    pub fn into_seen(self) -> (Digest, Seen) {
        into_inner(self.total)
    }
}

impl Sinks for Digests {
    fn sink(&self) -> Box<dyn Sink + Send + '_> {
        Box::new(DigestSink { of: self, hasher: Hasher::default(), digest: Digest::default(), seen: Seen::default() })
    }
}

struct DigestSink<'d> {
    of: &'d Digests,
    hasher: Hasher,
    digest: Digest,
    seen: Seen,
}

impl Sink for DigestSink<'_> {
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        self.digest += self.hasher.hash(entry, self.of.want, self.of.projection);
        self.seen.tally.count(entry);
        ControlFlow::Continue(())
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.seen.error(error);
        ControlFlow::Continue(())
    }
}

impl Drop for DigestSink<'_> {
    fn drop(&mut self) {
        let mut total = lock(&self.of.total);
        total.0 += self.digest;
        total.1.fold(std::mem::take(&mut self.seen));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::Kind;

    /// `printf 'a/b\0f' | sha256sum | cut -c1-16`
    #[test]
    fn a_digest_is_what_sha256sum_says() {
        let entry = Entry { dir: b"a", name: b"b", kind: Kind::File, ino: 0, position: None, meta: None };
        let digest = Hasher::default().hash(&entry, Want::Kinds, Projection::Whole);
        assert_eq!(digest.to_string(), "4beef9403f2f1867");
    }
}
