//! Lists one directory and nothing below it: turns a lister into a strategy.

use super::Run;
use crate::error::{Error, Unsupported};
use crate::list::{Dir, Lister, Sinks, Want};
use std::path::Path;

/// Lists the root only.
pub struct Flat(pub Box<dyn Lister>);

impl Run for Flat {
    fn prepare(&mut self, root: &Path) -> Result<(), Unsupported> {
        self.0.prepare(root)
    }

    fn run(&mut self, root: &Path, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        self.0.list_in_parallel(&mut Dir::root(root), want, sinks)
    }
}
