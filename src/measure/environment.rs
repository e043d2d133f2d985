//! Where it was measured: what a reader needs to judge a figure, and nothing that names the machine.

use super::condition::{self, Condition};
use super::protocol::PathText;
use super::system::System;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The machine, and how fsbench was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// `Linux 6.18.0 x86_64`.
    pub kernel: String,
    /// The processor's name.
    pub cpu: String,
    /// Cores that the process may use.
    pub cores: usize,
    /// The frequency governor, where there is one.
    pub governor: Option<String>,
    /// Mitigations in force, `name: how`, those that say "Not affected" left out.
    pub mitigations: Vec<String>,
    /// Memory, bytes.
    pub memory_bytes: Option<u64>,
    /// Load average over the last minute when the session began.
    pub load_1min: Option<String>,
    /// `release`, or `debug`, whose times mean nothing.
    pub build: Build,
    /// Versions of the peers, `name version`.
    pub peers: Vec<String>,
    /// What would disturb a measurement, what is missing, and what is well.
    #[serde(default)]
    pub conditions: Vec<Condition>,
}

/// How fsbench was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Build {
    /// With optimisation.
    Release,
    /// Without.
    Debug,
}

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

impl Environment {
    /// Reads it off the running system. What cannot be read is left out.
    pub fn read() -> Self {
        let uname = rustix::system::uname();
        let part = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
        Self {
            kernel: format!("{} {} {}", part(uname.sysname()), part(uname.release()), part(uname.machine())),
            cpu: cpu().unwrap_or_else(|| "unknown processor".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            governor: line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            mitigations: mitigations(),
            memory_bytes: memory_bytes(),
            load_1min: line("/proc/loadavg").and_then(|line| line.split(' ').next().map(str::to_owned)),
            build: Self::this_build(),
            peers: ["walkdir", "jwalk", "ignore", "dua-core", "nix"].into_iter().filter_map(peer_version).collect(),
            conditions: condition::of(&System::running()),
        }
    }
}

impl Environment {
    /// How this fsbench was built.
    pub fn this_build() -> Build {
        if cfg!(debug_assertions) { Build::Debug } else { Build::Release }
    }
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
    let system =
        FileSystem { kind: text(fields.get(dash + 1)?), source: unescape(fields.get(dash + 2)?).into(), options };
    Some((unescape(fields.get(4)?), system))
}

/// mountinfo writes space, tab, newline and backslash as three octal digits.
fn unescape(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(code) if byte == b'\\' => {
                bytes.push(code);
                rest = &after[3..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    OsString::from_vec(bytes).into()
}

fn line(path: &str) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

fn cpu() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let field = |name: &str| info.lines().find(|line| line.starts_with(name))?.split(": ").nth(1);
    field("model name").or_else(|| field("Model")).or_else(|| field("uarch")).map(|name| name.trim().to_owned())
}

fn memory_bytes() -> Option<u64> {
    let info = fs::read_to_string("/proc/meminfo").ok()?;
    let kib = info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?.trim().strip_suffix("kB")?.trim();
    kib.parse::<u64>().ok().map(|kib| kib * 1024)
}

fn mitigations() -> Vec<String> {
    let Ok(entries) = fs::read_dir("/sys/devices/system/cpu/vulnerabilities") else { return Vec::new() };
    let mut found: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let how = fs::read_to_string(entry.path()).ok()?;
            let how = how.trim();
            (how != "Not affected").then(|| format!("{}: {how}", String::from_utf8_lossy(entry.file_name().as_bytes())))
        })
        .collect();
    found.sort();
    found
}

/// A dependency's version, from the lock file that this was built with.
fn peer_version(name: &str) -> Option<String> {
    let lock = include_str!("../../Cargo.lock");
    let (_, after) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    after.split_once('"').map(|(version, _)| format!("{name} {version}"))
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
    fn every_peer_has_a_version() {
        assert_eq!(Environment::read().peers.len(), 5);
    }

    #[test]
    fn the_root_has_a_file_system() {
        assert_ne!(FileSystem::of(Path::new("/")).kind, "unknown");
    }
}
