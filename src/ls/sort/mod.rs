//! The order of a listing: in, tables; out, items in order, which point into them. To be read first: `sorted`.

pub(crate) mod items;
pub(crate) mod nearly;
pub(crate) mod sorted;
pub(crate) mod version;
