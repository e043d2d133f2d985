//! What differs between Linux and other Unix systems: how directories are read, entries are looked up, and closed directories are opened
//! again. Both files have the same functions. `--cfg fswalk_elsewhere` (in `RUSTFLAGS`) builds the other one on Linux, so that its
//! tests can be run there.

#[cfg(any(not(target_os = "linux"), fswalk_elsewhere))]
mod elsewhere;
#[cfg(all(target_os = "linux", not(fswalk_elsewhere)))]
mod linux;

#[cfg(any(not(target_os = "linux"), fswalk_elsewhere))]
pub(crate) use elsewhere::{Lookup, Reader, device_unasked, look_up, reopen, thread_id};
#[cfg(all(target_os = "linux", not(fswalk_elsewhere)))]
pub(crate) use linux::{Lookup, Reader, device_unasked, look_up, reopen, thread_id};
