//! One fstatat an entry, relative to the open directory: one component to resolve.

use super::getdents;
use super::readdir::Readdir;
use super::{Found, Kind, Lookup, Lookups, Meta, Order, Projection, Resolve, Row, Standing, Want};
use rustix::fs::{AtFlags, statat};
use rustix::io::Errno;

struct Fstatat;

impl Lookup for Fstatat {
    const CALL: &'static str = "newfstatat";

    #[inline]
    fn look(&mut self, found: &Found<'_>, want: Want) -> Result<(Kind, Option<Meta>), Errno> {
        let stat = statat(found.dir, found.name, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok((Kind::from_mode(stat.st_mode), (want >= Want::Metadata).then(|| Meta::from(&stat))))
    }
}

/// One row per reader.
pub const ROWS: &[Row] = &[
    Row {
        name: "readdir+fstatat",
        about: "readdir, and one fstatat an entry",
        wants: &[Want::Kinds, Want::Metadata],
        factors: Readdir::factors(Lookups::Stat, Resolve::Relative),
        order: Order::Directory,
        projection: Projection::Whole,
        standing: Standing::Ranked,
        open: |_| Ok(Readdir::with(Fstatat)),
    },
    Row {
        name: "getdents+fstatat",
        about: "getdents64, and one fstatat an entry",
        wants: &[Want::Metadata],
        factors: getdents::factors(Lookups::Stat),
        order: Order::Directory,
        projection: Projection::Whole,
        standing: Standing::Ranked,
        open: |_| Ok(getdents::with(Fstatat)),
    },
];
