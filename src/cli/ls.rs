//! `fsbench ls`, also when the program is called `ls`. It has its own parser: GNU's command line has rules that clap
//! lacks.

use super::Unbuffered;
use fsbench::ls::{self, Asked, Options, Program, Refused, Screen};
use fsbench::sys::{locale, memory};
use rustix::stdio::stdout;
use rustix::termios::tcgetwinsize;
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal, Write};
use std::os::unix::ffi::OsStrExt;

/// How the program was called: what messages and `--help` call it.
pub(super) struct Called {
    /// The name before each message.
    pub(super) name: Vec<u8>,
    /// The name that `--help` tells the user to type.
    pub(super) typed: Vec<u8>,
}

impl Called {
    /// By a link named `ls`, `dir` or `vdir`.
    pub(super) fn by_name(program: &OsStr) -> Self {
        Self { name: program.as_bytes().to_vec(), typed: program.as_bytes().to_vec() }
    }

    /// As `fsbench ls`. Messages are GNU's, with GNU's name before them.
    pub(super) fn as_command() -> Self {
        Self { name: b"ls".to_vec(), typed: b"fsbench ls".to_vec() }
    }
}

/// If this is a call of `ls`, by the program's name or by the command: how it was called, and its arguments.
pub(super) fn asked_for(typed: &[OsString]) -> Option<(Called, Vec<OsString>)> {
    // Without an argv[0] the name of the executed file counts, and messages come from `ls`.
    let Some((program, rest)) = typed.split_first().filter(|(program, _)| !program.is_empty()) else {
        let file = OsStr::from_bytes(rustix::param::linux_execfn().to_bytes());
        let rest = typed.get(1..).unwrap_or_default();
        return Program::called(file).map(|_| (Called::by_name("ls".as_ref()), rest.to_vec()));
    };
    if Program::called(program).is_some() {
        return Some((Called::by_name(program), rest.to_vec()));
    }
    let (command, rest) = rest.split_first()?;
    (command == "ls").then(|| (Called::as_command(), rest.to_vec()))
}

/// What is left to do.
pub(super) enum Next {
    /// Nothing but to end, with this exit status.
    End(u8),
    /// A comparison, by these arguments of `fsbench`.
    Compare(Vec<OsString>),
}

/// Runs it; `arguments` come after the program's name or the command.
pub(super) fn run(called: &Called, arguments: Vec<OsString>) -> Next {
    locale::adopt();
    memory::end_when_exhausted(&called.name, ls::memory_exhausted, 2);
    let is_terminal = stdout().is_terminal();
    let size = is_terminal.then(|| tcgetwinsize(stdout()).ok()).flatten();
    let screen =
        Screen { is_terminal, columns: size.map(|size| usize::from(size.ws_col)).filter(|&columns| columns > 0) };
    let asked = match ls::parse_arguments(arguments, &called.name, screen, &mut |message| say(called, message)) {
        Ok(asked) => asked,
        Err(refused) => return Next::End(refuse(called, &refused)),
    };
    let written = match asked {
        Asked::Listing(options, operands) => {
            ls::list(&options, &operands, &called.name, &mut Unbuffered, &mut io::stderr())
        }
        Asked::Comparison(options, operands) => match comparison(&options, operands) {
            Ok(arguments) => return Next::Compare(arguments),
            Err(why) => {
                say(called, why.as_bytes());
                return Next::End(2);
            }
        },
        Asked::Help => {
            let help = ls::help::HELP.replacen("%s", &String::from_utf8_lossy(&called.typed), 1);
            Unbuffered.write_all(help.as_bytes()).map(|()| 0)
        }
        Asked::Version => {
            let version = format!("ls (fsbench) {}\n", env!("CARGO_PKG_VERSION"));
            Unbuffered.write_all(version.as_bytes()).map(|()| 0)
        }
    };
    Next::End(match written {
        Ok(status) => status,
        // SIGPIPE has ended the program by now, unless it was ignored when the program was started.
        Err(error) => {
            let why = locale::error_text(error.raw_os_error().unwrap_or(libc::EIO));
            say(called, &[ls::write_error().as_slice(), b": ", &why].concat());
            2
        }
    })
}

/// The arguments of `fsbench compare` for this listing.
fn comparison(options: &Options, operands: Vec<OsString>) -> Result<Vec<OsString>, String> {
    let dir = match <[OsString; 1]>::try_from(operands) {
        Ok([dir]) => dir,
        Err(none) if none.is_empty() => OsString::from("."),
        Err(_) => return Err("--compare takes one directory".to_owned()),
    };
    let mut arguments: Vec<OsString> =
        ["fsbench", "compare", "--want", options.want().name()].map(OsString::from).into();
    if !options.recursive {
        arguments.push("--flat".into());
    }
    if let Some(threads) = options.threads {
        arguments.push(format!("--threads={threads}").into());
    }
    if let Some(strategy) = &options.strategy {
        arguments.push(format!("--strategy={strategy}").into());
    }
    arguments.extend(["--".into(), dir]);
    Ok(arguments)
}

fn refuse(called: &Called, refused: &Refused) -> u8 {
    let help = if refused.tries_help { ls::try_help(&called.typed) } else { Vec::new() };
    // That nobody reads it is no failure.
    let _ = io::stderr().write_all(&[refused.message.as_slice(), &help].concat());
    refused.status
}

/// Prints a message on standard error. That nobody reads it is no failure.
fn say(called: &Called, message: &[u8]) {
    let _ = io::stderr().write_all(&[called.name.as_slice(), b": ", message, b"\n"].concat());
}
