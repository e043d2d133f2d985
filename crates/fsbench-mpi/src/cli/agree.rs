//! Whether all ranks see the same trees: a mount that is missing on one of them would be counted short there, without an error.
//!
//! Of each root they compare its inode number, the kind of its file system, and the first names in it. Device numbers differ between
//! clients of one network file system, so they are compared only among ranks on one machine.

use super::{SERIOUS, say};
use fsbench_mpi::schedule::Transport;
use fsbench_mpi::world::World;
use fswalk::Error;
use fswalk::escape::Escaped;
use fswalk::list::{Dir, Getdents, Reader};
use rustix::fs::{fstat, fstatfs};
use sha2::{Digest, Sha256};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Names that are compared.
const NAMES: usize = 1_000;

/// What a rank sees of a root: whether it could be opened, the machine, the device; inode, file system, names.
type Probe = [u64; 6];

/// Compares what the ranks see; `Err` has the exit status.
pub(super) fn check(world: &World, roots: &[PathBuf]) -> Result<(), u8> {
    let mut agreed = true;
    for root in roots {
        let mine = probe(root).unwrap_or_else(|error| {
            say(world.rank(), error);
            [0; 6]
        });
        let all = world.gather(&mine);
        // Who could not open it has said so.
        agreed &= all.iter().all(|probe| probe[0] == 1);
        let differs = |(rank, other): (usize, &Vec<u64>)| difference(&all[0], other).map(|what| (rank, what));
        if let Some((rank, what)) = all.iter().enumerate().filter(|(_, probe)| probe[0] == 1).find_map(differs) {
            agreed = false;
            if world.rank() == 0 {
                say(rank, format_args!("'{}' is not what it is on rank 0: {what}", Escaped(root)));
            }
        }
    }
    if agreed { Ok(()) } else { Err(SERIOUS) }
}

fn difference(first: &[u64], other: &[u64]) -> Option<&'static str> {
    if first[0] == 0 {
        return None;
    }
    match () {
        () if first[4] != other[4] => Some("another kind of file system"),
        () if first[1] == other[1] && first[2] != other[2] => Some("another device, on the same machine"),
        () if first[3] != other[3] => Some("another inode number"),
        () if first[5] != other[5] => Some("other names in it"),
        () => None,
    }
}

fn probe(root: &Path) -> Result<Probe, Error> {
    let mut dir = Dir::root(root);
    let fd = dir.fd()?;
    let stat = fstat(fd).map_err(|errno| Error::new("fstat", root, errno))?;
    let file_system = fstatfs(fd).map_err(|errno| Error::new("fstatfs", root, errno))?;
    let (mut names, mut sum) = (0, 0_u64);
    Getdents::default().read(&mut dir, |found| {
        sum = sum.wrapping_add(hash(found.name.to_bytes()));
        names += 1;
        if names < NAMES { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    let machine = hash(rustix::system::uname().nodename().to_bytes());
    Ok([1, machine, stat.st_dev, stat.st_ino, file_system.f_type as u64, sum])
}

fn hash(text: &[u8]) -> u64 {
    Sha256::digest(text).iter().take(8).fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}
