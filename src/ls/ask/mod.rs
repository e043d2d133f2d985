//! What the user asks: in, a command line and an environment; out, [`options::Options`], and [`need::Need`]: what must be known of
//! each entry. To be read first: `switches`.

pub(crate) mod argmatch;
pub(crate) mod asked;
pub mod help;
pub(crate) mod need;
pub mod options;
pub(crate) mod switches;
pub(crate) mod table;
