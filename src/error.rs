//! What can go wrong: an [`Error`] names the call and the path; [`Unsupported`] says why a strategy cannot run here.

pub use crate::escape::Escaped;
#[doc(hidden)]
pub use fswalk::error::reason;
pub use fswalk::{Error, Unsupported};
