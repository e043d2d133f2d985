//! The only unsafe code: safe interfaces to system calls and C functions that no maintained crate offers.
//!
//! Each file wraps one call or one family, and uses no other part of fsbench. Open `getdents.rs` first: it wraps a single
//! call.
//!
//! Each `unsafe` block lists its obligations and how they are met. What rustix, nix or std can do safely is not here.

#![allow(unsafe_code)]

pub mod btrfs;
pub mod cache;
pub mod fts;
pub mod getdents;
pub mod held;
pub mod locale;
pub(crate) mod mapping;
pub mod memory;
pub(crate) mod nftw;
pub(crate) mod owners;
pub(crate) mod perf;
pub(crate) mod prefetch;
pub(crate) mod ptrace;
pub(crate) mod readdir;
pub(crate) mod signal;
pub mod start;
pub mod uring;
pub(crate) mod wait;
pub(crate) mod xattr;
pub(crate) mod xfs;
