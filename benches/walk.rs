//! Walking a tree, for kinds and for metadata: every walker of the registry, ours and the peers', in entries a second.
//!
//! `cargo bench -- walk/rayon`; `FSBENCH_SHAPES=wide,modules` for other trees; as root also with cold caches.
//! Each sample is taken by a worker process of its own, as `fsbench compare` does it.

mod kit;

use fsbench::list::Want;
use fsbench::strategy::Level;
use fsbench::tree::Shape;
use kit::strategies;
use std::process::ExitCode;

fn main() -> ExitCode {
    kit::main(&strategies::BUDGET, &[Shape::Source], |criterion, kit| {
        strategies::group(criterion, kit, "walk", Level::Tree, &[Want::Kinds, Want::Metadata]);
    })
}
