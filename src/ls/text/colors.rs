//! `LS_COLORS`: which escape sequence goes before a name.
//!
//! The sequences are kept byte for byte as the variable has them (the lscolors crate was rejected: it rewrites `01;34`
//! as `1;34`), and a later pattern wins over an earlier one.

use super::getopt::variable;
use super::messages::say;
use crate::sys::locale;
use std::ffi::CStr;

/// The keys of `LS_COLORS`: what a sequence is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum ColorKey {
    /// Opens a sequence.
    Left,
    /// Closes a sequence.
    Right,
    /// Ends a color; in place of `Left`, `Reset`, `Right`.
    End,
    /// Back to ordinary colors.
    Reset,
    /// Text that is no name.
    Normal,
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A block device.
    Block,
    /// A character device.
    Character,
    /// What a broken link points to.
    Missing,
    /// A broken link.
    Orphan,
    /// An executable file.
    Executable,
    /// A door (Solaris).
    Door,
    /// A set-user-ID file.
    SetUser,
    /// A set-group-ID file.
    SetGroup,
    /// A sticky directory.
    Sticky,
    /// A directory that others may write to.
    OtherWritable,
    /// Both.
    StickyOtherWritable,
    /// A file with capabilities.
    Capability,
    /// A file with several names.
    MultipleLinks,
    /// Clears to the end of the line.
    ClearToEnd,
}

/// Names and defaults, in the order of [`ColorKey`].
const SEQUENCES: [(&[u8; 2], &[u8]); 24] = [
    (b"lc", b"\x1b["),
    (b"rc", b"m"),
    (b"ec", b""),
    (b"rs", b"0"),
    (b"no", b""),
    (b"fi", b""),
    (b"di", b"01;34"),
    (b"ln", b"01;36"),
    (b"pi", b"33"),
    (b"so", b"01;35"),
    (b"bd", b"01;33"),
    (b"cd", b"01;33"),
    (b"mi", b""),
    (b"or", b""),
    (b"ex", b"01;32"),
    (b"do", b"01;35"),
    (b"su", b"37;41"),
    (b"sg", b"30;43"),
    (b"st", b"37;44"),
    (b"ow", b"34;42"),
    (b"tw", b"30;42"),
    (b"ca", b"30;41"),
    (b"mh", b""),
    (b"cl", b"\x1b[K"),
];

/// Terminals that take the default sequences: dircolors(1)'s list.
const TERMINALS: [&CStr; 25] = [
    c"Eterm",
    c"ansi",
    c"*color*",
    c"con[0-9]*x[0-9]*",
    c"cons25",
    c"console",
    c"cygwin",
    c"*direct*",
    c"dtterm",
    c"gnome",
    c"hurd",
    c"jfbterm",
    c"konsole",
    c"kterm",
    c"linux",
    c"linux-c",
    c"mlterm",
    c"putty",
    c"rxvt*",
    c"screen*",
    c"st",
    c"terminator",
    c"tmux*",
    c"vt100",
    c"xterm*",
];

/// The colors in force.
#[derive(Debug, Clone)]
pub struct Colors {
    /// `None` where neither the variable nor a default gives one.
    sequences: [Option<Vec<u8>>; SEQUENCES.len()],
    /// Ends of names, the last one given first.
    endings: Vec<Ending>,
    /// `ln=target`: a link is shown as what it points to.
    pub links_as_target: bool,
}

/// An end of names, and the sequence for them.
#[derive(Debug, Clone)]
struct Ending {
    text: Vec<u8>,
    sequence: Vec<u8>,
    /// Letters' case counts.
    exact: bool,
}

impl Ending {
    fn ends(&self, name: &[u8]) -> bool {
        let end = name.len().checked_sub(self.text.len()).and_then(|start| name.get(start..));
        end.is_some_and(|end| if self.exact { end == self.text } else { end.eq_ignore_ascii_case(&self.text) })
    }
}

/// The endings, the last one first, but those that another one of the same text overrules. Case counts where endings
/// that differ in nothing else have different sequences.
fn told_apart(mut endings: Vec<Ending>) -> Vec<Ending> {
    let mut ahead = endings.into_iter().rev().collect::<Vec<_>>();
    endings = Vec::with_capacity(ahead.len());
    while !ahead.is_empty() {
        let mut this = ahead.remove(0);
        let mut covers_all_cases = false;
        ahead.retain_mut(|later| {
            if this.text == later.text {
                return false;
            }
            if !this.text.eq_ignore_ascii_case(&later.text) {
                return true;
            }
            if covers_all_cases || this.sequence == later.sequence {
                covers_all_cases = true;
                return false;
            }
            this.exact = true;
            later.exact = true;
            true
        });
        endings.push(this);
    }
    endings
}

/// Why there are no colors.
pub enum NoColors {
    /// The terminal is not known to have any.
    Terminal,
    /// The variable makes no sense; messages say why.
    Unparsable(Vec<Vec<u8>>),
}

impl Colors {
    /// The colors of `LS_COLORS`, or the default ones where the terminal is known to have them. `quote` is for
    /// messages.
    ///
    /// # Errors
    /// Why nothing is to be colored.
    pub fn from_environment(quote: impl Fn(&[u8]) -> Vec<u8>) -> Result<Self, NoColors> {
        let sequences = SEQUENCES.map(|(_, default)| (!default.is_empty()).then(|| default.to_vec()));
        let mut colors = Self { sequences, endings: Vec::new(), links_as_target: false };
        let Some(text) = variable("LS_COLORS").filter(|text| !text.is_empty()) else {
            let capable = variable("COLORTERM").is_some_and(|term| !term.is_empty()) || is_known_terminal();
            return if capable { Ok(colors) } else { Err(NoColors::Terminal) };
        };
        colors.parse(&text).map_err(|prefix| {
            let prefix = prefix.map(|prefix| say(c"unrecognized prefix: %s", &[&quote(&prefix)]));
            let unparsable = say(c"unparsable value for LS_COLORS environment variable", &[]);
            NoColors::Unparsable(prefix.into_iter().chain([unparsable]).collect())
        })?;
        colors.links_as_target = colors.get(ColorKey::Link) == Some(b"target");
        colors.endings = told_apart(std::mem::take(&mut colors.endings));
        Ok(colors)
    }

    /// Reads the variable; an error is the name with which something is wrong, if it has one.
    fn parse(&mut self, mut text: &[u8]) -> Result<(), Option<Vec<u8>>> {
        while let Some((&first, rest)) = text.split_first() {
            match first {
                b':' => text = rest,
                b'*' => {
                    let (ending, after) = decode(rest, Equals::Ends).ok_or(None)?;
                    let value = after.strip_prefix(b"=").ok_or(None)?;
                    let (sequence, after) = decode(value, Equals::Stands).ok_or(None)?;
                    self.endings.push(Ending { text: ending, sequence, exact: false });
                    text = after;
                }
                _ => {
                    let (&second, rest) = rest.split_first().ok_or(None)?;
                    let name = [first, second];
                    let wrong = || Some(name.to_vec());
                    let value = rest.strip_prefix(b"=").ok_or(None)?;
                    let known = SEQUENCES.iter().position(|(known, _)| **known == name);
                    let slot = known.and_then(|known| self.sequences.get_mut(known)).ok_or_else(wrong)?;
                    let (sequence, after) = decode(value, Equals::Stands).ok_or_else(wrong)?;
                    *slot = Some(sequence);
                    text = after;
                }
            }
        }
        Ok(())
    }

    /// The sequence, if there is one.
    pub fn get(&self, of: ColorKey) -> Option<&[u8]> {
        self.sequences.get(of as usize).and_then(Option::as_deref)
    }

    /// Whether it makes a difference: it is not empty, `0` or `00`.
    pub fn is_set(&self, of: ColorKey) -> bool {
        self.get(of).is_some_and(|sequence| !matches!(sequence, b"" | b"0" | b"00"))
    }

    /// The sequence for a regular file whose name ends like this one.
    pub fn of_ending(&self, name: &[u8]) -> Option<&[u8]> {
        self.endings.iter().find(|ending| ending.ends(name)).map(|ending| ending.sequence.as_slice())
    }
}

/// Whether an equals sign ends the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Equals {
    Ends,
    Stands,
}

/// Reads up to a colon, with escapes as of C and carets decoded. `None` if one makes no sense.
fn decode(mut text: &[u8], equals: Equals) -> Option<(Vec<u8>, &[u8])> {
    let mut out = Vec::new();
    loop {
        match *text {
            [] | [b':', ..] => return Some((out, text)),
            [b'=', ..] if equals == Equals::Ends => return Some((out, text)),
            [b'\\', ref rest @ ..] => {
                let (byte, after) = escape(rest)?;
                out.push(byte);
                text = after;
            }
            [b'^', byte @ b'@'..=b'~', ref rest @ ..] => {
                out.push(byte & 0o37);
                text = rest;
            }
            [b'^', b'?', ref rest @ ..] => {
                out.push(127);
                text = rest;
            }
            [b'^', ..] => return None,
            [byte, ref rest @ ..] => {
                out.push(byte);
                text = rest;
            }
        }
    }
}

fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let (&first, rest) = text.split_first()?;
    let number = |text: &'_ [u8], base: u32| {
        let digits = text.iter().take_while(|&&byte| char::from(byte).is_digit(base)).count();
        let value = text[..digits].iter().fold(0_u32, |value, &byte| {
            value.wrapping_mul(base).wrapping_add(char::from(byte).to_digit(base).unwrap_or(0))
        });
        (value as u8, digits)
    };
    Some(match first {
        b'0'..=b'7' => {
            let (value, digits) = number(text, 8);
            (value, &text[digits..])
        }
        b'x' | b'X' => {
            let (value, digits) = number(rest, 16);
            (value, &rest[digits..])
        }
        b'a' => (0x07, rest),
        b'b' => (0x08, rest),
        b'e' => (0x1b, rest),
        b'f' => (0x0c, rest),
        b'n' => (b'\n', rest),
        b'r' => (b'\r', rest),
        b't' => (b'\t', rest),
        b'v' => (0x0b, rest),
        b'?' => (127, rest),
        b'_' => (b' ', rest),
        other => (other, rest),
    })
}

fn is_known_terminal() -> bool {
    let Some(term) = variable("TERM").filter(|term| !term.is_empty()) else { return false };
    let Ok(term) = std::ffi::CString::new(term) else { return false };
    TERMINALS.iter().any(|pattern| locale::matches(pattern, &term))
}
