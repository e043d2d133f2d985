//! Text that may be shown on a terminal: paths, and what others say.
//!
//! Control characters (C0, DEL, C1) set a terminal's title, its keys, its next command line; bidirectional ones reorder what
//! stands beside them. [`crate::Error`] shows neither as it is.

use std::fmt::{self, Display, Write as _};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A path as it may be shown on a terminal or in a table: control characters and what is not UTF-8 become `\x..`.
pub struct Escaped<'a>(pub &'a Path);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.as_os_str().as_bytes().utf8_chunks() {
            Escaping(f).write_str(chunk.valid())?;
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// Anything, as it may be shown within a line.
pub struct Plain<T>(pub T);

impl<T: Display> Display for Plain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

/// Whether a character does something to a terminal, or to what stands beside it.
pub fn acts(c: char) -> bool {
    let reorders = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || reorders
}

struct Escaping<'w, 'f>(&'w mut fmt::Formatter<'f>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some((before, c)) =
            rest.find(acts).and_then(|at| Some((rest.get(..at)?, rest.get(at..)?.chars().next()?)))
        {
            write!(self.0, "{before}{}", c.escape_default())?;
            rest = rest.get(before.len() + c.len_utf8()..).unwrap_or_default();
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_gets_out() {
        let hostile = "\u{1b}]0;title\u{7}\u{9b}31m\u{7f}\u{202e}\r";
        let says = "\\u{1b}]0;title\\u{7}\\u{9b}31m\\u{7f}\\u{202e}\\r";
        assert_eq!(Plain(hostile).to_string(), says);
        assert_eq!(Escaped(Path::new(hostile)).to_string(), says);
        assert_eq!(Plain("a\nb").to_string(), "a\\nb");
    }
}
