//! What a terminal has room for and can show, and how much of it the reader wants.

/// Where a table for people goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// How wide it is.
    pub width: Width,
    /// Whether it takes colors.
    pub paint: Paint,
    /// How much is told.
    pub detail: Detail,
}

impl Screen {
    /// A file or a pipe: no limit, no colors.
    pub const PIPE: Self = Self { width: Width::Any, paint: Paint::Plain, detail: Detail::Short };
}

/// How wide a table may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// As wide as it likes: a pipe, a file.
    Any,
    /// So many columns of a terminal.
    Columns(u16),
}

impl Width {
    /// Columns that a line of prose may take: on a terminal, more than a hundred are hard to read. Who reads a pipe breaks
    /// lines as it likes.
    pub(super) fn prose_columns(self) -> usize {
        match self {
            Self::Any => usize::MAX,
            Self::Columns(columns) => usize::from(columns).min(100),
        }
    }
}

/// Whether text has colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// It has none.
    Plain,
    /// It has, as ANSI escape sequences (ECMA-48, Select Graphic Rendition).
    Colors,
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The answer, and what must be known to believe it.
    Short,
    /// All that the record knows.
    Full,
}
