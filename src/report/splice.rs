//! Replaces tables between markers in somebody's text, and leaves the rest byte for byte.
//!
//! ```markdown
//! <!-- fsbench:warm/walking-tree-names-and-file-types-fastest -->
//! | Strategy | ...
//! <!-- /fsbench -->
//! ```
//!
//! A name is a record's, for all of its tables, or a record's and a view's. Sections of records that were not given
//! stay as they are: one text may hold tables of many.

use super::Unrenderable;
use std::fmt::Write;

/// A section's new content by its name; `None` where no record of that name was given.
///
/// # Errors
/// For a name that the record does not have: a sentence that says which it has.
pub(super) type Content<'a> = &'a dyn Fn(&str) -> Result<Option<String>, Unrenderable>;

const OPEN: &str = "<!-- fsbench:";
const CLOSE: &str = "<!-- /fsbench -->";

/// The text after splicing.
#[derive(Debug)]
pub struct Spliced {
    /// The text.
    pub text: String,
    /// How many sections were replaced.
    pub sections: usize,
}

/// Replaces what stands between markers.
pub(super) fn splice(text: &str, content: Content<'_>) -> Result<Spliced, Unrenderable> {
    let mut spliced = String::with_capacity(text.len());
    let mut sections = 0;
    let mut rest = text;
    while let Some((before, after)) = split_at_line(rest) {
        spliced.push_str(before);
        let line = text[..text.len() - after.len()].lines().count() + 1;
        let unclosed = || Unrenderable(format!("line {line}: a section that no “{CLOSE}” ends"));
        let (marker, body) = after.split_once('\n').ok_or_else(unclosed)?;
        let name = marker.strip_prefix(OPEN).and_then(|name| name.trim_end().strip_suffix("-->"));
        let name =
            name.ok_or_else(|| Unrenderable(format!("line {line}: a marker looks like “{OPEN}NAME -->”")))?.trim();
        let (old, following) = body.split_once(CLOSE).ok_or_else(unclosed)?;
        if old.contains(OPEN) {
            return Err(unclosed());
        }
        match content(name)? {
            Some(new) => {
                sections += 1;
                // Writing to a string does not fail.
                let _ = write!(spliced, "{marker}\n{}\n{CLOSE}", new.trim_end());
            }
            None => {
                let _ = write!(spliced, "{marker}\n{old}{CLOSE}");
            }
        }
        rest = following;
    }
    spliced.push_str(rest);
    Ok(Spliced { text: spliced, sections })
}

/// Where the first marker that begins a line is.
fn split_at_line(text: &str) -> Option<(&str, &str)> {
    let at = text.match_indices(OPEN).map(|(at, _)| at);
    let mut at = at.filter(|&at| text.get(..at).is_none_or(|before| before.is_empty() || before.ends_with('\n')));
    at.next().and_then(|at| text.split_at_checked(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> Result<Option<String>, Unrenderable> {
        match name {
            "warm" => Ok(Some("| new |\n".to_owned())),
            "warm/no" => Err(Unrenderable("no such view".to_owned())),
            _ => Ok(None),
        }
    }

    #[test]
    fn what_stands_between_the_markers_is_replaced_and_nothing_else() {
        let text =
            "a\n<!-- fsbench:warm -->\nold\n\n<!-- /fsbench -->\nb\n<!-- fsbench:cold -->\nkept\n<!-- /fsbench -->\nc";
        let spliced = splice(text, &known).unwrap();
        assert_eq!(spliced.sections, 1);
        let expected = "a\n<!-- fsbench:warm -->\n| new |\n<!-- /fsbench -->\nb\n<!-- fsbench:cold -->\nkept\n<!-- /fsbench -->\nc";
        assert_eq!(spliced.text, expected);
        assert_eq!(splice(&spliced.text, &known).unwrap().text, expected);
    }

    #[test]
    fn a_marker_in_the_middle_of_a_line_is_text() {
        let text = "see `<!-- fsbench:warm -->` in the manual";
        assert_eq!(splice(text, &known).unwrap().text, text);
    }

    #[test]
    fn a_section_without_an_end_is_an_error_that_names_its_line() {
        for text in
            ["a\n<!-- fsbench:warm -->\nold", "a\n<!-- fsbench:warm -->\n<!-- fsbench:cold -->\n<!-- /fsbench -->"]
        {
            let error = splice(text, &known).unwrap_err().to_string();
            assert!(error.starts_with("line 2:"), "{error}");
        }
    }

    #[test]
    fn a_name_that_a_record_does_not_have_is_an_error() {
        assert!(splice("<!-- fsbench:warm/no -->\n<!-- /fsbench -->", &known).is_err());
    }
}
