//! The file system that holds a path.

use super::path_text::PathText;
use crate::list::mounts::unescape;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// A mounted file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSystem {
    /// `ext4`.
    pub kind: String,
    /// What is mounted: a device, an overlay's name.
    pub source: PathText,
    /// Mount options, the superblock's own after a semicolon.
    pub options: String,
}

impl FileSystem {
    /// The one that holds `path`, by mountinfo: the last mount at the longest prefix of it.
    pub fn of(path: &Path) -> Self {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mounts = fs::read("/proc/self/mountinfo").unwrap_or_default();
        let mounts = mounts.split(|&byte| byte == b'\n').filter_map(mount);
        let holding = mounts.filter(|(point, _)| path.starts_with(point));
        let unknown = || Self { kind: "unknown".into(), source: PathBuf::new().into(), options: String::new() };
        holding.max_by_key(|(point, _)| point.as_os_str().len()).map_or_else(unknown, |(_, system)| system)
    }
}

/// One line of mountinfo (proc_pid_mountinfo(5)): `id parent dev root POINT OPTIONS [fields] - KIND SOURCE SUPER`.
fn mount(line: &[u8]) -> Option<(PathBuf, FileSystem)> {
    let fields: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
    let dash = fields.iter().position(|field| *field == b"-")?;
    let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
    let options = format!("{}; {}", text(fields.get(5)?), text(fields.get(dash + 3)?));
    let system = FileSystem { kind: text(fields.get(dash + 1)?), source: path(fields.get(dash + 2)?).into(), options };
    Some((path(fields.get(4)?), system))
}

fn path(field: &[u8]) -> PathBuf {
    OsString::from_vec(unescape(field)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_mountinfo_is_taken_apart() {
        let line = br"36 35 98:0 / /mnt/a\040b rw,noatime shared:1 - ext4 /dev/vda rw,errors=remount-ro";
        let (point, system) = mount(line).unwrap();
        assert_eq!(point, Path::new("/mnt/a b"));
        assert_eq!(system.kind, "ext4");
        assert_eq!(system.options, "rw,noatime; rw,errors=remount-ro");
    }

    #[test]
    fn the_root_has_a_file_system() {
        assert_ne!(FileSystem::of(Path::new("/")).kind, "unknown");
    }
}
