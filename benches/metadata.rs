//! Listing one directory with metadata, as `ls -l` needs it: every strategy of the registry, in entries a second.
//!
//! `cargo bench -- metadata/getdents`; `FSBENCH_SHAPES=mixed` for another directory; as root also with cold caches.
//! Each sample is taken by a worker process of its own, as `fsbench compare` does it.

mod kit;

use fsbench::list::Want;
use fsbench::strategy::Level;
use fsbench::tree::Shape;
use kit::strategies;
use std::process::ExitCode;

fn main() -> ExitCode {
    kit::main(&strategies::BUDGET, &[Shape::Flat], |criterion, kit| {
        strategies::group(criterion, kit, "metadata", Level::Directory, &[Want::Metadata]);
    })
}
