//! Conditions of the machine: what would disturb a measurement, and what is missing. `fsbench env` shows them, and
//! every record has them.
//!
//! A condition is found, not judged by taste: each names the file that said so, what it does to a measurement, and what
//! to do about it. Nothing is changed: a benchmark that sets the governor leaves another machine behind than it found.

mod disturbance;
mod privilege;

use super::file_system::FileSystem;
use super::system::System;
use serde::{Deserialize, Serialize};

/// Something about the machine that bears on a measurement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// What it is about, in one or two words.
    pub name: String,
    /// Whether it bears on a measurement.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// Its effect on a measurement, and what to do about it; empty if all is well.
    pub meaning: String,
}

/// Whether a condition bears on a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It does not.
    Fine,
    /// It makes figures differ from those of a quiet machine, or from one run to the next.
    Disturbs,
    /// Something cannot be measured for want of it.
    Missing,
}

/// A look at one condition; `None` where the system does not say.
type Check = fn(&System) -> Option<Condition>;

/// All that was found on a system.
pub fn of(system: &System) -> Vec<Condition> {
    let checks = disturbance::CHECKS.iter().chain(privilege::CHECKS);
    checks.filter_map(|check| check(system)).collect()
}

/// The conditions of a file system: its effects on a measurement of trees on it.
pub fn of_file_system(file_system: &FileSystem) -> Condition {
    disturbance::file_system(file_system)
}

impl Condition {
    fn fine(name: &str, found: impl Into<String>) -> Option<Self> {
        Self::new(name, Verdict::Fine, found, "")
    }

    fn disturbs(name: &str, found: impl Into<String>, meaning: &str) -> Option<Self> {
        Self::new(name, Verdict::Disturbs, found, meaning)
    }

    fn missing(name: &str, found: impl Into<String>, meaning: &str) -> Option<Self> {
        Self::new(name, Verdict::Missing, found, meaning)
    }

    /// `Some`, since that is what a check returns.
    fn new(name: &str, verdict: Verdict, found: impl Into<String>, meaning: &str) -> Option<Self> {
        Some(Self { name: name.to_owned(), verdict, found: found.into(), meaning: meaning.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    /// A system with these files.
    fn system(files: &[(&str, &str)]) -> (TempDir, Vec<Condition>) {
        let folder = TempDir::new().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let found = of(&System::below(folder.path()));
        (folder, found)
    }

    fn verdict(found: &[Condition], name: &str) -> Option<Verdict> {
        found.iter().find(|condition| condition.name == name).map(|condition| condition.verdict)
    }

    #[test]
    fn a_machine_that_says_nothing_is_accused_of_nothing() {
        let (_folder, found) = system(&[]);
        let accused: Vec<_> = found.iter().filter(|condition| condition.verdict == Verdict::Disturbs).collect();
        assert!(accused.iter().all(|condition| condition.name == "build"), "{accused:?}");
    }

    #[test]
    fn what_would_disturb_is_found() {
        let (_folder, found) = system(&[
            ("proc/loadavg", "3.90 1.00 0.50 1/100 1234\n"),
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n"),
            ("sys/devices/system/cpu/intel_pstate/no_turbo", "0\n"),
            ("sys/devices/system/cpu/smt/active", "1\n"),
            ("sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n"),
            ("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 20 kB\nSwapTotal: 100 kB\nSwapFree: 40 kB\n"),
            ("proc/self/status", "Name:\tx\nTracerPid:\t7\nSeccomp:\t2\n"),
            ("proc/self/cgroup", "0::/box\n"),
            ("sys/fs/cgroup/box/cpu.max", "50000 100000\n"),
            ("sys/kernel/tracing/current_tracer", "function\n"),
            ("sys/class/power_supply/AC/type", "Mains\n"),
            ("sys/class/power_supply/AC/online", "0\n"),
            ("proc/cpuinfo", "flags\t\t: fpu hypervisor\n"),
        ]);
        for name in [
            "load",
            "governor",
            "turbo",
            "SMT",
            "clock",
            "memory",
            "swap",
            "tracer",
            "seccomp",
            "CPU quota",
            "kernel tracing",
            "power",
            "virtual machine",
        ] {
            assert_eq!(verdict(&found, name), Some(Verdict::Disturbs), "{name}: {found:?}");
        }
    }

    #[test]
    fn what_is_well_is_said_to_be() {
        let (_folder, found) = system(&[
            ("proc/loadavg", "0.00 0.00 0.00 1/100 1234\n"),
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n"),
            ("sys/devices/system/cpu/intel_pstate/no_turbo", "1\n"),
            ("proc/self/status", "Name:\tx\nTracerPid:\t0\nSeccomp:\t0\n"),
        ]);
        for name in ["load", "governor", "turbo", "tracer", "seccomp"] {
            assert_eq!(verdict(&found, name), Some(Verdict::Fine), "{name}: {found:?}");
        }
    }

    #[test]
    fn tracepoints_are_looked_for_wherever_tracefs_is_mounted() {
        let mounts = "36 1 0:12 / /elsewhere rw,relatime shared:5 - tracefs tracefs rw\n";
        let id = "elsewhere/events/raw_syscalls/sys_enter/id";
        let (_folder, found) = system(&[("proc/self/mountinfo", mounts), (id, "443\n")]);
        assert_eq!(verdict(&found, "tracepoints"), Some(Verdict::Fine));
        let (_folder, found) = system(&[(id, "443\n")]);
        assert_ne!(verdict(&found, "tracepoints"), Some(Verdict::Fine));
    }

    #[test]
    fn every_condition_that_is_not_well_says_what_it_means() {
        for condition in of(&System::running()) {
            assert_eq!(condition.verdict == Verdict::Fine, condition.meaning.is_empty(), "{condition:?}");
        }
    }

    #[test]
    fn a_network_file_system_disturbs_and_a_disk_does_not() {
        let on = |kind: &str| {
            let source = std::path::PathBuf::from("x").into();
            of_file_system(&FileSystem { kind: kind.to_owned(), source, options: "rw; rw".to_owned() }).verdict
        };
        assert_eq!([on("ext4"), on("xfs")], [Verdict::Fine; 2]);
        assert_eq!([on("nfs4"), on("overlay"), on("fuse.sshfs"), on("tmpfs")], [Verdict::Disturbs; 4]);
    }
}
