//! Text that did not come from us, on its way to a reader: names, what a file or another program says, arguments.
//!
//! Control characters (C0, DEL, C1) set a terminal's title, its keys, its next command line; bidirectional ones reorder what
//! stands beside them. Neither is ever shown as it is. There is one way out for each kind of place:
//!
//! | place | by |
//! |---|---|
//! | a path, within a line | [`Escaped`] |
//! | anything else that fills a part of a line: another's error, a reason | [`Plain`] |
//! | all that a command says or prints, once more and whole | [`lines`] |
//! | JSON, in files too, since people look at them | [`json`], [`json_line`] |

pub use fswalk::escape::{Escaped, Plain, acts};

use serde::Serialize;
use std::borrow::Cow;

/// Several lines, as they may be written to a terminal: whatever acts is escaped but the ends of lines and tabulators.
pub fn lines(text: &str) -> Cow<'_, str> {
    let acts = |c: char| acts(c) && !matches!(c, '\n' | '\t');
    if !text.contains(acts) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if acts(c) { escaped.extend(c.escape_default()) } else { escaped.push(c) }
    }
    escaped.into()
}

/// JSON, indented, whose strings a terminal takes as text: what acts is `\u....`, which to a program is the same.
///
/// # Errors
/// When `value` cannot be JSON.
pub fn json(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value).map(escape_json)
}

/// The same in one line.
///
/// # Errors
/// When `value` cannot be JSON.
pub fn json_line(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(value).map(escape_json)
}

fn escape_json(text: String) -> String {
    // The ends of lines are the indentation's. serde_json escapes C0; the others stand within strings only.
    let acts = |c: char| acts(c) && c != '\n';
    if !text.contains(acts) {
        return text;
    }
    // None of them is beyond U+FFFF.
    let escape = |c: char| if acts(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    text.chars().map(escape).collect()
}

/// Appends the inside of a JSON string.
pub(crate) fn append_json(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = rest.find(|c| acts(c) || matches!(c, '"' | '\\')) {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before.as_bytes());
        let mut after = after.chars();
        match after.next() {
            Some(c @ ('"' | '\\')) => out.extend_from_slice(&[b'\\', c as u8]),
            Some(c) => out.extend_from_slice(format!("\\u{:04x}", u32::from(c)).as_bytes()),
            None => {}
        }
        rest = after.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const HOSTILE: &str = "\u{1b}]0;title\u{7}\u{9b}31m\u{7f}\u{202e}\r";

    #[test]
    fn nothing_that_acts_gets_out() {
        let says = "\\u{1b}]0;title\\u{7}\\u{9b}31m\\u{7f}\\u{202e}\\r";
        assert_eq!(Plain(HOSTILE).to_string(), says);
        assert_eq!(Escaped(Path::new(HOSTILE)).to_string(), says);
        assert_eq!(lines(HOSTILE), says);
        assert_eq!(Plain("a\nb").to_string(), "a\\nb");
        assert_eq!(lines("a\n\tb目"), "a\n\tb目");
    }

    #[test]
    fn json_says_the_same_to_a_program_and_nothing_to_a_terminal() {
        let text = format!("{HOSTILE}\"\\\n");
        let pretty = json(&[&text]).unwrap();
        assert!(!pretty.contains(|c| acts(c) && c != '\n'), "{pretty:?}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&pretty).unwrap(), [text.as_str()]);
        let line = json_line(&[&text]).unwrap();
        assert!(!line.contains(acts), "{line:?}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&line).unwrap(), [text.as_str()]);
        let mut inside = Vec::new();
        append_json(&text, &mut inside);
        let inside = format!("\"{}\"", String::from_utf8(inside).unwrap());
        assert!(!inside.contains(acts), "{inside:?}");
        assert_eq!(serde_json::from_str::<String>(&inside).unwrap(), text);
    }
}
