//! Patterns for names of strategies and rows, as `-s 'getdents/*'` and `report --rows 'python/*'` take them.

use globset::{Glob, GlobMatcher};

/// A pattern: a name that fits itself, or a shell's `*`, `?`, `[...]` and `{a,b}`.
pub(crate) struct Pattern<'a> {
    text: &'a str,
    glob: GlobMatcher,
}

impl<'a> Pattern<'a> {
    /// The pattern of that text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn new(text: &'a str) -> Result<Self, String> {
        let glob = Glob::new(text).map_err(|error| error.kind().to_string())?;
        Ok(Self { text, glob: glob.compile_matcher() })
    }

    /// What it was made of.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// Whether the name fits.
    pub(crate) fn fits(&self, name: &str) -> bool {
        self.text == name || self.glob.is_match(name)
    }
}
