//! Text in and out, of which nothing knows what a listing is: quoting, widths, numbers, sizes, times, the palette, messages,
//! the syntax of command lines. To be read first: `quote`.

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
