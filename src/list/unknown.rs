//! Every `d_type` taken for `DT_UNKNOWN`: what kinds cost on a file system that leaves it so (Solaris has no `d_type` at all,
//! nor have some network and FUSE file systems). The reader forgets the type; the lookup is the one such systems get.

use super::getdents::{self, Getdents};
use super::{Dir, Found, Kind, Lookups, Order, Pair, Projection, Reader, Row, Standing, TypeOnly, Want};
use crate::error::Error;
use std::ops::ControlFlow;

struct Untyped<R>(R);

impl<R: Reader> Reader for Untyped<R> {
    fn read<F>(&mut self, dir: &mut Dir<'_>, mut found: F) -> Result<(), Error>
    where
        F: FnMut(&Found<'_>) -> ControlFlow<()>,
    {
        self.0.read(dir, |entry| found(&Found { kind: Kind::Unknown, ..*entry }))
    }
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "getdents+unknown",
    about: "getdents64 as if every d_type were DT_UNKNOWN: each entry looked up",
    wants: &[Want::Kinds],
    factors: getdents::factors(Lookups::StatxType),
    order: Order::Directory,
    projection: Projection::Whole,
    standing: Standing::Ranked,
    open: |_| Ok(Box::new(Pair { reader: Untyped(Getdents::default()), lookup: TypeOnly })),
}];
