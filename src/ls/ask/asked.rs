//! What a command line asks for: a listing, help, a comparison; or why it is refused.

use super::options::Options;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// What a command line asks for.
pub enum Asked {
    /// A listing of these files.
    Listing(Box<Options>, Vec<OsString>),
    /// The same listing measured in every way: `--compare`
    Comparison(Box<Options>, Vec<OsString>),
    /// `--help`
    Help,
    /// `--version`
    Version,
}

/// Why there is no listing.
#[derive(Debug)]
pub struct Refused {
    /// In words, the program's name among them: whole lines.
    pub message: Vec<u8>,
    /// Whether a line about `--help` follows.
    pub tries_help: bool,
    /// Exit status.
    pub status: u8,
}

/// Where the listing goes.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// A terminal.
    pub is_terminal: bool,
    /// Its columns, if it has any.
    pub columns: Option<usize>,
}

/// Which of the three programs this is. They differ in their defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Program {
    /// `ls`
    #[default]
    Ls,
    /// `dir`: in columns, names escaped, wherever the output goes.
    Dir,
    /// `vdir`: the same in the long format.
    Vdir,
}

impl Program {
    /// Which one is called so, whatever the way to it.
    pub fn called(name: &OsStr) -> Option<Self> {
        match name.as_bytes().rsplit(|&byte| byte == b'/').next() {
            Some(b"ls") => Some(Self::Ls),
            Some(b"dir") => Some(Self::Dir),
            Some(b"vdir") => Some(Self::Vdir),
            _ => None,
        }
    }
}
