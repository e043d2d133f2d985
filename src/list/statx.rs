//! One statx an entry, relative to the open directory, with a mask of what is needed. The lookup is [`fswalk::list::statx`].

pub use fswalk::list::statx::{FLAGS, MASK, Statx};

use super::{Lookups, Order, Projection, Row, Standing, Want, getdents};
use rustix::fs::{AtFlags, StatxFlags};

/// The lister under a walker that is asked for metadata.
pub const DEFAULT: &str = "getdents+statx";

/// One row per mask.
pub const ROWS: &[Row] = &[
    Row {
        name: "getdents+statx-type",
        about: "getdents64, and one statx of the type an entry",
        wants: &[Want::Kinds],
        factors: getdents::factors(Lookups::StatxType),
        order: Order::Directory,
        projection: Projection::Whole,
        standing: Standing::Ranked,
        open: |_| Ok(getdents::with(Statx { flags: FLAGS, mask: StatxFlags::TYPE })),
    },
    Row {
        name: DEFAULT,
        about: "getdents64, and one statx an entry with the mask of the metadata",
        wants: &[Want::Metadata],
        factors: getdents::factors(Lookups::Statx),
        order: Order::Directory,
        projection: Projection::Whole,
        standing: Standing::Ranked,
        open: |_| Ok(getdents::with(Statx::default())),
    },
    Row {
        name: "getdents+statx-min",
        about: "getdents64, and one statx an entry for type, size and mtime only, without a sync",
        wants: &[Want::Metadata],
        factors: getdents::factors(Lookups::StatxMin),
        order: Order::Directory,
        projection: Projection::SizeAndTime,
        standing: Standing::Ranked,
        open: |_| {
            let mask = StatxFlags::TYPE | StatxFlags::SIZE | StatxFlags::MTIME;
            Ok(getdents::with(Statx { flags: FLAGS | AtFlags::STATX_DONT_SYNC, mask }))
        },
    },
];
