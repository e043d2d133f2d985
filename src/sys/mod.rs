//! The only unsafe code: safe faces on what no maintained crate offers.
//!
//! Each `unsafe` block lists its obligations and how they are met. What rustix, nix or std can do safely is not here.

#![allow(unsafe_code)]

pub mod btrfs;
pub mod cache;
pub mod fts;
pub mod getdents;
pub mod held;
pub mod locale;
pub mod memory;
pub mod nftw;
pub mod owners;
pub mod perf;
pub mod prefetch;
pub mod ptrace;
pub mod readdir;
pub mod signal;
pub mod start;
pub mod uring;
pub mod wait;
pub mod xattr;
pub mod xfs;
