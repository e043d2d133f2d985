//! The naive loop of the 2013 talk: `isdir(path)`, then `isfile(path)`, each a stat of its own, each by the full path.
//!
//! Both follow links and answer "no" where the stat fails, as Python's do: so a link to a directory is a directory, and a
//! dangling one nothing at all. [`Projection::Followed`] says so to the oracle.

use super::path::PathBuffer;
use super::readdir::Readdir;
use super::{Found, Kind, Lookup, Lookups, Meta, Order, Projection, Resolve, Row, Standing, Want};
use rustix::fs::stat;
use rustix::io::Errno;

#[derive(Default)]
struct IsdirIsfile {
    full: PathBuffer,
}

impl Lookup for IsdirIsfile {
    const CALL: &'static str = "stat";

    fn enter(&mut self, path: &[u8]) {
        self.full.enter(path);
    }

    fn look(&mut self, found: &Found<'_>, _want: Want) -> Result<(Kind, Option<Meta>), Errno> {
        let path = self.full.join(found.name);
        let is = |kind| stat(path).is_ok_and(|stat| Kind::from_mode(stat.st_mode) == kind);
        let (is_dir, is_file) = (is(Kind::Directory), is(Kind::File));
        Ok((
            match (is_dir, is_file) {
                (true, _) => Kind::Directory,
                (false, true) => Kind::File,
                (false, false) => Kind::Unknown,
            },
            None,
        ))
    }
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "readdir+isdir+isfile",
    about: "the naive loop: two stats an entry, by full path, links followed",
    wants: &[Want::Kinds],
    factors: Readdir::factors(Lookups::StatTwice, Resolve::Absolute),
    order: Order::Directory,
    projection: Projection::Followed,
    standing: Standing::Ranked,
    open: |_| Ok(Readdir::with(IsdirIsfile::default())),
}];
