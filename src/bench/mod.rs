//! The files that `cargo bench` writes and `fsbench report --criterion` reads.
//!
//! In comes Criterion's folder; out come benchmarks with their samples and notes. Open [`saved`] first: it reads
//! Criterion's own files. [`note`] is our file beside them, for what Criterion has no place for; [`price`] has the
//! names of benchmarks of single calls.
//!
//! A benchmark's id is `GROUP/FUNCTION/VALUE`. Of strategies the function is the strategy's name and the value is
//! `WANT/SHAPE/CACHE`; of prices the function is the call and the value its factors. So `cargo bench -- walk/rayon` and
//! `cargo bench -- calls/statx` select what they say.

pub mod note;
pub mod price;
pub mod saved;

pub use note::{CaseNote, Note, Notes};
pub use saved::{Benchmark, Saved};
