//! `-v`: names in the order of the versions in them. Runs of digits compare as numbers, and extensions such as
//! `.tar.gz` are set aside at first, so that `foo-1.2.tar.gz` comes before `foo-1.10.tar.gz` and `foo.c` before
//! `foo-1.c`.
//!
//! The order is Debian's for package versions, as gnulib applies it to file names.

use std::cmp::Ordering;

/// Compares two names by version; names that differ may be equal (`a1`, `a01`).
pub(crate) fn compare(a: &[u8], b: &[u8]) -> Ordering {
    match (a, b) {
        ([], []) => return Ordering::Equal,
        ([], _) => return Ordering::Less,
        (_, []) => return Ordering::Greater,
        _ => {}
    }
    match hidden_rank(a).cmp(&hidden_rank(b)) {
        Ordering::Equal if a == b => return Ordering::Equal,
        Ordering::Equal => {}
        unequal => return unequal,
    }
    let (a_stem, b_stem) = (stem(a), stem(b));
    match compare_versions(a_stem, b_stem) {
        Ordering::Equal if a_stem.len() != a.len() || b_stem.len() != b.len() => compare_versions(a, b),
        order => order,
    }
}

/// `.` comes first, then `..`, then hidden names, then others.
fn hidden_rank(name: &[u8]) -> u8 {
    match name {
        b"." => 0,
        b".." => 1,
        [b'.', ..] => 2,
        _ => 3,
    }
}

/// The name without its extensions: without the longest end that is `(\.[A-Za-z~][A-Za-z0-9~]*)*`, the first byte
/// excepted.
fn stem(name: &[u8]) -> &[u8] {
    let mut at = 0;
    loop {
        if at >= name.len() {
            return name;
        }
        at += 1;
        let end = at;
        while let [b'.', first, ..] = &name[at..]
            && (first.is_ascii_alphabetic() || *first == b'~')
        {
            let rest = &name[at + 2..];
            at += 2 + rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'~').count();
        }
        if at >= name.len() {
            return &name[..end];
        }
    }
}

fn compare_versions(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        while starts_without_digit(a) || starts_without_digit(b) {
            match rank(a).cmp(&rank(b)) {
                Ordering::Equal => {}
                unequal => return unequal,
            }
            a = a.get(1..).unwrap_or_default();
            b = b.get(1..).unwrap_or_default();
        }
        let (a_digits, a_rest) = number(a);
        let (b_digits, b_rest) = number(b);
        match a_digits.len().cmp(&b_digits.len()).then_with(|| a_digits.cmp(b_digits)) {
            Ordering::Equal => {}
            unequal => return unequal,
        }
        (a, b) = (a_rest, b_rest);
    }
    Ordering::Equal
}

fn starts_without_digit(text: &[u8]) -> bool {
    text.first().is_some_and(|byte| !byte.is_ascii_digit())
}

/// The number at the start, without leading zeroes, and what follows it.
fn number(text: &[u8]) -> (&[u8], &[u8]) {
    let zeroes = text.iter().take_while(|&&byte| byte == b'0').count();
    let text = &text[zeroes..];
    text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

/// `~` comes before the end, digits after it, then letters, then the rest.
fn rank(text: &[u8]) -> i32 {
    match text.first() {
        None => -1,
        Some(b'~') => -2,
        Some(byte) if byte.is_ascii_digit() => 0,
        Some(&byte) if byte.is_ascii_alphabetic() => i32::from(byte),
        Some(&byte) => i32::from(byte) + 256,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_in_names_compare_as_versions() {
        let ascending: [&[u8]; 13] = [
            b".",
            b"..",
            b".a",
            b"a~",
            b"a",
            b"a.b.c9",
            b"a.b.c10",
            b"a1",
            b"a2",
            b"a10",
            b"a10.tar.gz",
            b"a11.tar.gz",
            b"aa",
        ];
        for pair in ascending.windows(2) {
            let shown = (String::from_utf8_lossy(pair[0]), String::from_utf8_lossy(pair[1]));
            assert_ne!(compare(pair[0], pair[1]), Ordering::Greater, "{shown:?}");
            assert_ne!(compare(pair[1], pair[0]), Ordering::Less, "{shown:?}");
        }
        assert_eq!(compare(b"foo-1.2.tar.gz", b"foo-1.10.tar.gz"), Ordering::Less);
        assert_eq!(compare(b"a01", b"a1"), Ordering::Equal);
    }
}
