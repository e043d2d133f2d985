//! The kernel's tracepoints of system calls, as tracefs describes them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A tracepoint and where its records hold what we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tracepoint {
    /// What perf_event_open(2) takes.
    pub(super) id: u64,
    /// Offset of the call's number, 8 bytes.
    pub(super) number: usize,
    /// Offset of the value returned, 8 bytes, in records of returns.
    pub(super) value: Option<usize>,
}

/// Where tracefs is mounted, if it is.
pub fn tracefs() -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    tracefs_mounts(&mounts).map(PathBuf::from).find(|point| point.join("events").is_dir())
}

/// Where tracefs is mounted, by what /proc/self/mountinfo says.
pub fn tracefs_mounts(mountinfo: &str) -> impl Iterator<Item = &str> {
    mountinfo.lines().filter(|line| line.contains(" - tracefs ")).filter_map(|line| line.split(' ').nth(4))
}

impl Tracepoint {
    /// Of calls that begin.
    pub(super) fn entries(tracefs: &Path) -> io::Result<Self> {
        Self::read(tracefs, "sys_enter")
    }

    /// Of calls that return.
    pub(super) fn returns(tracefs: &Path) -> io::Result<Self> {
        Self::read(tracefs, "sys_exit")
    }

    fn read(tracefs: &Path, name: &str) -> io::Result<Self> {
        let format = fs::read_to_string(tracefs.join("events/raw_syscalls").join(name).join("format"))?;
        Self::parse(&format)
            .ok_or_else(|| io::Error::other(format!("the format of raw_syscalls:{name} is not understood")))
    }

    /// `ID: 443`, and lines such as `field:long id; offset:8; size:8; signed:1;`, tabs between.
    fn parse(format: &str) -> Option<Self> {
        let id = format.lines().find_map(|line| line.strip_prefix("ID: "))?.trim().parse().ok()?;
        let offset = |name: &str| {
            let fields = format.lines().map(|line| line.trim().split(';').map(str::trim).collect::<Vec<_>>());
            let mut named =
                fields.filter(|parts| parts.first().is_some_and(|field| field.ends_with(&format!(" {name}"))));
            let parts = named.next()?;
            (*parts.get(2)? == "size:8").then(|| parts.get(1)?.strip_prefix("offset:")?.parse().ok()).flatten()
        };
        Some(Self { id, number: offset("id")?, value: offset("ret") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_says_where_the_number_and_the_value_are() {
        let format = "name: sys_exit\nID: 442\nformat:\n\
                      \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\
                      \n\
                      \tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n\
                      \tfield:long ret;\toffset:16;\tsize:8;\tsigned:1;\n\
                      \nprint fmt: \"NR %ld = %ld\", REC->id, REC->ret\n";
        assert_eq!(Tracepoint::parse(format), Some(Tracepoint { id: 442, number: 8, value: Some(16) }));
        assert_eq!(Tracepoint::parse("name: sys_exit\n"), None);
        assert_eq!(Tracepoint::parse(&format.replace("size:8", "size:4")), None);
    }
}
