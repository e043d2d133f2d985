//! One lstat an entry, by full path: every component is resolved again each time.

use super::path::PathBuffer;
use super::readdir::Readdir;
use super::{Found, Kind, Lookup, Lookups, Meta, Order, Projection, Resolve, Row, Standing, Want};
use rustix::io::Errno;

#[derive(Default)]
struct Lstat {
    full: PathBuffer,
}

impl Lookup for Lstat {
    const CALL: &'static str = "lstat";

    fn enter(&mut self, path: &[u8]) {
        self.full.enter(path);
    }

    fn look(&mut self, found: &Found<'_>, want: Want) -> Result<(Kind, Option<Meta>), Errno> {
        let stat = rustix::fs::lstat(self.full.join(found.name))?;
        Ok((Kind::from_mode(stat.st_mode), (want >= Want::Metadata).then(|| Meta::from(&stat))))
    }
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "readdir+lstat",
    about: "readdir, and one lstat an entry by full path",
    wants: &[Want::Kinds, Want::Metadata],
    factors: Readdir::factors(Lookups::Stat, Resolve::Absolute),
    order: Order::Directory,
    projection: Projection::Whole,
    standing: Standing::Ranked,
    open: |_| Ok(Readdir::with(Lstat::default())),
}];
