//! getdents64(2) with a buffer of a chosen size; kinds by `d_type`. The reader is [`fswalk::list::getdents`].

pub use fswalk::list::getdents::{DEFAULT_BUFFER_BYTES, Getdents};
pub use fswalk::list::next;

use super::{
    Factors, Lookup, Lookups, Options, Order, Pair, Projection, ReadWith, Resolve, Row, Standing, TypeOnly, Want,
};

/// The lister under a walker that is asked for names or kinds.
pub const DEFAULT: &str = "getdents/64k";

/// This reader with a lookup, boxed for a [`Row`].
pub(super) fn with<L: Lookup + 'static>(lookup: L) -> Box<Pair<Getdents, L>> {
    Box::new(Pair { reader: Getdents::default(), lookup })
}

/// The factors of this reader with a lookup by descriptor.
pub(super) const fn factors(lookups: Lookups) -> Factors {
    Factors::reading(ReadWith::Getdents { buffer_bytes: DEFAULT_BUFFER_BYTES }).looking_up(lookups, Resolve::Relative)
}

const fn row<const BUFFER_BYTES: usize>(name: &'static str, about: &'static str) -> Row {
    Row {
        name,
        about,
        wants: &[Want::Names, Want::Kinds],
        factors: Factors::reading(ReadWith::Getdents { buffer_bytes: BUFFER_BYTES }),
        order: Order::Directory,
        projection: Projection::Whole,
        standing: Standing::Ranked,
        open: |_: &Options| Ok(Box::new(Pair { reader: Getdents::new(BUFFER_BYTES), lookup: TypeOnly })),
    }
}

/// One row per buffer size.
pub const ROWS: &[Row] = &[
    row::<{ 4 << 10 }>("getdents/4k", "getdents64 into 4 KiB; kinds by d_type"),
    row::<{ 32 << 10 }>("getdents/32k", "getdents64 into 32 KiB, as much as readdir's buffer; kinds by d_type"),
    row::<DEFAULT_BUFFER_BYTES>(DEFAULT, "getdents64 into 64 KiB; kinds by d_type"),
    row::<{ 256 << 10 }>("getdents/256k", "getdents64 into 256 KiB; kinds by d_type"),
    row::<{ 1 << 20 }>("getdents/1m", "getdents64 into 1 MiB; kinds by d_type"),
];
