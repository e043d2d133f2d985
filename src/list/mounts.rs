//! Mount points: names that lead to another inode than their directory entry says.

use std::fs;
use std::io;

/// The mount points that this process can reach, as proc_pid_mountinfo(5) has them.
///
/// # Errors
/// Where /proc cannot be read.
pub(crate) fn mount_points() -> io::Result<Vec<Vec<u8>>> {
    let table = fs::read("/proc/self/mountinfo")?;
    let fields = table.split(|&byte| byte == b'\n').filter_map(|line| line.split(|&byte| byte == b' ').nth(4));
    Ok(fields.map(unescape).collect())
}

/// Spaces, tabs, newlines and backslashes are written as three octal digits.
pub(crate) fn unescape(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, after)) = rest.split_first() {
        let digits = (first == b'\\').then(|| after.split_first_chunk::<3>()).flatten();
        let octal = digits.and_then(|(digits, after)| Some((octal(*digits)?, after)));
        let (byte, after) = octal.unwrap_or((first, after));
        bytes.push(byte);
        rest = after;
    }
    bytes
}

fn octal(digits: [u8; 3]) -> Option<u8> {
    let text = std::str::from_utf8(&digits).ok()?;
    u8::from_str_radix(text, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unescaped() {
        assert_eq!(unescape(br"/a\040b\134c"), br"/a b\c");
        assert_eq!(unescape(br"/plain\9"), br"/plain\9");
    }

    #[test]
    fn the_root_is_a_mount_point() {
        assert!(mount_points().unwrap().contains(&b"/".to_vec()));
    }
}
