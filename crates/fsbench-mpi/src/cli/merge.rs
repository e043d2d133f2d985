//! Sorting more than memory holds: runs that were sorted in memory lie in files, and are merged, one entry of each in memory at a time.
//!
//! A run has, of each entry, its path, a NUL, and its kind: a byte. Paths are ordered by their bytes.

use super::output::Partial;
use fswalk::{Error, Kind};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

const BUFFER_BYTES: usize = 256 << 10;

/// A sorted run, read.
struct Run {
    reader: BufReader<File>,
    path: PathBuf,
}

impl Run {
    fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|error| Error::new("open", path, error))?;
        Ok(Self { reader: BufReader::with_capacity(BUFFER_BYTES, file), path: path.to_owned() })
    }

    /// The next entry.
    fn next(&mut self) -> Result<Option<(Vec<u8>, u8)>, Error> {
        let failed = |error| Error::new("read", &self.path, error);
        let mut path = Vec::new();
        if self.reader.read_until(0, &mut path).map_err(failed)? == 0 {
            return Ok(None);
        }
        path.pop();
        let mut kind = [0];
        self.reader.read_exact(&mut kind).map_err(failed)?;
        Ok(Some((path, kind[0])))
    }
}

/// Merges runs into `out`, each entry written by `append`.
pub(super) fn merge(
    runs: &[PathBuf],
    out: &mut Partial,
    mut append: impl FnMut(&[u8], Kind, &mut Vec<u8>),
) -> Result<(), Error> {
    let mut open = runs.iter().map(|path| Run::open(path)).collect::<Result<Vec<_>, Error>>()?;
    let mut first = BinaryHeap::new();
    for (index, run) in open.iter_mut().enumerate() {
        first.extend(run.next()?.map(|(path, kind)| Reverse((path, kind, index))));
    }
    let mut buffer = Vec::new();
    while let Some(Reverse((path, kind, index))) = first.pop() {
        append(&path, Kind::ALL[usize::from(kind) % Kind::COUNT], &mut buffer);
        if buffer.len() >= BUFFER_BYTES {
            out.write(&buffer)?;
            buffer.clear();
        }
        first.extend(open[index].next()?.map(|(path, kind)| Reverse((path, kind, index))));
    }
    out.write(&buffer)
}

/// Appends an entry as runs have it.
pub(super) fn append_to_run(path: &[u8], kind: Kind, out: &mut Vec<u8>) {
    out.extend_from_slice(path);
    out.extend_from_slice(&[0, kind as u8]);
}
