//! fsbench: every way of listing directories on Linux, compared honestly, down to the system call.

#![deny(unsafe_code)]

pub mod error;
pub mod interrupt;
pub mod list;
pub mod measure;
pub mod report;
pub mod strategy;
pub mod sys;
#[allow(missing_docs)]
pub mod tree;
pub mod walk;
