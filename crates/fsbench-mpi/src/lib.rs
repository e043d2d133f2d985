//! One walk over many machines.
//!
//! A tree on a parallel file system (Lustre, GPFS, CephFS, NFS) is walked by the ranks of an MPI job. Each rank is one process; its threads
//! list directories with [`fswalk`]; one more thread, the first, speaks MPI. The map, top down; each module uses those below it:
//!
//! ```text
//! (main.rs, cli/)  one file per command: arguments in, exit status out
//!   walk           one rank's walk: its threads, its directories that wait, what they find
//!   digest         what two walks of one tree agree on
//!   world          MPI: the transport, and the few questions that all ranks answer together
//!   simulation     the transport without MPI: delayed, reordered, on a computed clock
//!   schedule       who does what, and why it ends
//! ```

#![forbid(unsafe_code)]

pub mod digest;
pub mod schedule;
pub mod simulation;
pub mod walk;
pub mod world;
