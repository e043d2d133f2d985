//! Reads one directory with several threads: each takes a range of positions at a time, and looks its entries up. The
//! lister is [`fswalk::list::share`].

use super::getdents::{self, DEFAULT_BUFFER_BYTES};
use super::statx::Statx;
use super::{Factors, Lister, Lookups, Options, Order, Parallel, Projection, ReadWith, Row, Standing, TypeOnly, Want};
use crate::error::Unsupported;
use fswalk::list::Shared;

type Open = fn(&Options) -> Result<Box<dyn Lister>, Unsupported>;

const fn row(name: &'static str, about: &'static str, wants: &'static [Want], factors: Factors, open: Open) -> Row {
    Row {
        name,
        about,
        wants,
        factors: Factors { parallel: Parallel::Ranges, ..factors },
        order: Order::Any,
        projection: Projection::Whole,
        standing: Standing::Ranked,
        open,
    }
}

/// One row per lookup.
pub const ROWS: &[Row] = &[
    row(
        "getdents/split",
        "getdents64 from N threads, each at a range of its own where positions are ordered (ext4, XFS)",
        &[Want::Names, Want::Kinds],
        Factors::reading(ReadWith::Getdents { buffer_bytes: DEFAULT_BUFFER_BYTES }),
        |options| Ok(Box::new(Shared::new(options.threads, || TypeOnly))),
    ),
    row(
        "getdents+statx/split",
        "getdents64 and statx from N threads, each at a range of its own where positions are ordered (ext4, XFS)",
        &[Want::Metadata],
        getdents::factors(Lookups::Statx),
        |options| Ok(Box::new(Shared::new(options.threads, Statx::default))),
    ),
];
