//! The command line: one file per command, nothing but arguments and wiring.
//!
//! In come the words that were typed; out go text on standard output, messages on standard error and an exit status.
//! Each command parses its arguments, asks the library, and shows the answer. Open `compare.rs` first: it is the main
//! command, and `others.rs` and `against.rs` hold the rest of its options. `ls.rs` is apart, since GNU's command line
//! is not clap's.

mod against;
mod compare;
mod completions;
mod count;
mod criterion;
mod env;
mod explain;
mod gallery;
mod r#gen;
mod leftover;
mod ls;
mod man;
mod number;
mod others;
mod outline;
mod predict;
mod processes;
mod progress;
mod replace;
mod report;
mod scratch;
mod screen;
mod status;
mod strategies;
mod target;
mod trace;
mod want;
mod worker;

pub(crate) use status::{Failed, Status};

use clap::{Parser, Subcommand};
use fsbench::error::Error;
use fsbench::escape;
use fsbench::interrupt::Interrupt;
use fsbench::measure::process::{Program, Renewal};
use fsbench::report::{Format, Paint, Screen};
use fsbench::sys::start;
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Compares every way of listing directories on Linux, honestly, down to the system call.
#[derive(Parser)]
#[command(name = "fsbench", version, max_term_width = 100, after_help = EXAMPLES)]
struct Arguments {
    /// When to color tables; auto: on a terminal that takes it, as NO_COLOR and CLICOLOR_FORCE say
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    color: clap::ColorChoice,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  fsbench compare                   make trees, compare ways of listing them
  fsbench compare /usr              compare walkers on a real tree
  fsbench compare --flat /big/dir   compare readers on one directory
  fsbench strategies                what can be compared, and what can run here
  fsbench count /usr                how many entries, the fastest way
  fsbench explain /big/dir          why a listing is slow, and what would help
  fsbench predict --rtt 8ms /usr    what listing it takes from afar
  fsbench trace -- ls -l /usr       which system calls a command makes
  fsbench ls -lR /usr               GNU ls, faster; so is a link named ls
  fsbench env                       what would disturb a measurement here
  fsbench gen flat /tmp/flat        make a tree to list
  fsbench report warm.json --format html -o warm.html
                                    a page of what compare --save kept
  fsbench report --criterion        what cargo bench measured, explained

Exit status: 0 if all is well, 1 if something was left out (an unreadable directory, a row that failed), 2 if \
nothing could be done, 3 if --fail-if-slower found a row that is.";

#[derive(Subcommand)]
enum Command {
    Compare(Box<compare::Arguments>),
    Report(report::Arguments),
    Strategies(strategies::Arguments),
    Count(count::Arguments),
    Trace(trace::Arguments),
    Env(env::Arguments),
    Explain(explain::Arguments),
    Predict(predict::Arguments),
    Gen(r#gen::Arguments),
    /// List files and directories as GNU ls does, faster
    #[command(disable_help_flag = true)]
    Ls {
        /// GNU ls's options and files
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    Completions(completions::Arguments),
    Man(man::Arguments),
    /// Run one case for a `compare` (see the protocol in the library's documentation)
    #[command(hide = true)]
    Worker,
}

/// Runs the command that the arguments name. Answers the exit status.
pub(crate) fn run(arguments: impl Iterator<Item = OsString>) -> u8 {
    let mut typed: Vec<OsString> = arguments.collect();
    if let [_, help, command] = &typed[..]
        && (help == "help" && command == "ls")
    {
        // Its help is not clap's.
        typed[1..].clone_from_slice(&["ls".into(), "--help".into()]);
    }
    // Before clap: a listing of ten files is over in the time that clap takes to start.
    if let Some((called, arguments)) = ls::asked_for(&typed) {
        match ls::run(&called, arguments) {
            ls::Next::End(status) => return status,
            ls::Next::Compare(arguments) => typed = arguments,
        }
    }
    start::as_rust_does();
    let arguments = match Arguments::try_parse_from(&typed) {
        Ok(arguments) => arguments,
        Err(told) => return told_by_clap(&told),
    };
    screen::set_color(arguments.color);
    let outcome = match arguments.command {
        Command::Compare(arguments) => compare::run(&arguments, &typed),
        Command::Report(arguments) => report::run(&arguments, &typed),
        Command::Strategies(arguments) => strategies::run(&arguments),
        Command::Count(arguments) => count::run(&arguments),
        Command::Trace(arguments) => trace::run(&arguments, &typed),
        Command::Env(arguments) => env::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments, &typed),
        Command::Predict(arguments) => predict::run(&arguments, &typed),
        Command::Gen(arguments) => r#gen::run(&arguments),
        // `ls` never gets here: it is taken out above.
        Command::Ls { .. } => Ok(Status::Fine),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
        Command::Worker => worker::run(),
    };
    status::exit(outcome)
}

/// The command as typed, for a record. The program's path is left out: it says nothing of the measurement, and is
/// private.
fn typed(words: &[OsString]) -> Vec<String> {
    let name = std::iter::once("fsbench".to_owned());
    name.chain(words.iter().skip(1).map(|word| word.to_string_lossy().into_owned())).collect()
}

/// The program of our own workers: the running image, or, where /proc is not mounted, the file that was executed.
fn ourselves() -> Result<Program, Error> {
    Program::running().or_else(|error| {
        let executed = Path::new(OsStr::from_bytes(rustix::param::linux_execfn().to_bytes()));
        let path = executed.canonicalize().map_err(|_| error)?;
        Ok(Program::at(path, vec!["worker".into()], Renewal::EachSample))
    })
}

/// Writes a result to standard output.
fn print(text: &str) -> Result<(), Failed> {
    Unbuffered.write_all(escape::lines(text).as_bytes()).map_err(Failed::output)
}

/// Writes tables to standard output. What came from elsewhere was escaped where they were laid out; the colors are ours.
fn show(text: &str, screen: &Screen) -> Result<(), Failed> {
    match screen.paint {
        Paint::Plain => print(text),
        Paint::Colors => Unbuffered.write_all(text.as_bytes()).map_err(Failed::output),
    }
}

/// Writes what was rendered in that format: colors are in tables alone.
fn print_as(format: Format, text: &str, screen: &Screen) -> Result<(), Failed> {
    match format {
        Format::Table => show(text, screen),
        Format::Markdown | Format::Csv | Format::Json => print(text),
    }
}

/// Standard output without a buffer. The standard library's counts bytes for a closed descriptor as written, and keeps
/// an unfinished line until the program ends.
struct Unbuffered;

impl Write for Unbuffered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(rustix::stdio::stdout(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Prints a message on standard error. That nobody reads it is no failure.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "fsbench: {}", escape::lines(text));
}

/// Prints what clap answers in place of a command: help, the version, or an error about the arguments, which are
/// escaped.
fn told_by_clap(told: &clap::Error) -> u8 {
    let text = told.render().to_string();
    let written = match (told.use_stderr(), io::stdout().is_terminal()) {
        // In colors.
        (false, true) => told.print().and_then(|()| io::stdout().flush()).map_err(Failed::output),
        (false, false) => print(&text),
        (true, _) => {
            // As all our messages begin.
            match text.strip_prefix("error: ") {
                Some(message) => say(message.trim_end()),
                None => _ = io::stderr().write_all(escape::lines(&text).as_bytes()),
            }
            Ok(())
        }
    };
    match written {
        Ok(()) => u8::try_from(told.exit_code()).unwrap_or(2),
        Err(failed) => status::exit(Err(failed)),
    }
}

/// Catches the signals that ask the program to end, from here on.
fn catch_signals() -> Result<Interrupt, Error> {
    Interrupt::catch().map_err(|error| {
        // Only sigaction fails with EINVAL; the other call is the one that takes descriptors.
        let call = if error.raw_os_error() == Some(libc::EINVAL) { "sigaction" } else { "pipe2" };
        Error::new(call, "", error)
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_of_all_commands_fit_together() {
        super::Arguments::command().debug_assert();
    }
}
