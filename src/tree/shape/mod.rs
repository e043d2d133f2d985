//! The shapes: one file each, with the directories it has and the names in them.

mod deep;
mod empty;
mod flat;
mod mail;
mod mixed;
mod modules;
mod source;
mod wide;

use super::directory::Directory;
use super::random::Stream;
use crate::list::Kind;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How a tree is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// One directory of files: the huge directory
    Flat,
    /// As many directories as each has files
    Wide,
    /// A chain of 31 directories, the same files at depths 1, 4, 16 and 32: what resolving paths costs
    Deep,
    /// Like a kernel's source: log-normal numbers of files, 15 entries a directory, at most 8 deep
    Source,
    /// Like node_modules: many tiny directories
    Modules,
    /// Like a maildir: long names
    Mail,
    /// Every kind of entry that an ordinary user can make, and every name
    Mixed,
    /// No entry at all
    Empty,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Flat, Self::Wide, Self::Deep, Self::Source, Self::Modules, Self::Mail, Self::Mixed, Self::Empty];

    pub(super) fn layout(self) -> &'static Layout {
        match self {
            Self::Flat => &flat::LAYOUT,
            Self::Wide => &wide::LAYOUT,
            Self::Deep => &deep::LAYOUT,
            Self::Source => &source::LAYOUT,
            Self::Modules => &modules::LAYOUT,
            Self::Mail => &mail::LAYOUT,
            Self::Mixed => &mixed::LAYOUT,
            Self::Empty => &empty::LAYOUT,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Wide => "wide",
            Self::Deep => "deep",
            Self::Source => "source",
            Self::Modules => "modules",
            Self::Mail => "mail",
            Self::Mixed => "mixed",
            Self::Empty => "empty",
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Shape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|shape| shape.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("no shape is called '{text}': there are {names}")
        })
    }
}

/// What a shape is made of.
pub(super) struct Layout {
    /// The directories of a tree of so many entries, files counted into them.
    pub(super) skeleton: fn(entries: u32, stream: &mut Stream) -> Vec<Directory>,
    /// Appends a directory's name, which is no sibling's.
    pub(super) directory: fn(stream: &mut Stream, dir: &Directory, out: &mut Vec<u8>),
    /// Appends the name of a directory's `nth` file, which is no sibling's, and says what it is.
    pub(super) file: fn(stream: &mut Stream, nth: u32, out: &mut Vec<u8>) -> What,
}

/// What an entry is that is no directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// An empty file.
    File,
    /// Another name for the file of that name in the same directory.
    HardLink(&'static str),
    /// A link to that path.
    Symlink(&'static str),
    /// A link to itself.
    Loop,
    /// A named pipe.
    Fifo,
    /// A socket that nobody is bound to.
    Socket,
}

impl What {
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::File | Self::HardLink(_) => Kind::File,
            Self::Symlink(_) | Self::Loop => Kind::Symlink,
            Self::Fifo => Kind::Fifo,
            Self::Socket => Kind::Socket,
        }
    }
}

/// Appends formatted text. Writing to a Vec cannot fail.
fn push(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    let _ = std::io::Write::write_fmt(out, text);
}

/// `file-00000000.dat`: the file of shapes that are not about names.
fn numbered_file(_: &mut Stream, nth: u32, out: &mut Vec<u8>) -> What {
    push(out, format_args!("file-{nth:08}.dat"));
    What::File
}

/// `dir-00000000`.
fn numbered_directory(_: &mut Stream, dir: &Directory, out: &mut Vec<u8>) {
    push(out, format_args!("dir-{:08}", dir.nth));
}
