//! Options of a listing, after command line, environment and terminal were taken into account.

use crate::list::Want;
use crate::ls::text::colors::Colors;
use crate::ls::text::human::Units;
use crate::ls::text::quote::{Encoding, Quoting};
use crate::ls::text::time_format::TimeFormat;
use std::ffi::CString;

/// How entries are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `-l`
    Long,
    /// `-1`
    Single,
    /// `-C`
    Columns,
    /// `-x`
    Across,
    /// `-m`
    Commas,
}

/// What entries are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// The name, in the locale's order.
    Name,
    /// `-X`
    Extension,
    /// Columns taken.
    Width,
    /// `-S`
    Size,
    /// `-v`
    Version,
    /// `-t`
    Time,
    /// `-U`: in directory order.
    None,
}

/// Which of a file's times is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// Of the content.
    Modified,
    /// Of the inode.
    Changed,
    /// Of the last reading.
    Accessed,
    /// Of the making.
    Born,
}

/// What is appended to names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Indicators {
    /// Nothing.
    None,
    /// `/` to directories.
    Slash,
    /// What the kind is.
    FileType,
    /// And `*` to what can be executed.
    Classify,
}

/// When symbolic links are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dereference {
    /// Never.
    Never,
    /// Those on the command line.
    CommandLine,
    /// Those on the command line that lead to directories.
    CommandLineDirectories,
    /// Always.
    Always,
}

/// Which hidden entries are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// All that start with a dot, and what `--hide` names.
    Omit,
    /// `.` and `..`: `-A`
    OmitDots,
    /// None: `-a`
    Show,
}

/// How the listing comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// As GNU's.
    Text,
    /// One JSON object an entry.
    Json,
}

/// Whether attributes are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marks {
    /// `+` and `.` behind the mode, as GNU's.
    Show,
    /// None: it saves a call an entry.
    Skip,
}

/// Everything that decides what a listing looks like.
#[derive(Debug, Clone)]
pub struct Options {
    /// Layout.
    pub format: Format,
    /// Order.
    pub sort: Sort,
    /// The other way round.
    pub reverse: bool,
    /// Directories before files.
    pub directories_first: bool,
    /// The time shown and sorted by.
    pub stamp: Stamp,
    /// How it is shown; `None` outside the long format.
    pub time: Option<TimeFormat>,
    /// Hidden entries.
    pub hidden: Hidden,
    /// Patterns of entries that are left out.
    pub ignore: Vec<CString>,
    /// Patterns of entries that are left out unless hidden ones are shown.
    pub hide: Vec<CString>,
    /// Links.
    pub dereference: Dereference,
    /// Directories themselves, not what is in them: `-d`
    pub directories_themselves: bool,
    /// `-R`
    pub recursive: bool,
    /// What is appended to names.
    pub indicators: Indicators,
    /// `-i`
    pub inode: bool,
    /// `-s`
    pub blocks: bool,
    /// `-Z`
    pub context: bool,
    /// Marks of ACLs and security contexts.
    pub marks: Marks,
    /// The owner's column.
    pub owner: bool,
    /// The group's column.
    pub group: bool,
    /// The author's column.
    pub author: bool,
    /// IDs in place of names.
    pub numeric: bool,
    /// Units of disk usage.
    pub block_units: Units,
    /// Units of sizes.
    pub size_units: Units,
    /// Colors, where there are any.
    pub colors: Option<Colors>,
    /// The host of links to files, where names are hyperlinks.
    pub hyperlink_host: Option<Vec<u8>>,
    /// For Emacs: `--dired`
    pub dired: bool,
    /// What ends a line: a newline or NUL.
    pub end: u8,
    /// Columns of a line; 0 for no limit.
    pub line_columns: usize,
    /// Columns between tab stops; 0 for no tabs.
    pub tab_columns: usize,
    /// `?` in place of what is not printable.
    pub hide_unprintable: bool,
    /// How names are quoted.
    pub names: Quoting,
    /// How names of directories are quoted above what is in them.
    pub headings: Quoting,
    /// Names without quotes are indented by one where others have quotes.
    pub align_quotes: bool,
    /// How characters are told apart.
    pub encoding: Encoding,
    /// Links are followed for their color or their group.
    pub check_links: bool,
    /// Standard output is a terminal.
    pub terminal: bool,
    /// Text or JSON.
    pub output: Notation,
    /// The name of the strategy that reads directories; `None` for ls's own way.
    pub strategy: Option<String>,
    /// The most threads to use; `None` for as many as the work deserves.
    pub threads: Option<usize>,
    /// Whether figures are shown at the end.
    pub stats: bool,
}

impl Options {
    /// Whether the kind of every entry is needed and no stat says it.
    pub fn needs_kinds(&self) -> bool {
        !self.needs_stats()
            && (self.recursive
                || self.colors.is_some()
                || self.context
                || self.directories_first
                || self.indicators != Indicators::None)
    }

    /// Whether every entry is stat'ed.
    pub fn needs_stats(&self) -> bool {
        matches!(self.sort, Sort::Time | Sort::Size) || self.format == Format::Long || self.blocks
    }

    /// What a strategy must deliver for this listing.
    pub fn want(&self) -> Want {
        if self.needs_stats() || self.inode || self.hyperlink_host.is_some() {
            return Want::Metadata;
        }
        let modes = self.indicators == Indicators::Classify || self.colors.is_some();
        match self.needs_kinds() {
            true if modes => Want::Metadata,
            true => Want::Kinds,
            false => Want::Names,
        }
    }

    /// Whether entries come out as they are read.
    pub fn streams(&self) -> bool {
        self.format == Format::Single && self.sort == Sort::None && !self.blocks && !self.recursive
    }
}
