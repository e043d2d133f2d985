//! `fsbench-mpi`: one walk over many machines. See `cli`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    // A rank that panics must end the others, which would wait for it: and MPI, finalized while a panic unwinds, would wait for them.
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        told(panic);
        std::process::abort();
    }));
    ExitCode::from(cli::run())
}
