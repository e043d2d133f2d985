//! Listing one directory, for names and for kinds: every strategy of the registry, in entries a second.
//!
//! `cargo bench -- listing/getdents`; `FSBENCH_SHAPES=mixed` for another directory; as root also with cold caches.
//! Each sample is taken by a worker process of its own, as `fsbench compare` does it.

mod kit;

use fsbench::list::Want;
use fsbench::strategy::Level;
use fsbench::tree::Shape;
use kit::strategies;
use std::process::ExitCode;

fn main() -> ExitCode {
    kit::main(&strategies::BUDGET, &[Shape::Flat], |criterion, kit| {
        strategies::group(criterion, kit, "listing", Level::Directory, &[Want::Names, Want::Kinds]);
    })
}
