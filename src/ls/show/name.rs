//! Writing names: quoted, colored, linked.

use super::page::{DiredPlace, Page};
use super::paint;
use crate::list::Kind;
use crate::ls::ask::options::{Indicators, Options};
use crate::ls::read::table::Shown;
use crate::ls::text::colors::{ColorKey, Colors};
use crate::ls::text::quote::{Quoting, Style};
use crate::ls::text::width::{columns, hide_unprintable};

/// Writes names; one a thread. Its buffer serves all of them.
pub(crate) struct NameWriter<'o> {
    options: &'o Options,
    quoted: Vec<u8>,
    /// `-q` touches names in the styles that do not escape.
    hides: bool,
}

/// What is to be written of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Itself,
    Target,
}

impl<'o> NameWriter<'o> {
    pub(crate) fn new(options: &'o Options) -> Self {
        let raw = matches!(options.names.style(), Style::Literal | Style::Shell | Style::ShellAlways);
        Self { options, quoted: Vec::new(), hides: options.hide_unprintable && raw }
    }

    /// Quotes the name into `self.quoted`; answers whether there are quotes around it.
    fn quote(&mut self, name: &[u8], quoting: &Quoting) -> bool {
        self.quoted.clear();
        quoting.append(name, &mut self.quoted);
        let is_quoted = self.quoted.first() != name.first() || self.quoted.len() != name.len();
        if self.hides {
            hide_unprintable(&mut self.quoted, 0, self.options.encoding);
        }
        is_quoted
    }

    /// Columns of the name as it will be written, with the padding that `some_quoted` makes necessary.
    pub(crate) fn columns(&mut self, name: &[u8], some_quoted: bool) -> usize {
        let is_quoted = self.quote(name, &self.options.names);
        let padding = usize::from(self.options.align_quotes && some_quoted && !is_quoted);
        columns(&self.quoted, self.options.encoding) + padding
    }

    /// Writes a heading, and notes its place.
    pub(crate) fn heading(&mut self, name: &[u8], absolute: Option<&[u8]>, page: &mut Page) {
        let is_quoted = self.quote(name, &self.options.headings);
        self.write(is_quoted, false, absolute, DiredPlace::Heading, page);
    }

    /// Writes an entry's name, or what it points to, in its color. The line has `start_column` bytes before it. Answers
    /// how many bytes the name takes.
    pub(crate) fn entry(
        &mut self,
        shown: &Shown<'_>,
        which: Which,
        some_quoted: bool,
        start_column: usize,
        page: &mut Page,
    ) -> usize {
        let options = self.options;
        let (name, place) = match (which, shown.link) {
            (Which::Target, Some(link)) => (link.target, DiredPlace::Untold),
            _ => (shown.name, if options.dired { DiredPlace::Name } else { DiredPlace::Untold }),
        };
        let Some(colors) = &options.colors else {
            // The plain case, worth its own way: the name is copied once.
            if !self.hides && !options.align_quotes && shown.absolute.is_none() && options.names.leaves(name) {
                page.mark(place);
                page.extend(name);
                page.mark(place);
                return name.len();
            }
            let is_quoted = self.quote(name, &options.names);
            let pad = options.align_quotes && some_quoted && !is_quoted;
            if pad && which == Which::Itself {
                page.push(b' ');
            }
            self.write(is_quoted, some_quoted && !pad, shown.absolute, place, page);
            return self.quoted.len() + usize::from(pad);
        };
        let color = match which {
            Which::Itself => paint::of_entry(colors, shown),
            Which::Target => paint::of_target(colors, name, shown),
        };
        let is_quoted = self.quote(name, &options.names);
        let pad = options.align_quotes && some_quoted && !is_quoted;
        if pad && which == Which::Itself {
            page.push(b' ');
        }
        if let Some(color) = color {
            begin(colors, color, page);
        }
        self.write(is_quoted, some_quoted && !pad, shown.absolute, place, page);
        let length = self.quoted.len() + usize::from(pad);
        if color.is_some() || colors.is_set(ColorKey::Normal) {
            end(colors, page);
            let line = options.line_columns;
            if line > 0 && start_column / line != (start_column + length).saturating_sub(1) / line {
                page.color(colors.get(ColorKey::ClearToEnd).unwrap_or_default());
            }
        }
        length
    }

    /// Writes what was quoted, as a link if it has a resolved path. Where names are aligned, quotes stay outside the
    /// link.
    fn write(&self, is_quoted: bool, aligned: bool, absolute: Option<&[u8]>, place: DiredPlace, page: &mut Page) {
        let link = self.options.hyperlink_host.as_ref().zip(absolute);
        let mut text = self.quoted.as_slice();
        let mut closing = None;
        if let Some((host, absolute)) = link {
            if let [first, middle @ .., last] = text
                && self.options.align_quotes
                && aligned
            {
                debug_assert!(is_quoted, "only quoted names are not padded where some are quoted");
                page.push(*first);
                (text, closing) = (middle, Some(*last));
            }
            page.extend(b"\x1b]8;;file://");
            percent(host, page);
            if absolute.first() != Some(&b'/') {
                page.push(b'/');
            }
            percent_path(absolute, page);
            page.extend(b"\x1b\\");
        }
        page.mark(place);
        page.extend(text);
        page.mark(place);
        if link.is_some() {
            page.extend(b"\x1b]8;;\x1b\\");
        }
        if let Some(closing) = closing {
            page.push(closing);
        }
    }
}

/// Puts the color of ordinary text before an entry.
pub(crate) fn set_normal(colors: Option<&Colors>, page: &mut Page) {
    if let Some(colors) = colors.filter(|colors| colors.is_set(ColorKey::Normal)) {
        sequence(colors, colors.get(ColorKey::Normal).unwrap_or_default(), page);
    }
}

fn begin(colors: &Colors, color: &[u8], page: &mut Page) {
    if colors.is_set(ColorKey::Normal) {
        sequence(colors, b"", page);
    }
    sequence(colors, color, page);
}

fn sequence(colors: &Colors, color: &[u8], page: &mut Page) {
    page.color(colors.get(ColorKey::Left).unwrap_or_default());
    page.color(color);
    page.color(colors.get(ColorKey::Right).unwrap_or_default());
}

fn end(colors: &Colors, page: &mut Page) {
    page.color(&reset(colors));
}

/// The sequence that ends a color.
pub(crate) fn reset(colors: &Colors) -> Vec<u8> {
    match colors.get(ColorKey::End) {
        Some(end) => end.to_vec(),
        None => {
            [ColorKey::Left, ColorKey::Reset, ColorKey::Right].map(|of| colors.get(of).unwrap_or_default()).concat()
        }
    }
}

/// The sequence that resets the terminal's colors, whatever was written last.
pub(crate) fn default_color(colors: &Colors) -> Vec<u8> {
    [ColorKey::Left, ColorKey::Right].map(|of| colors.get(of).unwrap_or_default()).concat()
}

/// The sequence for the end of the output, so that the terminal has its own colors; empty if the last reset did that.
pub(crate) fn restore(colors: &Colors) -> Vec<u8> {
    let restored = default_color(colors);
    if (colors.get(ColorKey::Left), restored.as_slice()) == (Some(b"\x1b["), b"\x1b[m") { Vec::new() } else { restored }
}

fn percent_path(path: &[u8], page: &mut Page) {
    for (index, part) in path.split(|&byte| byte == b'/').enumerate() {
        if index > 0 {
            page.push(b'/');
        }
        percent(part, page);
    }
}

/// RFC 3986's unreserved characters stand for themselves.
fn percent(text: &[u8], page: &mut Page) {
    for &byte in text {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'~' | b'-' | b'.' | b'_') {
            page.push(byte);
        } else {
            let hex = |digit: u8| b"0123456789abcdef"[usize::from(digit & 15)];
            page.extend(&[b'%', hex(byte >> 4), hex(byte)]);
        }
    }
}

/// The character that tells an entry's kind, as `-F` and its like have it.
pub(crate) fn indicator(options: &Options, mode: Option<u32>, kind: Kind) -> Option<u8> {
    let kind = mode.map_or(kind, Kind::from_mode);
    match kind {
        _ if options.indicators == Indicators::None => None,
        Kind::Directory => Some(b'/'),
        Kind::File => {
            let executable = mode.is_some_and(|mode| mode & 0o111 != 0);
            (executable && options.indicators == Indicators::Classify).then_some(b'*')
        }
        _ if options.indicators == Indicators::Slash => None,
        Kind::Symlink => Some(b'@'),
        Kind::Fifo => Some(b'|'),
        Kind::Socket => Some(b'='),
        _ => None,
    }
}
