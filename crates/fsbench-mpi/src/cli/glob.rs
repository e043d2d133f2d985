//! find's `-name`: a pattern for whole names, in which braces are what they are.

use globset::{GlobBuilder, GlobMatcher};

/// The matcher of a shell pattern: `*`, `?` (one byte) and `[...]`.
pub(super) fn matcher(pattern: &str) -> Result<GlobMatcher, globset::Error> {
    let mut escaped = String::new();
    let mut in_class = false;
    let mut is_escaped = false;
    for c in pattern.chars() {
        match c {
            '{' | '}' if !in_class && !is_escaped => escaped.extend(['[', c, ']']),
            _ => escaped.push(c),
        }
        in_class = !is_escaped && (c == '[' || in_class && c != ']');
        is_escaped = c == '\\' && !is_escaped;
    }
    GlobBuilder::new(&escaped).backslash_escape(true).build().map(|glob| glob.compile_matcher())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn patterns_match_whole_names_as_in_a_shell() {
        let matches = |pattern, name: &[u8]| matcher(pattern).unwrap().is_match(OsStr::from_bytes(name));
        assert!(matches("*01*", b"file.01.dat") && matches("*01*", b"01") && !matches("*01*", b"file.10"));
        assert!(matches("*", b".hidden") && matches("a?c", b"a\xffc") && !matches("a?c", b"ac"));
        assert!(matches("[a-c]x", b"bx") && !matches("[!a-c]x", b"bx"));
        assert!(matches("{a,b}", b"{a,b}") && !matches("{a,b}", b"a"));
        assert!(matches("[{}]", b"}") && matches("\\*", b"*") && !matches("\\*", b"x"));
    }
}
