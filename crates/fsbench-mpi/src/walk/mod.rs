//! One rank's walk. To be read first: `rank` (from beginning to end), then `lister` (what a thread does with a directory), `frontier` (what
//! waits, and why memory is bounded), `item` (how it is given to another rank). `node` puts paths together and keeps directories open.

mod frontier;
mod item;
mod lister;
mod node;
mod rank;
mod totals;
mod visitor;

pub use node::trimmed;
pub use rank::{Choices, Walked, walk};
pub use totals::Totals;
pub use visitor::Visitor;
