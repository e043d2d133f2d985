//! The machine on which a record was measured: what a reader needs to judge a figure, and nothing that names the
//! machine.

use super::condition::{self, Condition};
use super::system::System;
use serde::{Deserialize, Serialize};
use std::fs;
use std::os::unix::ffi::OsStrExt;

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
    /// Conditions that bear on a measurement, and those that were found to be well.
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
    fn every_peer_has_a_version() {
        assert_eq!(Environment::read().peers.len(), 5);
    }
}
