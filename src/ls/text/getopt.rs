//! The command line as GNU's `getopt_long` reads it: abbreviations, its messages, options after operands.
//!
//! clap was rejected: its messages, abbreviations and exit statuses are its own, and scripts depend on `ls`'s.

use super::messages::say_of_library;
use std::collections::VecDeque;
use std::ffi::{CStr, OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Whether an option takes an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Nothing,
    Required,
    Optional,
}

/// Whether a long option may be shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As long as it stays unambiguous, as all of GNU's.
    Abbreviated,
    /// Ours must be written out, so that GNU's abbreviations keep meaning what they mean.
    Full,
}

/// A long option, standing for `T`.
pub(crate) struct Long<T> {
    pub(crate) name: &'static str,
    pub(crate) takes: Takes,
    pub(crate) spelling: Spelling,
    pub(crate) means: T,
}

/// A short option, standing for `T`.
pub(crate) struct Short<T> {
    pub(crate) letter: u8,
    pub(crate) takes: Takes,
    pub(crate) means: T,
}

/// One option as found on the command line.
pub(crate) struct Found<T> {
    pub(crate) means: T,
    pub(crate) argument: Option<Vec<u8>>,
}

/// Reads options one after another; what is left are operands.
pub(crate) struct Arguments<'t, T: 'static> {
    short: &'t [Short<T>],
    long: &'t [Long<T>],
    arguments: VecDeque<Vec<u8>>,
    /// The rest of a cluster of short options.
    cluster: Vec<u8>,
    operands: Vec<OsString>,
    program: Vec<u8>,
}

impl<'t, T: Copy + PartialEq> Arguments<'t, T> {
    pub(crate) fn new(
        arguments: impl IntoIterator<Item = OsString>,
        short: &'t [Short<T>],
        long: &'t [Long<T>],
        program: &[u8],
    ) -> Self {
        let arguments = arguments.into_iter().map(OsString::into_vec).collect();
        Self { short, long, arguments, cluster: Vec::new(), operands: Vec::new(), program: program.to_vec() }
    }

    /// The operands, once [`Self::next`] has returned `None`.
    pub(crate) fn into_operands(self) -> Vec<OsString> {
        self.operands
    }

    /// The next option; an error is a message, the program's name in it.
    pub(crate) fn next(&mut self) -> Option<Result<Found<T>, Vec<u8>>> {
        loop {
            if !self.cluster.is_empty() {
                return Some(self.short_option());
            }
            let argument = self.arguments.pop_front()?;
            if argument == b"--" {
                self.operands.extend(self.arguments.drain(..).map(OsString::from_vec));
                return None;
            }
            if let Some(long) = argument.strip_prefix(b"--") {
                return Some(self.long_option(long));
            }
            match argument.strip_prefix(b"-") {
                Some(cluster) if !cluster.is_empty() => self.cluster = cluster.to_vec(),
                _ => {
                    self.operands.push(OsString::from_vec(argument));
                    // POSIX ends the options at the first operand; GNU goes on unless asked not to.
                    if std::env::var_os("POSIXLY_CORRECT").is_some() {
                        self.operands.extend(self.arguments.drain(..).map(OsString::from_vec));
                    }
                }
            }
        }
    }

    fn short_option(&mut self) -> Result<Found<T>, Vec<u8>> {
        let letter = self.cluster.remove(0);
        let Some(option) = self.short.iter().find(|option| option.letter == letter) else {
            return Err(self.say(c"%s: invalid option -- '%c'\n", &[&[letter]]));
        };
        if option.takes != Takes::Required {
            return Ok(Found { means: option.means, argument: None });
        }
        let rest = std::mem::take(&mut self.cluster);
        let argument = if rest.is_empty() { self.arguments.pop_front() } else { Some(rest) };
        match argument {
            Some(argument) => Ok(Found { means: option.means, argument: Some(argument) }),
            None => Err(self.say(c"%s: option requires an argument -- '%c'\n", &[&[letter]])),
        }
    }

    fn long_option(&mut self, typed: &[u8]) -> Result<Found<T>, Vec<u8>> {
        let (name, argument) = match typed.iter().position(|&byte| byte == b'=') {
            Some(equals) => (&typed[..equals], Some(typed[equals + 1..].to_vec())),
            None => (typed, None),
        };
        let option = self.long_named(name, typed)?;
        match (option.takes, argument) {
            (Takes::Nothing, Some(_)) => {
                Err(self.say(c"%s: option '%s%s' doesn't allow an argument\n", &[b"--", option.name.as_bytes()]))
            }
            (Takes::Required, None) => match self.arguments.pop_front() {
                Some(argument) => Ok(Found { means: option.means, argument: Some(argument) }),
                None => Err(self.say(c"%s: option '%s%s' requires an argument\n", &[b"--", option.name.as_bytes()])),
            },
            (_, argument) => Ok(Found { means: option.means, argument }),
        }
    }

    /// A message of the C library's, whose first word is the program's name.
    fn say(&self, message: &'static CStr, words: &[&[u8]]) -> Vec<u8> {
        say_of_library(message, &[&[self.program.as_slice()], words].concat())
    }

    /// The option of that name, or the only one that the name begins.
    fn long_named(&self, name: &[u8], typed: &[u8]) -> Result<&'t Long<T>, Vec<u8>> {
        if let Some(exact) = self.long.iter().find(|option| option.name.as_bytes() == name) {
            return Ok(exact);
        }
        let begins =
            |option: &&Long<T>| option.spelling == Spelling::Abbreviated && option.name.as_bytes().starts_with(name);
        let candidates: Vec<&'t Long<T>> = self.long.iter().filter(begins).collect();
        match candidates[..] {
            [] => Err(self.say(c"%s: unrecognized option '%s%s'\n", &[b"--", typed])),
            [first, ref others @ ..] => {
                let same = |other: &&Long<T>| other.takes == first.takes && other.means == first.means;
                if others.iter().all(same) {
                    return Ok(first);
                }
                let mut message = self.say(c"%s: option '%s%s' is ambiguous; possibilities:", &[b"--", typed]);
                for option in candidates {
                    message.extend_from_slice(format!(" '--{}'", option.name).as_bytes());
                }
                message.push(b'\n');
                Err(message)
            }
        }
    }
}

/// Text from the environment, as bytes.
pub(crate) fn variable(name: &str) -> Option<Vec<u8>> {
    std::env::var_os(OsStr::from_bytes(name.as_bytes())).map(OsString::into_vec)
}
