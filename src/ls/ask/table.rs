//! Every option, in the order in which GNU's messages name them; ours come last.

use super::options::{Dereference, Format, Hidden, Indicators, Sort, Stamp};
use crate::ls::text::getopt::{Long, Short, Spelling, Takes};
use crate::ls::text::quote::Style;

/// What an option does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switch {
    Format(Format),
    OnePerLine,
    Sort(Sort),
    Stamp(Stamp),
    Hidden(Hidden),
    Dereference(Dereference),
    Indicators(Indicators),
    Quoting(Style),
    HideUnprintable(bool),
    DirectoryOrder,
    NoOwner,
    LongNoGroup,
    NoGroup,
    Numeric,
    FullTime,
    Human,
    Si,
    Kibibytes,
    IgnoreBackups,
    Zero,
    Classify,
    Color,
    Hyperlink,
    Reverse,
    DirectoriesFirst,
    DirectoriesThemselves,
    Recursive,
    Inode,
    Blocks,
    Context,
    Author,
    Dired,
    Ignore,
    Hide,
    TimeStyle,
    Width,
    Tabs,
    BlockSize,
    FormatNamed,
    SortNamed,
    StampNamed,
    IndicatorsNamed,
    QuotingNamed,
    Help,
    Version,
    Strategy,
    Threads,
    Stats,
    Json,
    NoAcl,
    Compare,
}

const fn short(letter: u8, means: Switch) -> Short<Switch> {
    Short { letter, takes: Takes::Nothing, means }
}

const fn short_with(letter: u8, means: Switch) -> Short<Switch> {
    Short { letter, takes: Takes::Required, means }
}

/// Short options.
pub(crate) const SHORT: &[Short<Switch>] = &[
    short(b'a', Switch::Hidden(Hidden::Show)),
    short(b'b', Switch::Quoting(Style::Escape)),
    short(b'c', Switch::Stamp(Stamp::Changed)),
    short(b'd', Switch::DirectoriesThemselves),
    short(b'f', Switch::DirectoryOrder),
    short(b'g', Switch::NoOwner),
    short(b'h', Switch::Human),
    short(b'i', Switch::Inode),
    short(b'k', Switch::Kibibytes),
    short(b'l', Switch::Format(Format::Long)),
    short(b'm', Switch::Format(Format::Commas)),
    short(b'n', Switch::Numeric),
    short(b'o', Switch::LongNoGroup),
    short(b'p', Switch::Indicators(Indicators::Slash)),
    short(b'q', Switch::HideUnprintable(true)),
    short(b'r', Switch::Reverse),
    short(b's', Switch::Blocks),
    short(b't', Switch::Sort(Sort::Time)),
    short(b'u', Switch::Stamp(Stamp::Accessed)),
    short(b'v', Switch::Sort(Sort::Version)),
    short_with(b'w', Switch::Width),
    short(b'x', Switch::Format(Format::Across)),
    short(b'A', Switch::Hidden(Hidden::OmitDots)),
    short(b'B', Switch::IgnoreBackups),
    short(b'C', Switch::Format(Format::Columns)),
    short(b'D', Switch::Dired),
    short(b'F', Switch::Classify),
    short(b'G', Switch::NoGroup),
    short(b'H', Switch::Dereference(Dereference::CommandLine)),
    short_with(b'I', Switch::Ignore),
    short(b'L', Switch::Dereference(Dereference::Always)),
    short(b'N', Switch::Quoting(Style::Literal)),
    short(b'Q', Switch::Quoting(Style::C)),
    short(b'R', Switch::Recursive),
    short(b'S', Switch::Sort(Sort::Size)),
    short_with(b'T', Switch::Tabs),
    short(b'U', Switch::Sort(Sort::None)),
    short(b'X', Switch::Sort(Sort::Extension)),
    short(b'Z', Switch::Context),
    short(b'1', Switch::OnePerLine),
];

const fn long(name: &'static str, takes: Takes, means: Switch) -> Long<Switch> {
    Long { name, takes, spelling: Spelling::Abbreviated, means }
}

const fn ours(name: &'static str, takes: Takes, means: Switch) -> Long<Switch> {
    Long { name, takes, spelling: Spelling::Full, means }
}

/// Long options.
pub(crate) const LONG: &[Long<Switch>] = &[
    long("all", Takes::Nothing, Switch::Hidden(Hidden::Show)),
    long("escape", Takes::Nothing, Switch::Quoting(Style::Escape)),
    long("directory", Takes::Nothing, Switch::DirectoriesThemselves),
    long("dired", Takes::Nothing, Switch::Dired),
    long("full-time", Takes::Nothing, Switch::FullTime),
    long("group-directories-first", Takes::Nothing, Switch::DirectoriesFirst),
    long("human-readable", Takes::Nothing, Switch::Human),
    long("inode", Takes::Nothing, Switch::Inode),
    long("kibibytes", Takes::Nothing, Switch::Kibibytes),
    long("numeric-uid-gid", Takes::Nothing, Switch::Numeric),
    long("no-group", Takes::Nothing, Switch::NoGroup),
    long("hide-control-chars", Takes::Nothing, Switch::HideUnprintable(true)),
    long("reverse", Takes::Nothing, Switch::Reverse),
    long("size", Takes::Nothing, Switch::Blocks),
    long("width", Takes::Required, Switch::Width),
    long("almost-all", Takes::Nothing, Switch::Hidden(Hidden::OmitDots)),
    long("ignore-backups", Takes::Nothing, Switch::IgnoreBackups),
    long("classify", Takes::Optional, Switch::Classify),
    long("file-type", Takes::Nothing, Switch::Indicators(Indicators::FileType)),
    long("si", Takes::Nothing, Switch::Si),
    long("dereference-command-line", Takes::Nothing, Switch::Dereference(Dereference::CommandLine)),
    long(
        "dereference-command-line-symlink-to-dir",
        Takes::Nothing,
        Switch::Dereference(Dereference::CommandLineDirectories),
    ),
    long("hide", Takes::Required, Switch::Hide),
    long("ignore", Takes::Required, Switch::Ignore),
    long("indicator-style", Takes::Required, Switch::IndicatorsNamed),
    long("dereference", Takes::Nothing, Switch::Dereference(Dereference::Always)),
    long("literal", Takes::Nothing, Switch::Quoting(Style::Literal)),
    long("quote-name", Takes::Nothing, Switch::Quoting(Style::C)),
    long("quoting-style", Takes::Required, Switch::QuotingNamed),
    long("recursive", Takes::Nothing, Switch::Recursive),
    long("format", Takes::Required, Switch::FormatNamed),
    long("show-control-chars", Takes::Nothing, Switch::HideUnprintable(false)),
    long("sort", Takes::Required, Switch::SortNamed),
    long("tabsize", Takes::Required, Switch::Tabs),
    long("time", Takes::Required, Switch::StampNamed),
    long("time-style", Takes::Required, Switch::TimeStyle),
    long("zero", Takes::Nothing, Switch::Zero),
    long("color", Takes::Optional, Switch::Color),
    long("hyperlink", Takes::Optional, Switch::Hyperlink),
    long("block-size", Takes::Required, Switch::BlockSize),
    long("context", Takes::Nothing, Switch::Context),
    long("author", Takes::Nothing, Switch::Author),
    long("help", Takes::Nothing, Switch::Help),
    long("version", Takes::Nothing, Switch::Version),
    ours("strategy", Takes::Required, Switch::Strategy),
    ours("threads", Takes::Required, Switch::Threads),
    ours("stats", Takes::Nothing, Switch::Stats),
    ours("json", Takes::Nothing, Switch::Json),
    ours("no-acl", Takes::Nothing, Switch::NoAcl),
    ours("compare", Takes::Nothing, Switch::Compare),
];
