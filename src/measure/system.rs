//! The small text files of /proc and /sys that describe the machine, below a root that tests can choose.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

/// The files of a system.
pub struct System {
    root: PathBuf,
}

impl System {
    /// The one that this runs on.
    pub fn running() -> Self {
        Self { root: "/".into() }
    }

    /// One whose /proc and /sys lie below `root`.
    pub fn below(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where a file lies; `path` starts without a slash.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// A file's text without the blanks around it; `None` if it cannot be read. `path` starts without a slash.
    pub fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path(path)).ok().map(|text| text.trim().to_owned())
    }

    /// A file that holds one number.
    pub fn number(&self, path: &str) -> Option<i64> {
        self.read(path)?.parse().ok()
    }

    /// The value of a line `KEY: value` or `KEY   : value`, as /proc/meminfo and /proc/cpuinfo have them.
    pub fn field(&self, path: &str, key: &str) -> Option<String> {
        let text = self.read(path)?;
        let values = text.lines().filter_map(|line| line.split_once(':'));
        values.into_iter().find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim().to_owned())
    }

    /// The names in a directory, sorted.
    pub fn names(&self, path: &str) -> Vec<OsString> {
        let entries = fs::read_dir(self.path(path)).into_iter().flatten().flatten();
        let mut names: Vec<OsString> = entries.map(|entry| entry.file_name()).collect();
        names.sort();
        names
    }
}
