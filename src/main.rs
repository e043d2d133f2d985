//! The `fsbench` command: exit status in, exit status out.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run(std::env::args_os())
}
