//! Conditions that keep something from being measured, and what would allow it.

use super::{Check, Condition};
use crate::measure::system::System;
use crate::trace;
use rustix::fs::{Access, access};
use rustix::process::{Resource, getrlimit};

pub(super) const CHECKS: &[Check] = &[cold, counters, tracepoints, ptrace, hardware, uring, descriptors];

fn cold(system: &System) -> Option<Condition> {
    if access(system.path("proc/sys/vm/drop_caches"), Access::WRITE_OK).is_ok() {
        return Condition::fine("cold caches", "may be had");
    }
    let meaning = "no `--cache cold`: it takes root, outside a container that mounts /proc/sys read-only";
    Condition::missing("cold caches", "/proc/sys/vm/drop_caches is not writable", meaning)
}

/// proc_sys_kernel(5): 2 and above keep kernel events from users without CAP_PERFMON; some distributions have 3 or 4.
fn counters(system: &System) -> Option<Condition> {
    let paranoid = system.number("proc/sys/kernel/perf_event_paranoid")?;
    let found = format!("perf_event_paranoid {paranoid}");
    if paranoid < 0 || rustix::process::geteuid().is_root() {
        return Condition::fine("perf events", found);
    }
    let meaning = "system calls are counted by ptrace, which is slow and knows no latencies: \
                   `sysctl kernel.perf_event_paranoid=-1`, or root";
    Condition::missing("perf events", found, meaning)
}

fn tracepoints(system: &System) -> Option<Condition> {
    let readable = |mount: &str| {
        let file = format!("{}/events/raw_syscalls/sys_enter/id", mount.trim_start_matches('/'));
        system.read(&file).is_some()
    };
    let mounts = system.read("proc/self/mountinfo").unwrap_or_default();
    if trace::tracefs_mounts(&mounts).any(readable) {
        return Condition::fine("tracepoints", "readable");
    }
    let meaning = "no latencies of single system calls: tracefs is root's \
                   (`mount -t tracefs tracefs /sys/kernel/tracing`)";
    Condition::missing("tracepoints", "tracefs cannot be read", meaning)
}

fn ptrace(system: &System) -> Option<Condition> {
    let scope = system.number("proc/sys/kernel/yama/ptrace_scope")?;
    let found = format!("ptrace_scope {scope}");
    // 1 and 2 still let a process trace its own children, or root trace any; 3 is none until the next boot.
    if scope < 3 {
        return Condition::fine("ptrace", found);
    }
    Condition::missing("ptrace", found, "system calls cannot be counted without perf events")
}

fn hardware(system: &System) -> Option<Condition> {
    let devices = system.names("sys/bus/event_source/devices");
    if devices.is_empty() {
        return None;
    }
    let counts = |name: &str| matches!(name, "cpu" | "cpu_core" | "cpu_atom") || name.contains("pmuv3");
    if devices.iter().any(|name| name.to_str().is_some_and(counts)) {
        return Condition::fine("hardware counters", "present");
    }
    let meaning = "no cycles and instructions: the host does not pass the processor's counters on to this machine";
    Condition::missing("hardware counters", "absent", meaning)
}

fn uring(system: &System) -> Option<Condition> {
    let found = match system.number("proc/sys/kernel/io_uring_disabled")? {
        0 => return Condition::fine("io_uring", "on"),
        1 if rustix::process::geteuid().is_root() => return Condition::fine("io_uring", "on, for root"),
        disabled => format!("io_uring_disabled {disabled}"),
    };
    Condition::missing("io_uring", found, "the io_uring rows cannot run: `sysctl kernel.io_uring_disabled=0`")
}

/// A walker by descriptors keeps one open a level and thread.
fn descriptors(_: &System) -> Option<Condition> {
    match getrlimit(Resource::Nofile).maximum {
        Some(most) if most < 4096 => {
            let meaning = "walkers with many threads, or trees some thousand levels deep, may fail: `ulimit -Hn 65536`";
            Condition::missing("open files", format!("at most {most}"), meaning)
        }
        Some(most) => Condition::fine("open files", format!("at most {most}")),
        None => Condition::fine("open files", "any number"),
    }
}
