//! Traces system calls: how many of each, how many failed, how long they took.
//!
//! In comes a command, or a worker that lists; out comes a [`Trace`]. Open `watch.rs` first: it chooses between two
//! methods ([`Method`]). The kernel's tracepoints, through perf_event_open(2), write a record for each return into a
//! ring (`recorder`, `ring`). A counter beside the ring tells whether any was lost: counts are shown as exact only if
//! not. With records of the calls' entries too, latencies are known. Where that is not allowed, ptrace(2) (`tracer`)
//! stops every call twice: it slows the program by a factor and can tell no times, but it never loses a call.
//!
//! Both follow all threads and children, and count as `strace -f -c` does: calls that returned. So `exit_group` is not
//! among them, nor the call that a killed thread was waiting in; `execve` of the program itself is. They part on one
//! point: a thread that is killed (mostly by the exit of another) just as a call of its succeeds. Tracepoints count
//! that call.
//!
//! Where the processor's time goes meanwhile is sampled ([`profile`]).
//!
//! What is watched is a command from its execve to its end ([`command`]), or one listing of a worker ([`Window`]).
//!
//! Rejected: a counter for each `syscalls:sys_exit_*` tracepoint. They lose nothing and need no ring, but the kernel
//! waits for all processors when it lets go of a tracepoint: 13 s for the 360 of them. Filtered counters on one
//! tracepoint are quick to close, but each call then passes all filters.

mod accounts;
pub mod command;
mod name;
pub mod profile;
mod recorder;
mod ring;
mod scope;
mod tracepoint;
mod tracer;
mod watch;
mod window;

pub use accounts::{Call, Latency, Trace};
pub use scope::{Choice, Detail, Method, Refused, Scope, Start};
pub use tracepoint::{tracefs, tracefs_mounts};
pub use watch::{Seen, Watch};
pub use window::Window;
