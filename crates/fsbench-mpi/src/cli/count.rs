//! `fsbench-mpi count`: totals.

use super::{Walking, print, walk_together};
use clap::Args;
use fsbench_mpi::digest::Digest;
use fsbench_mpi::schedule::Transport;
use fsbench_mpi::walk::{Totals, Visitor};
use fsbench_mpi::world::World;
use fswalk::{Error, Kind, Meta};
use std::path::PathBuf;

/// Count the entries below directories: one line for all of them together
#[derive(Args)]
pub(super) struct Arguments {
    /// Directories [default: the current one]
    dirs: Vec<PathBuf>,
    /// Add up sizes and disk usage, which costs a stat of every entry; a file of several names counts with each
    #[arg(long)]
    size: bool,
    /// Print the digest that fsbench prints of a tree: of paths and kinds, or with --size of all metadata
    #[arg(long)]
    digest: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    walking: Walking,
}

struct Counter {
    rank: usize,
    size: bool,
    digest: Option<Digest>,
    below: Vec<u8>,
}

impl Visitor for Counter {
    fn needs(&self, _: &[u8], _: Kind) -> bool {
        self.size
    }

    fn directory(&mut self, path: &[u8], root_length: usize) {
        let below = &path[root_length..];
        self.below.clear();
        self.below.extend_from_slice(below.strip_prefix(b"/").unwrap_or(below));
    }

    fn entry(&mut self, name: &[u8], kind: Kind, meta: Option<&Meta>) -> Result<(), Error> {
        if let Some(digest) = &mut self.digest {
            // A kind that had to be looked up is hashed as one that was not.
            digest.add(&self.below, name, kind, meta.filter(|_| self.size));
        }
        Ok(())
    }

    fn error(&mut self, error: Error) {
        super::say(self.rank, error);
    }
}

pub(super) fn run(arguments: &Arguments, world: &mut World) -> u8 {
    let rank = world.rank();
    let counter =
        || Counter { rank, size: arguments.size, digest: arguments.digest.then(Digest::default), below: Vec::new() };
    let found = match walk_together(world, &arguments.dirs, &arguments.walking, counter) {
        Ok(found) => found,
        Err(status) => return status,
    };
    let mine = found.visitors.iter().filter_map(|counter| counter.digest.as_ref());
    let mine = mine.fold(0_u64, |sum, digest| sum.wrapping_add(digest.sum));
    let digest = world.gather(&[mine]).iter().fold(0_u64, |sum, of| sum.wrapping_add(of[0]));
    let digest = arguments.digest.then(|| format!("{digest:016x}"));
    let line = if arguments.json {
        json(&found.totals, arguments.size, digest)
    } else {
        line(&found.totals, arguments.size, digest)
    };
    print(world, &line);
    found.status()
}

fn line(totals: &Totals, size: bool, digest: Option<String>) -> String {
    let kinds = Kind::ALL.iter().filter(|&&kind| totals.of(kind) > 0);
    let kinds: Vec<String> = kinds.map(|&kind| format!("{} {}", totals.of(kind), kind.name())).collect();
    let mut line = format!("{} entries", totals.entries());
    if !kinds.is_empty() {
        line += &format!(": {}", kinds.join(", "));
    }
    if size {
        line += &format!("; {} bytes, {} on disk", totals.size_bytes, u128::from(totals.blocks_512) * 512);
    }
    digest.map_or(line.clone(), |digest| format!("{line}; digest {digest}"))
}

fn json(totals: &Totals, size: bool, digest: Option<String>) -> String {
    let mut object = serde_json::Map::new();
    object.insert("entries".to_owned(), totals.entries().into());
    for kind in Kind::ALL {
        object.insert(kind.name().replace(' ', "_"), totals.of(kind).into());
    }
    if size {
        object.insert("size_bytes".to_owned(), totals.size_bytes.into());
        object.insert("blocks_512".to_owned(), totals.blocks_512.into());
    }
    object.insert("errors".to_owned(), totals.errors.into());
    if let Some(digest) = digest {
        object.insert("digest".to_owned(), digest.into());
    }
    serde_json::Value::Object(object).to_string()
}
