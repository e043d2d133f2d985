//! The `fsbench` command: passes its arguments to [`cli::run`], and exits with its status.
//!
//! With the GNU C library, whose programs know their arguments without it, `main` is C's, not Rust's: before a Rust
//! `main` the standard library makes twenty calls (to know its stack it reads a map of all memory), which ten files'
//! listing would feel. What a command needs of that, [`cli::run`] does for it.

#![cfg_attr(all(target_env = "gnu", not(test)), no_main)]

mod cli;

#[global_allocator]
static ALLOCATOR: fsbench::sys::memory::Ending = fsbench::sys::memory::Ending;

#[cfg(all(target_env = "gnu", not(test)))]
mod math;

/// What the C library starts.
// The name is the obligation: nothing else here is called so, and the signature is C's.
#[cfg(all(target_env = "gnu", not(test)))]
#[unsafe(no_mangle)]
extern "C" fn main(_: std::ffi::c_int, _: *const *const std::ffi::c_char) -> std::ffi::c_int {
    let status = cli::run(std::env::args_os());
    // It writes what standard output still holds, and a return from here would not.
    std::process::exit(status.into())
}

#[cfg(any(not(target_env = "gnu"), test))]
fn main() -> std::process::ExitCode {
    // Rust's runtime ignores it; `ls` ends by it.
    fsbench::sys::start::end_by_sigpipe();
    cli::run(std::env::args_os()).into()
}
