//! What tests from outside share. There are several programs of them (by who promised what they hold, and those that change their
//! own process stand alone), each of which uses only part of it.
#![allow(dead_code)]

pub(crate) mod browser;
pub(crate) mod command;
pub(crate) mod faults;
pub(crate) mod filter;
pub(crate) mod gallery;
pub(crate) mod gnu;
pub(crate) mod golden;
pub(crate) mod image;
pub(crate) mod lines;
pub(crate) mod locales;
pub(crate) mod mount;
pub(crate) mod skip;
pub(crate) mod slow;
pub(crate) mod strace;
pub(crate) mod terminal;
pub(crate) mod tracefs;
