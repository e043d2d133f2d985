//! Mount points: names that lead to another inode than their directory entry says.

use super::privilege::failed;
use crate::error::{Escaped, Unsupported};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The mount points that this process can reach, as proc_pid_mountinfo(5) has them.
///
/// # Errors
/// Where /proc cannot be read.
pub(crate) fn mount_points() -> io::Result<Vec<Vec<u8>>> {
    let table = fs::read("/proc/self/mountinfo")?;
    let fields = table.split(|&byte| byte == b'\n').filter_map(|line| line.split(|&byte| byte == b' ').nth(4));
    Ok(fields.map(unescape).collect())
}

/// How far a listing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// A directory's own entries.
    Directory,
    /// All that is below it.
    Tree,
}

/// Refuses a listing below `root` which would meet a mount point, for a reader that sees what is covered: `reader` in a
/// sentence.
pub(crate) fn refuse_mounts(root: &Path, reach: Reach, reader: &str) -> Result<(), Unsupported> {
    let root = match root.canonicalize() {
        Ok(root) => root,
        // Removed while it is open: nothing is mounted below it.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed("realpath", error)),
    };
    let points = mount_points().map_err(|error| failed("/proc/self/mountinfo", error))?;
    let mut paths = points.iter().map(|point| Path::new(OsStr::from_bytes(point)));
    let is_met = |point: &&Path| match reach {
        Reach::Directory => point.parent() == Some(&*root),
        Reach::Tree => *point != root && point.starts_with(&root),
    };
    match paths.find(is_met) {
        None => Ok(()),
        Some(point) => {
            let why = format!("'{}' is a mount point, and {reader} does not see what is there", Escaped(point));
            Err(Unsupported(why.into()))
        }
    }
}

/// What mountinfo says of one mount.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Mount {
    /// The type of the file system, as it was asked for.
    pub(crate) kind: Vec<u8>,
    /// The mount's own options, then those of the file system.
    pub(crate) options: Vec<Vec<u8>>,
}

/// The mount of that ID; `None` where this process cannot reach it.
///
/// # Errors
/// Where /proc cannot be read.
pub(crate) fn mount(id: u64) -> io::Result<Option<Mount>> {
    let table = fs::read("/proc/self/mountinfo")?;
    let mut lines = table.split(|&byte| byte == b'\n');
    let id = id.to_string();
    Ok(lines.find(|line| line.split(|&byte| byte == b' ').next() == Some(id.as_bytes())).map(Mount::of))
}

impl Mount {
    fn of(line: &[u8]) -> Self {
        let fields: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
        // Optional fields end with a hyphen.
        let after = fields.iter().skip(6).position(|field| *field == b"-").map_or(fields.len(), |at| at + 7);
        let options = [fields.get(5), fields.get(after + 2)].into_iter().flatten();
        Self {
            kind: fields.get(after).map(|kind| unescape(kind)).unwrap_or_default(),
            options: options.flat_map(|list| list.split(|&byte| byte == b',')).map(<[u8]>::to_vec).collect(),
        }
    }
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
    fn the_type_and_both_lists_of_options_are_found_behind_any_number_of_optional_fields() {
        for optional in ["", "shared:1 ", "shared:1 master:2 "] {
            let line = format!("36 35 98:0 /mnt1 /mnt2 rw,noatime {optional}- ext4 /dev/root rw,errors=continue");
            let mount = Mount::of(line.as_bytes());
            assert_eq!(mount.kind, b"ext4");
            assert_eq!(
                mount.options,
                [b"rw".to_vec(), b"noatime".to_vec(), b"rw".to_vec(), b"errors=continue".to_vec()]
            );
        }
        assert_eq!(Mount::of(b"36 35"), Mount::default());
    }

    #[test]
    fn the_root_is_a_mount_point() {
        assert!(mount_points().unwrap().contains(&b"/".to_vec()));
    }
}
