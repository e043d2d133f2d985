//! Parses the command line, as GNU's ls does.
//!
//! In come arguments and the environment; out come [`options::Options`], and [`need::Need`]: what must be known of each
//! entry. Open `switches.rs` first: it says what each option does.

pub(crate) mod argmatch;
pub(crate) mod asked;
pub mod described;
pub mod help;
pub(crate) mod need;
pub mod options;
pub(crate) mod switches;
pub(crate) mod table;
