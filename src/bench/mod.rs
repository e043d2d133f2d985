//! What `cargo bench` leaves behind, and `fsbench report --criterion` reads: Criterion's own files ([`saved`]), the names of
//! prices ([`price`]), and what Criterion has no place for ([`note`]).
//!
//! A benchmark's id is `GROUP/FUNCTION/VALUE`. Of strategies the function is the strategy's name and the value is
//! `WANT/SHAPE/CACHE`; of prices the function is the call and the value its factors. So `cargo bench -- walk/rayon` and
//! `cargo bench -- calls/statx` select what they say.

pub mod note;
pub mod price;
pub mod saved;

pub use note::{CaseNote, Note, Notes};
pub use saved::{Benchmark, Saved};
