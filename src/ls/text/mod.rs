//! Text that has nothing to do with listings: quoting, widths, numbers, sizes, times, `LS_COLORS`, messages, and the
//! syntax of command lines. Open `quote.rs` first.

pub(crate) mod colors;
pub(crate) mod getopt;
pub(crate) mod human;
pub(crate) mod keys;
pub(crate) mod messages;
pub(crate) mod number;
pub(crate) mod quote;
pub(crate) mod strftime;
pub(crate) mod time_format;
pub(crate) mod width;
