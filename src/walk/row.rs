//! A walker's line in the registry.

use super::Run;
use crate::error::Unsupported;
use crate::list::{self, Factors, Options, Want};

/// A walker as the registry knows it. Each file of `walk/` that has one declares it beside the code.
pub struct Row {
    /// Its name: `WALKER` or `WALKER/VARIANT`.
    pub name: &'static str,
    /// What it does, in one sentence without a full stop.
    pub about: &'static str,
    /// What can be asked of it. A walker of ours also needs a lister that can deliver it.
    pub wants: &'static [Want],
    /// What sets it apart. Of a walker of ours `read` and `lookups` are its lister's.
    pub factors: Factors,
    /// How it is opened.
    pub open: Open,
}

/// A walker, opened, or why it cannot run here.
pub type Opened = Result<Box<dyn Run>, Unsupported>;

/// How a walker is opened.
#[derive(Clone, Copy)]
pub enum Open {
    /// A walker of ours, over a lister.
    Over(fn(&'static list::Row, &Options) -> Opened),
    /// A peer, which brings its own.
    Alone(fn(&Options) -> Opened),
}
