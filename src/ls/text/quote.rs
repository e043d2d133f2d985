//! Names made safe to show, in the quoting styles of GNU's `--quoting-style`.
//!
//! A style puts quotes around a name ([`Outer::Always`]), does so only where a character asks for it ([`Outer::Maybe`]:
//! the name is written bare, and written again quoted at the first such character), or escapes without quotes. The
//! shell styles write `'it'\''s'`, or `"it's"` where that is shorter and as safe; with escapes, `'a'$'\n''b'`.

use crate::sys::locale::{self, Category, Decoded, Domain};
use std::ffi::CStr;

/// How names are quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As they are.
    Literal,
    /// For a shell, where needed.
    Shell,
    /// For a shell, always.
    ShellAlways,
    /// For a shell, where needed, control characters as `$'\n'`.
    ShellEscape,
    /// For a shell, always, control characters as `$'\n'`.
    ShellEscapeAlways,
    /// As C strings.
    C,
    /// As C strings where needed.
    CMaybe,
    /// As in C strings, without quotes.
    Escape,
    /// As C strings in the locale's quotes.
    Locale,
    /// The same, in double quotes where the locale has none.
    CLocale,
}

/// The styles by their names, in GNU's order.
pub(crate) const STYLES: &[(&str, Style)] = &[
    ("literal", Style::Literal),
    ("shell", Style::Shell),
    ("shell-always", Style::ShellAlways),
    ("shell-escape", Style::ShellEscape),
    ("shell-escape-always", Style::ShellEscapeAlways),
    ("c", Style::C),
    ("c-maybe", Style::CMaybe),
    ("escape", Style::Escape),
    ("locale", Style::Locale),
    ("clocale", Style::CLocale),
];

/// How characters are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// One byte each.
    Bytes,
    /// Of one or more bytes.
    Multibyte,
}

impl Encoding {
    /// The locale's.
    pub fn of_locale() -> Self {
        if locale::longest_character_bytes() > 1 { Self::Multibyte } else { Self::Bytes }
    }
}

/// A set of ASCII characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Also(u128);

impl Also {
    /// These.
    pub fn new(characters: &[u8]) -> Self {
        Self(characters.iter().filter(|byte| byte.is_ascii()).fold(0, |set, &byte| set | 1 << byte))
    }

    /// Both.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn has(self, byte: u8) -> bool {
        byte.is_ascii() && self.0 & (1 << byte) != 0
    }
}

/// A style, ready to quote.
#[derive(Debug, Clone)]
pub struct Quoting {
    style: Style,
    also: Also,
    encoding: Encoding,
    /// The locale's quotes, for the styles that use them.
    left: &'static [u8],
    right: &'static [u8],
    /// Bytes that need no quotes anywhere in a name.
    plain: [bool; 256],
}

/// The locale's quote in place of GNU's: translated, or by the encoding.
fn locale_quote(quote: &'static CStr, style: Style) -> &'static [u8] {
    let translated = locale::text_of(Domain::Coreutils, quote, Category::Messages);
    // A translation may look the same, and still be one.
    if !std::ptr::eq(translated.as_ptr(), quote.as_ptr()) {
        return translated.to_bytes();
    }
    let opens = quote == c"`";
    let encoding = locale::codeset();
    match (opens, style) {
        (true, _) if encoding.eq_ignore_ascii_case(b"utf-8") => "\u{2018}".as_bytes(),
        (false, _) if encoding.eq_ignore_ascii_case(b"utf-8") => "\u{2019}".as_bytes(),
        (true, _) if encoding.eq_ignore_ascii_case(b"gb18030") => b"\xa1\xae",
        (false, _) if encoding.eq_ignore_ascii_case(b"gb18030") => b"\xa1\xaf",
        (_, Style::CLocale) => b"\"",
        _ => b"'",
    }
}

/// When quotes go around a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outer {
    Never,
    Maybe,
    Always,
}

/// A quoting of one name in one form, in the making.
struct Form<'q> {
    outer: Outer,
    /// Single quotes, for a shell.
    shell: bool,
    /// Backslashes before what must not be shown.
    escapes: bool,
    left: &'q [u8],
    right: &'q [u8],
    also: Also,
    encoding: Encoding,
}

/// Why a form was given up.
enum Retry {
    /// It needs quotes around it.
    Outer,
    /// Double quotes say it in fewer characters.
    C,
}

impl Quoting {
    /// A style that escapes `also` too, where it escapes at all.
    pub fn new(style: Style, also: Also, encoding: Encoding) -> Self {
        let (left, right) = match style {
            Style::Locale | Style::CLocale => [c"`", c"'"].map(|quote| locale_quote(quote, style)).into(),
            Style::C | Style::CMaybe => (&b"\""[..], &b"\""[..]),
            _ => (&b"'"[..], &b"'"[..]),
        };
        let safe = |byte: u8| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'+' | b',' | b'/' | b'%' | b']' | b'@');
        let quotes_itself =
            matches!(style, Style::Literal | Style::Shell | Style::ShellEscape | Style::CMaybe | Style::Escape);
        let plain =
            |byte: u8| style == Style::Literal || (quotes_itself && (safe(byte) || byte == b':') && !also.has(byte));
        let plain = std::array::from_fn(|byte| plain(byte as u8));
        Self { style, also, encoding, left, right, plain }
    }

    /// The style.
    pub fn style(&self) -> Style {
        self.style
    }

    /// Whether its bytes alone show that the name is written as it is.
    #[inline]
    pub fn leaves(&self, name: &[u8]) -> bool {
        !name.is_empty() && name.iter().all(|&byte| self.plain[byte as usize])
    }

    /// Whether a name gets quotes. `quoted` is room for it.
    pub(crate) fn adds_quotes(&self, name: &[u8], quoted: &mut Vec<u8>) -> bool {
        if self.leaves(name) {
            return false;
        }
        quoted.clear();
        self.append(name, quoted);
        quoted.first() != name.first() || quoted.len() != name.len()
    }

    /// Appends the name, quoted.
    pub fn append(&self, name: &[u8], out: &mut Vec<u8>) {
        if self.style == Style::Literal || self.leaves(name) {
            out.extend_from_slice(name);
            return;
        }
        let start = out.len();
        let mut form = self.form();
        while let Err(retry) = form.write(name, out) {
            out.truncate(start);
            form = match retry {
                // Outer quotes are enough for the characters that were to be escaped besides.
                Retry::Outer => Form { outer: Outer::Always, also: Also::default(), ..form },
                Retry::C => {
                    Form { outer: Outer::Always, shell: false, escapes: true, left: b"\"", right: b"\"", ..form }
                }
            };
        }
    }

    fn form(&self) -> Form<'_> {
        let (outer, shell, escapes) = match self.style {
            Style::Literal => (Outer::Never, false, false),
            Style::Shell => (Outer::Maybe, true, false),
            Style::ShellAlways => (Outer::Always, true, false),
            Style::ShellEscape => (Outer::Maybe, true, true),
            Style::ShellEscapeAlways => (Outer::Always, true, true),
            Style::CMaybe => (Outer::Maybe, false, true),
            Style::Escape => (Outer::Never, false, true),
            Style::C | Style::Locale | Style::CLocale => (Outer::Always, false, true),
        };
        Form { outer, shell, escapes, left: self.left, right: self.right, also: self.also, encoding: self.encoding }
    }
}

/// What a form has written so far, beyond the bytes.
#[derive(Default)]
struct FormState {
    /// A `'$'` is open: the next plain character closes it.
    in_escape: bool,
    /// A single quote was seen.
    apostrophe: bool,
    /// Something was seen that double quotes would not keep.
    only_single: bool,
}

impl Form<'_> {
    fn write(&self, name: &[u8], out: &mut Vec<u8>) -> Result<(), Retry> {
        let mut progress = FormState::default();
        let start = out.len();
        if self.outer == Outer::Always {
            out.extend_from_slice(self.left);
        }
        let mut rest = name;
        while let Some(&byte) = rest.first() {
            let length = self.character(name, rest, byte, &mut progress, out)?;
            rest = &rest[length.clamp(1, rest.len())..];
        }
        if self.outer == Outer::Maybe && self.shell && out.len() == start {
            return Err(Retry::Outer);
        }
        if self.shell && self.outer == Outer::Always && progress.apostrophe && !progress.only_single {
            return Err(Retry::C);
        }
        if self.outer == Outer::Always {
            out.extend_from_slice(self.right);
        }
        Ok(())
    }

    /// Writes what `rest` begins with, and answers its length.
    fn character(
        &self,
        name: &[u8],
        rest: &[u8],
        byte: u8,
        progress: &mut FormState,
        out: &mut Vec<u8>,
    ) -> Result<usize, Retry> {
        let closing = self.escapes && !self.shell && self.outer != Outer::Never && rest.starts_with(self.right);
        if closing && self.outer == Outer::Maybe {
            return Err(Retry::Outer);
        }
        let first = rest.len() == name.len();
        // What double quotes keep as well as single ones do.
        let mut double = false;
        match byte {
            0x07 | 0x08 | 0x0b | 0x0c | b'\n' | b'\r' | b'\t' => {
                if matches!(byte, b'\n' | b'\r' | b'\t') {
                    self.needs_shell_quotes()?;
                }
                if self.escapes {
                    return self.escape(letter(byte), progress, out);
                }
            }
            b'\\' => {
                self.needs_shell_quotes()?;
                let bare = self.shell || (self.escapes && self.outer == Outer::Maybe);
                if self.escapes && !bare {
                    return self.escape(b'\\', progress, out);
                }
                if bare {
                    return Ok(self.store(b'\\', double, progress, out));
                }
            }
            b'?' => self.needs_shell_quotes()?,
            b'{' | b'}' if name.len() != 1 => {}
            b'#' | b'~' if !first => {}
            b'{' | b'}' | b'#' | b'~' | b' ' => {
                double = true;
                self.needs_shell_quotes()?;
            }
            b'!' | b'"' | b'$' | b'&' | b'(' | b')' | b'*' | b';' | b'<' | b'=' | b'>' | b'[' | b'^' | b'`' | b'|' => {
                self.needs_shell_quotes()?;
            }
            b'\'' => {
                progress.apostrophe = true;
                double = true;
                self.needs_shell_quotes()?;
                if self.shell {
                    out.extend_from_slice(b"'\\'");
                    progress.in_escape = false;
                }
            }
            b'%' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b']' | b'_' => double = true,
            _ if byte.is_ascii_alphanumeric() => double = true,
            _ => return self.other(rest, closing, progress, out),
        }
        let escaped = (self.escapes && !self.shell || self.outer == Outer::Maybe) && self.also.has(byte);
        if escaped || closing {
            return self.escape(byte, progress, out);
        }
        Ok(self.store(byte, double, progress, out))
    }

    /// A character that is neither a letter, a digit nor known to a shell: shown if the locale prints it.
    fn other(&self, rest: &[u8], closing: bool, progress: &mut FormState, out: &mut Vec<u8>) -> Result<usize, Retry> {
        let (length, printable) = self.measure(rest);
        let bytes = rest.get(..length.max(1)).unwrap_or(rest);
        // The second bytes of some encodings look like these to old shells.
        let looks_special = |bytes: &[u8]| bytes.iter().any(|byte| matches!(byte, b'[' | b'\\' | b'^' | b'`' | b'|'));
        if printable && self.shell && self.outer == Outer::Maybe && looks_special(&bytes[1..]) {
            return Err(Retry::Outer);
        }
        if self.escapes && !printable {
            for &byte in bytes {
                self.begin_escape(progress, out)?;
                out.extend_from_slice(&[b'0' + (byte >> 6), b'0' + (byte >> 3 & 7), b'0' + (byte & 7)]);
                progress.only_single = true;
            }
            return Ok(bytes.len());
        }
        if closing {
            out.push(b'\\');
        }
        for &byte in bytes {
            let escaped = (self.escapes && !self.shell || self.outer == Outer::Maybe) && self.also.has(byte);
            if escaped && length == 1 {
                return self.escape(byte, progress, out);
            }
            self.store(byte, printable, progress, out);
        }
        Ok(bytes.len())
    }

    /// The length of the character that `rest` begins with, 0 if it is none, and whether the locale prints it.
    fn measure(&self, rest: &[u8]) -> (usize, bool) {
        match self.encoding {
            Encoding::Bytes => (1, rest.first().is_some_and(|&byte| locale::is_printable_byte(byte))),
            Encoding::Multibyte => match locale::decode(rest) {
                Decoded::Character(character, length) => (length, character.is_printable()),
                Decoded::Invalid => (0, false),
                Decoded::Incomplete => (rest.len(), false),
            },
        }
    }

    fn needs_shell_quotes(&self) -> Result<(), Retry> {
        if self.shell && self.outer == Outer::Maybe { Err(Retry::Outer) } else { Ok(()) }
    }

    fn begin_escape(&self, progress: &mut FormState, out: &mut Vec<u8>) -> Result<(), Retry> {
        if self.outer == Outer::Maybe {
            return Err(Retry::Outer);
        }
        if self.shell && !progress.in_escape {
            out.extend_from_slice(b"'$'");
            progress.in_escape = true;
        }
        out.push(b'\\');
        Ok(())
    }

    fn escape(&self, letter: u8, progress: &mut FormState, out: &mut Vec<u8>) -> Result<usize, Retry> {
        self.begin_escape(progress, out)?;
        out.push(letter);
        progress.only_single = true;
        Ok(1)
    }

    fn store(&self, byte: u8, double: bool, progress: &mut FormState, out: &mut Vec<u8>) -> usize {
        if progress.in_escape {
            out.extend_from_slice(b"''");
            progress.in_escape = false;
        }
        out.push(byte);
        progress.only_single |= !double;
        1
    }
}

/// The letter of a C escape.
fn letter(byte: u8) -> u8 {
    match byte {
        0x07 => b'a',
        0x08 => b'b',
        0x0b => b'v',
        0x0c => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        _ => b't',
    }
}
