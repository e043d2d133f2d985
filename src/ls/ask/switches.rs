//! From the command line and the environment to [`Options`], as GNU's ls decides: the last of contradicting switches
//! wins.

use super::argmatch::{self, Argument};
use super::asked::{Asked, Program, Refused, Screen};
use super::options::{Dereference, Format, Hidden, Indicators, Marks, Notation, Options, Sort, Stamp};
use super::table::{LONG, SHORT, Switch};
use crate::ls::text::colors::{Colors, NoColors};
use crate::ls::text::getopt::{Arguments, variable};
use crate::ls::text::human::{Units, Wrong};
use crate::ls::text::messages::say;
use crate::ls::text::number::{self, Parsed};
use crate::ls::text::quote::{Also, Encoding, Quoting, STYLES, Style};
use crate::ls::text::time_format::TimeFormat;
use crate::sys::locale::{self, Category};
use std::ffi::{CStr, CString, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// Reads the arguments after the program's name, which messages call `program`. Those that are no reason to stop are
/// handed to `warn`, without that name. `able` says whether a strategy that was asked for can do it, and why not.
///
/// # Errors
/// What makes no sense.
pub(crate) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    program: &[u8],
    screen: Screen,
    able: impl FnOnce(&Options) -> Result<(), String>,
    warn: &mut dyn FnMut(&[u8]),
) -> Result<Asked, Refused> {
    // Our own begin with the program's name; where the C library's have it is the translator's business.
    let named = |refused: Refused| {
        let message = [program, b": ", &refused.message, b"\n"].concat();
        Refused { message, ..refused }
    };
    let mut switches = Switches::new(screen);
    switches.program = Program::called(OsStr::from_bytes(program)).unwrap_or_default();
    let mut arguments = Arguments::new(arguments, SHORT, LONG, program);
    while let Some(found) = arguments.next() {
        let found = found.map_err(|message| Refused { message, tries_help: true, status: 2 })?;
        match found.means {
            Switch::Help => return Ok(Asked::Help),
            Switch::Version => return Ok(Asked::Version),
            _ => switches.set(found.means, found.argument).map_err(named)?,
        }
    }
    let operands = arguments.into_operands();
    let compares = switches.compares;
    let options = Box::new(switches.finish(warn).map_err(named)?);
    // A comparison takes patterns, and says itself what fits.
    if !compares {
        able(&options).map_err(|why| named(refused(&[why.as_bytes()])))?;
    }
    Ok(if compares { Asked::Comparison(options, operands) } else { Asked::Listing(options, operands) })
}

/// The switches seen so far.
#[derive(Default)]
struct Switches {
    program: Program,
    terminal: bool,
    terminal_columns: Option<usize>,
    format: Option<Format>,
    sort: Option<Sort>,
    stamp: Option<Stamp>,
    time_style: Option<Vec<u8>>,
    quoting: Option<Style>,
    hide_unprintable: Option<bool>,
    tab_columns: Option<usize>,
    line_columns: Option<usize>,
    hidden: Option<Hidden>,
    dereference: Option<Dereference>,
    indicators: Option<Indicators>,
    block_units: Option<Units>,
    size_units: Option<Units>,
    kibibytes: bool,
    ignore: Vec<CString>,
    hide: Vec<CString>,
    reverse: bool,
    directories_first: bool,
    directories_themselves: bool,
    recursive: bool,
    inode: bool,
    blocks: bool,
    context: bool,
    no_owner: bool,
    no_group: bool,
    author: bool,
    numeric: bool,
    colors: bool,
    hyperlinks: bool,
    dired: bool,
    zero: bool,
    json: bool,
    no_acl: bool,
    stats: bool,
    compares: bool,
    strategy: Option<String>,
    threads: Option<usize>,
}

impl Switches {
    fn new(screen: Screen) -> Self {
        Self { terminal: screen.is_terminal, terminal_columns: screen.columns, ..Self::default() }
    }

    fn set(&mut self, switch: Switch, argument: Option<Vec<u8>>) -> Result<(), Refused> {
        match argument {
            None => self.set_plain(switch),
            Some(argument) => return self.set_with(switch, &argument),
        }
        Ok(())
    }

    fn set_plain(&mut self, switch: Switch) {
        match switch {
            Switch::Format(format) => self.format = Some(format),
            // `-1` has no effect after `-l`.
            Switch::OnePerLine if self.format == Some(Format::Long) => {}
            Switch::OnePerLine => self.format = Some(Format::Single),
            Switch::Sort(sort) => self.sort = Some(sort),
            Switch::Stamp(stamp) => self.stamp = Some(stamp),
            Switch::Hidden(hidden) => self.hidden = Some(hidden),
            Switch::Dereference(dereference) => self.dereference = Some(dereference),
            Switch::Indicators(indicators) => self.indicators = Some(indicators),
            Switch::Quoting(style) => self.quoting = Some(style),
            Switch::HideUnprintable(hide) => self.hide_unprintable = Some(hide),
            Switch::DirectoryOrder => {
                self.hidden = Some(Hidden::Show);
                self.sort = Some(Sort::None);
            }
            Switch::NoOwner => (self.format, self.no_owner) = (Some(Format::Long), true),
            Switch::LongNoGroup => (self.format, self.no_group) = (Some(Format::Long), true),
            Switch::NoGroup => self.no_group = true,
            Switch::Numeric => (self.format, self.numeric) = (Some(Format::Long), true),
            Switch::Dired => {
                self.format = Some(Format::Long);
                (self.hyperlinks, self.dired) = (false, true);
            }
            Switch::FullTime => {
                self.format = Some(Format::Long);
                self.time_style = Some(b"full-iso".to_vec());
            }
            Switch::Human => self.units(Units::human()),
            Switch::Si => self.units(Units::si()),
            Switch::Kibibytes => self.kibibytes = true,
            Switch::IgnoreBackups => self.ignore.extend([c"*~", c".*~"].map(CString::from)),
            Switch::Zero => {
                self.zero = true;
                self.hide_unprintable = Some(false);
                if self.format != Some(Format::Long) {
                    self.format = Some(Format::Single);
                }
                self.colors = false;
                self.quoting = Some(Style::Literal);
            }
            Switch::Classify => self.indicators = Some(Indicators::Classify),
            Switch::Color => self.colors = true,
            Switch::Hyperlink => self.hyperlinks = true,
            other => self.turn_on(other),
        }
    }

    /// Switches that only turn something on.
    fn turn_on(&mut self, switch: Switch) {
        let slot = match switch {
            Switch::Reverse => &mut self.reverse,
            Switch::DirectoriesFirst => &mut self.directories_first,
            Switch::DirectoriesThemselves => &mut self.directories_themselves,
            Switch::Recursive => &mut self.recursive,
            Switch::Inode => &mut self.inode,
            Switch::Blocks => &mut self.blocks,
            Switch::Context => &mut self.context,
            Switch::Author => &mut self.author,
            Switch::Json => &mut self.json,
            Switch::NoAcl => &mut self.no_acl,
            Switch::Stats => &mut self.stats,
            Switch::Compare => &mut self.compares,
            other => unreachable!("nothing says what {other:?} without an argument does"),
        };
        *slot = true;
    }

    fn units(&mut self, units: Units) {
        self.block_units = Some(units.clone());
        self.size_units = Some(units);
    }

    fn set_with(&mut self, switch: Switch, argument: &[u8]) -> Result<(), Refused> {
        let pattern = || CString::new(argument).unwrap_or_default();
        match switch {
            Switch::Ignore => self.ignore.push(pattern()),
            Switch::Hide => self.hide.push(pattern()),
            Switch::TimeStyle => self.time_style = Some(argument.to_vec()),
            Switch::Width => {
                self.line_columns =
                    Some(line_columns(argument).ok_or_else(|| {
                        refused(&[&say(c"invalid line width", &[]), b": ", &argmatch::quote(argument)])
                    })?)
            }
            Switch::Tabs => self.tab_columns = Some(tab_columns(argument)?),
            Switch::BlockSize => self.units(Units::parse(argument).map_err(|wrong| wrong_block_size(wrong, argument))?),
            Switch::FormatNamed => self.format = Some(argmatch::find("--format", argument, argmatch::FORMATS)?),
            Switch::SortNamed => self.sort = Some(argmatch::find("--sort", argument, argmatch::SORTS)?),
            Switch::StampNamed => self.stamp = Some(argmatch::find("--time", argument, argmatch::STAMPS)?),
            Switch::IndicatorsNamed => {
                self.indicators = Some(argmatch::find("--indicator-style", argument, argmatch::INDICATORS)?);
            }
            Switch::QuotingNamed => self.quoting = Some(argmatch::find("--quoting-style", argument, STYLES)?),
            Switch::Classify => {
                let classify = self.when("--classify", argument)?.then_some(Indicators::Classify);
                self.indicators = classify.or(self.indicators);
            }
            Switch::Color => self.colors = self.when("--color", argument)?,
            Switch::Hyperlink => self.hyperlinks = self.when("--hyperlink", argument)?,
            Switch::Strategy => self.strategy = Some(String::from_utf8_lossy(argument).into_owned()),
            Switch::Threads => match number::parse(argument, b"") {
                Parsed::Number(threads @ 1..=4096) => self.threads = Some(threads as usize),
                _ => {
                    let quoted = argmatch::quote(argument);
                    return Err(refused(&[b"invalid number of threads: ", &quoted, b" (1 to 4096 are allowed)"]));
                }
            },
            other => unreachable!("nothing says what {other:?} with an argument does"),
        }
        Ok(())
    }

    fn when(&self, switch: &str, argument: &[u8]) -> Result<bool, Refused> {
        Ok(match argmatch::find(switch, argument, argmatch::WHENS)? {
            argmatch::When::Always => true,
            argmatch::When::Never => false,
            argmatch::When::Terminal => self.terminal,
        })
    }

    fn finish(mut self, warn: &mut dyn FnMut(&[u8])) -> Result<Options, Refused> {
        let encoding = Encoding::of_locale();
        let format = self.format();
        let by_columns = matches!(format, Format::Columns | Format::Across | Format::Commas);
        let line_columns = self.line_columns(by_columns || self.colors, warn);
        let tab_columns = if by_columns { self.tabs(warn) } else { 0 };
        let style = self.style(warn);
        let indicators = self.indicators.unwrap_or(Indicators::None);
        let align_quotes = (format == Format::Long || (by_columns && format != Format::Commas && line_columns > 0))
            && matches!(style, Style::Shell | Style::ShellEscape | Style::CMaybe);
        let dired = self.dired && format == Format::Long && !self.hyperlinks && !self.json;
        if dired && self.zero {
            return Err(refused(&[&say(c"--dired and --zero are incompatible", &[])]));
        }
        let (block_units, size_units) = self.all_units();
        let by_default = if format != Format::Long && self.stamp.is_some() { Sort::Time } else { Sort::Name };
        let time = if format == Format::Long { Some(self.time_format(encoding)?) } else { None };
        let colors = self.colors(warn);
        Ok(Options {
            format,
            sort: self.sort.unwrap_or(by_default),
            reverse: self.reverse,
            directories_first: self.directories_first,
            stamp: self.stamp.unwrap_or(Stamp::Modified),
            time,
            hidden: self.hidden.unwrap_or(Hidden::Omit),
            dereference: self.dereference(indicators, format),
            ignore: std::mem::take(&mut self.ignore),
            hide: std::mem::take(&mut self.hide),
            directories_themselves: self.directories_themselves,
            recursive: self.recursive,
            indicators,
            inode: self.inode,
            blocks: self.blocks,
            context: self.context,
            marks: if self.no_acl { Marks::Skip } else { Marks::Show },
            owner: !self.no_owner,
            group: !self.no_group,
            author: self.author,
            numeric: self.numeric,
            block_units,
            size_units,
            check_links: self.directories_first || colors.as_ref().is_some_and(|colors| checks_links(colors, format)),
            // A terminal may not like tabs and colors on one line.
            tab_columns: if colors.is_some() { 0 } else { tab_columns },
            colors,
            hyperlink_host: self.hyperlinks.then(host_name),
            dired,
            end: if self.zero { 0 } else { b'\n' },
            line_columns,
            hide_unprintable: self.hide_unprintable.unwrap_or(self.program == Program::Ls && self.terminal),
            names: Quoting::new(style, also_quoted(style, indicators), encoding),
            headings: Quoting::new(style, Also::new(b":"), encoding),
            align_quotes,
            encoding,
            terminal: self.terminal,
            output: if self.json { Notation::Json } else { Notation::Text },
            strategy: self.strategy,
            threads: self.threads,
            stats: self.stats,
        })
    }

    fn format(&self) -> Format {
        let usual = match self.program {
            Program::Ls if !self.terminal => Format::Single,
            Program::Ls | Program::Dir => Format::Columns,
            Program::Vdir => Format::Long,
        };
        match self.format.unwrap_or(usual) {
            // An object an entry leaves no room for columns.
            Format::Columns | Format::Across | Format::Commas if self.json => Format::Single,
            format => format,
        }
    }

    fn style(&self, warn: &mut dyn FnMut(&[u8])) -> Style {
        let usual = match self.program {
            Program::Ls if !self.terminal => Style::Literal,
            Program::Ls => Style::ShellEscape,
            Program::Dir | Program::Vdir => Style::Escape,
        };
        self.quoting.or_else(|| quoting_variable(warn)).unwrap_or(usual)
    }

    /// Unless told, links are followed only where a directory's entries are all that is shown of it.
    fn dereference(&self, indicators: Indicators, format: Format) -> Dereference {
        let shows_link = self.directories_themselves || indicators == Indicators::Classify || format == Format::Long;
        let usual = if shows_link { Dereference::Never } else { Dereference::CommandLineDirectories };
        self.dereference.unwrap_or(usual)
    }

    fn line_columns(&self, asks_terminal: bool, warn: &mut dyn FnMut(&[u8])) -> usize {
        if let Some(columns) = self.line_columns {
            return columns;
        }
        if asks_terminal {
            if let Some(columns) = self.terminal_columns {
                return columns;
            }
            if let Some(text) = variable("COLUMNS").filter(|text| !text.is_empty()) {
                match line_columns(&text) {
                    Some(columns) => return columns,
                    None => warn(&ignored(c"ignoring invalid width in environment variable COLUMNS: %s", &text)),
                }
            }
        }
        80
    }

    fn tabs(&self, warn: &mut dyn FnMut(&[u8])) -> usize {
        if let Some(columns) = self.tab_columns {
            return columns;
        }
        match variable("TABSIZE") {
            None => 8,
            Some(text) => match number::parse(&text, b"") {
                Parsed::Number(columns) => usize::try_from(columns).unwrap_or(8),
                _ => {
                    warn(&ignored(c"ignoring invalid tab size in environment variable TABSIZE: %s", &text));
                    8
                }
            },
        }
    }

    fn all_units(&mut self) -> (Units, Units) {
        if let (Some(blocks), Some(sizes)) = (self.block_units.take(), self.size_units.take()) {
            return (blocks, sizes);
        }
        let environment = Units::from_environment();
        let sizes = environment.clone().unwrap_or(Units::blocks(1));
        let blocks = if self.kibibytes { Units::blocks(1024) } else { environment.unwrap_or_else(Units::usual_blocks) };
        (blocks, sizes)
    }

    fn time_format(&self, encoding: Encoding) -> Result<TimeFormat, Refused> {
        let style = self.time_style.clone().or_else(|| variable("TIME_STYLE")).unwrap_or_else(|| b"locale".to_vec());
        let mut style = style.as_slice();
        while let Some(rest) = style.strip_prefix(b"posix-") {
            if !locale::is_hard(Category::Time) {
                return Ok(TimeFormat::new(b"%b %e  %Y", b"%b %e %H:%M", encoding));
            }
            style = rest;
        }
        if let Some(format) = style.strip_prefix(b"+") {
            let mut lines = format.splitn(2, |&byte| byte == b'\n');
            let old = lines.next().unwrap_or_default();
            let recent = lines.next().unwrap_or(old);
            if recent.contains(&b'\n') {
                return Err(refused(&[&say(c"invalid time style format %s", &[&argmatch::quote(format)])]));
            }
            return Ok(TimeFormat::new(old, recent, encoding));
        }
        Ok(match argmatch::time_style(style)? {
            argmatch::TimeStyle::FullIso => {
                TimeFormat::new(b"%Y-%m-%d %H:%M:%S.%N %z", b"%Y-%m-%d %H:%M:%S.%N %z", encoding)
            }
            argmatch::TimeStyle::LongIso => TimeFormat::new(b"%Y-%m-%d %H:%M", b"%Y-%m-%d %H:%M", encoding),
            argmatch::TimeStyle::Iso => TimeFormat::new(b"%Y-%m-%d ", b"%m-%d %H:%M", encoding),
            argmatch::TimeStyle::Locale => TimeFormat::of_locale(encoding),
        })
    }

    fn colors(&self, warn: &mut dyn FnMut(&[u8])) -> Option<Colors> {
        if !self.colors || self.json {
            return None;
        }
        match Colors::from_environment(argmatch::quote) {
            Ok(colors) => Some(colors),
            Err(NoColors::Terminal) => None,
            Err(NoColors::Unparsable(messages)) => {
                messages.iter().for_each(|message| warn(message));
                None
            }
        }
    }
}

/// Links are followed only where a color depends on it.
fn checks_links(colors: &Colors, format: Format) -> bool {
    use crate::ls::text::colors::ColorKey;
    colors.is_set(ColorKey::Orphan)
        || (colors.is_set(ColorKey::Executable) && colors.links_as_target)
        || (colors.is_set(ColorKey::Missing) && format == Format::Long)
}

/// Characters that names are quoted for besides: a blank where nothing else sets names apart, and indicators.
fn also_quoted(style: Style, indicators: Indicators) -> Also {
    let blank: &[u8] = if style == Style::Escape { b" " } else { b"" };
    let marks: &[u8] = match indicators {
        Indicators::None | Indicators::Slash => b"",
        Indicators::FileType => b"*=>@|",
        Indicators::Classify => b"=>@|",
    };
    Also::new(blank).and(Also::new(marks))
}

fn quoting_variable(warn: &mut dyn FnMut(&[u8])) -> Option<Style> {
    let text = variable("QUOTING_STYLE")?;
    match argmatch::look_up(&text, STYLES) {
        Argument::Found(style) => Some(style),
        Argument::Ambiguous | Argument::Unknown => {
            warn(&ignored(c"ignoring invalid value of environment variable QUOTING_STYLE: %s", &text));
            None
        }
    }
}

fn ignored(message: &'static CStr, text: &[u8]) -> Vec<u8> {
    say(message, &[&argmatch::quote(text)])
}

/// Columns of a line; what no line has is no limit.
fn line_columns(text: &[u8]) -> Option<usize> {
    match number::parse(text, b"") {
        Parsed::Number(columns) => {
            Some(usize::try_from(columns).ok().filter(|&columns| columns <= isize::MAX as usize).unwrap_or(0))
        }
        Parsed::TooLarge => Some(0),
        Parsed::Invalid | Parsed::InvalidSuffix(_) => None,
    }
}

fn tab_columns(text: &[u8]) -> Result<usize, Refused> {
    let quoted = argmatch::quote(text);
    let too_large = || {
        let why = locale::error_text(libc::EOVERFLOW);
        refused(&[&say(c"invalid tab size", &[]), b": ", &quoted, b": ", &why])
    };
    match number::parse(text, b"") {
        Parsed::Number(columns) => {
            usize::try_from(columns).ok().filter(|&columns| columns <= isize::MAX as usize).ok_or_else(too_large)
        }
        Parsed::TooLarge => Err(too_large()),
        Parsed::Invalid | Parsed::InvalidSuffix(_) => Err(refused(&[&say(c"invalid tab size", &[]), b": ", &quoted])),
    }
}

fn wrong_block_size(wrong: Wrong, argument: &[u8]) -> Refused {
    let message = match wrong {
        Wrong::Invalid => c"invalid %s%s argument '%s'",
        Wrong::InvalidSuffix(_) => c"invalid suffix in %s%s argument '%s'",
        Wrong::TooLarge => c"%s%s argument '%s' too large",
    };
    refused(&[&say(message, &[b"--", b"block-size", argument])])
}

fn refused(message: &[&[u8]]) -> Refused {
    Refused { message: message.concat(), tries_help: false, status: 2 }
}

fn host_name() -> Vec<u8> {
    rustix::system::uname().nodename().to_bytes().to_vec()
}
