//! Conditions that make figures differ from those of a quiet machine, or from run to run.

use super::{Check, Condition};
use crate::measure::file_system::FileSystem;
use crate::measure::system::System;

pub(super) const CHECKS: &[Check] = &[
    build,
    load,
    quota,
    governor,
    turbo,
    power,
    smt,
    virtual_machine,
    clock,
    memory,
    swap,
    tracer,
    kernel_tracing,
    seccomp,
];

fn build(_: &System) -> Option<Condition> {
    if cfg!(debug_assertions) {
        let meaning = "times mean nothing without optimisation: build with --release";
        return Condition::disturbs("build", "debug", meaning);
    }
    Condition::fine("build", "release")
}

/// A load below this is the benchmark's own shell and the machine's housekeeping.
const LOAD_LEAST: f64 = 0.3;

fn load(system: &System) -> Option<Condition> {
    let text = system.read("proc/loadavg")?;
    let over_a_minute = text.split(' ').next()?;
    if over_a_minute.parse::<f64>().ok()? < LOAD_LEAST {
        return Condition::fine("load", over_a_minute);
    }
    let meaning = "something else ran within the last minute: it takes cores and caches; close it, or wait";
    Condition::disturbs("load", over_a_minute, meaning)
}

/// cgroup v2's `cpu.max`, of this group or the nearest above that sets one: `QUOTA PERIOD`, or `max PERIOD`.
fn quota(system: &System) -> Option<Condition> {
    let groups = system.read("proc/self/cgroup")?;
    let mut group = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    loop {
        let limit = system.read(&format!("sys/fs/cgroup/{group}/cpu.max"));
        if let Some(limit) = limit.filter(|limit| !limit.starts_with("max")) {
            let meaning = "a container's limit: whoever uses up a period's share waits for the next, so many threads \
                           look slower than they are; raise it (docker run --cpus)";
            return Condition::disturbs("CPU quota", format!("{limit} µs"), meaning);
        }
        match group.rsplit_once('/') {
            Some((above, _)) => group = above,
            None if group.is_empty() => return Condition::fine("CPU quota", "none"),
            None => group = "",
        }
    }
}

fn governor(system: &System) -> Option<Condition> {
    let governor = system.read("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")?;
    if governor == "performance" {
        return Condition::fine("governor", governor);
    }
    let meaning = "the clock speed follows the load, so short work is slower than long: \
                   `cpupower frequency-set -g performance`";
    Condition::disturbs("governor", governor, meaning)
}

/// Intel's driver has its own switch, the other way round.
fn turbo(system: &System) -> Option<Condition> {
    let intel = system.number("sys/devices/system/cpu/intel_pstate/no_turbo").map(|off| off == 0);
    let on = intel.or_else(|| system.number("sys/devices/system/cpu/cpufreq/boost").map(|on| on != 0))?;
    if !on {
        return Condition::fine("turbo", "off");
    }
    let meaning = "the clock speed depends on heat and on how many cores are busy: absolute times drift, and one thread \
                   looks better than it scales";
    Condition::disturbs("turbo", "on", meaning)
}

fn power(system: &System) -> Option<Condition> {
    let supplies = system.names("sys/class/power_supply");
    let of = |name: &std::ffi::OsStr, file: &str| {
        system.read(&format!("sys/class/power_supply/{}/{file}", name.to_string_lossy()))
    };
    let mains: Vec<_> = supplies.iter().filter(|name| of(name, "type").as_deref() == Some("Mains")).collect();
    if mains.is_empty() {
        return None;
    }
    if mains.iter().any(|name| of(name, "online").as_deref() == Some("1")) {
        return Condition::fine("power", "mains");
    }
    Condition::disturbs("power", "battery", "a laptop on battery lowers its clock speed: plug it in")
}

fn smt(system: &System) -> Option<Condition> {
    if system.number("sys/devices/system/cpu/smt/active")? == 0 {
        return Condition::fine("SMT", "off");
    }
    let meaning = "two threads may share one core: with more threads than half the CPUs, their times say less";
    Condition::disturbs("SMT", "on", meaning)
}

fn virtual_machine(system: &System) -> Option<Condition> {
    let flags = system.field("proc/cpuinfo", "flags")?;
    if !flags.split(' ').any(|flag| flag == "hypervisor") {
        return Condition::fine("virtual machine", "no");
    }
    let stolen = stolen_percent(system).map_or(String::new(), |percent| format!(", {percent:.1} % stolen since boot"));
    let meaning = "neighbours on the same host take time and caches, and system calls may cost more than on hardware: \
                   trust ratios, not times";
    Condition::disturbs("virtual machine", format!("yes{stolen}"), meaning)
}

/// The eighth number of /proc/stat's first line (proc_stat(5)), of the busy ones: idle and waiting are not counted.
fn stolen_percent(system: &System) -> Option<f64> {
    let text = system.read("proc/stat")?;
    let numbers: Vec<f64> =
        text.lines().next()?.split_whitespace().skip(1).filter_map(|number| number.parse().ok()).collect();
    let [user, nice, sys, _idle, _wait, irq, soft, steal, ..] = numbers[..] else { return None };
    let busy = user + nice + sys + irq + soft + steal;
    (busy > 0.0).then(|| steal / busy * 100.0)
}

fn clock(system: &System) -> Option<Condition> {
    let source = system.read("sys/devices/system/clocksource/clocksource0/current_clocksource")?;
    if !matches!(source.as_str(), "hpet" | "acpi_pm" | "jiffies" | "refined-jiffies") {
        return Condition::fine("clock", source);
    }
    let meaning = "reading it costs a microsecond and a system call; the kernel distrusts this processor's own clock";
    Condition::disturbs("clock", source, meaning)
}

/// The amount in a line of /proc/meminfo, in KiB.
fn memory_kib(system: &System, key: &str) -> Option<u64> {
    system.field("proc/meminfo", key)?.strip_suffix("kB")?.trim().parse().ok()
}

fn memory(system: &System) -> Option<Condition> {
    let (available, total) = (memory_kib(system, "MemAvailable")?, memory_kib(system, "MemTotal")?);
    let found = format!("{} of {} MiB available", available / 1024, total / 1024);
    if available * 10 >= total {
        return Condition::fine("memory", found);
    }
    let meaning = "the kernel drops directories and inodes from its caches to make room, so that warm is not warm";
    Condition::disturbs("memory", found, meaning)
}

fn swap(system: &System) -> Option<Condition> {
    let (total, free) = (memory_kib(system, "SwapTotal")?, memory_kib(system, "SwapFree")?);
    let used = total.saturating_sub(free);
    if used == 0 {
        return Condition::fine("swap", if total == 0 { "none" } else { "unused" });
    }
    let meaning = "memory was short and may be again: a page that comes back from the disk costs milliseconds";
    Condition::disturbs("swap", format!("{} MiB used", used / 1024), meaning)
}

fn tracer(system: &System) -> Option<Condition> {
    let tracer = system.field("proc/self/status", "TracerPid")?;
    if tracer == "0" {
        return Condition::fine("tracer", "none");
    }
    let meaning = "fsbench runs under a debugger or strace, which can make a system call hundreds of times slower";
    Condition::disturbs("tracer", format!("process {tracer}"), meaning)
}

/// tracefs is where debugfs used to have it on older systems, and root's on all.
fn kernel_tracing(system: &System) -> Option<Condition> {
    let folder = ["sys/kernel/tracing", "sys/kernel/debug/tracing"]
        .into_iter()
        .find(|folder| system.read(&format!("{folder}/current_tracer")).is_some())?;
    let tracer = system.read(&format!("{folder}/current_tracer"))?;
    let events = system.read(&format!("{folder}/set_event")).filter(|events| !events.is_empty());
    match (tracer.as_str(), events) {
        ("nop", None) => Condition::fine("kernel tracing", "off"),
        ("nop", Some(events)) => {
            let found = format!("{} events on", events.lines().count());
            Condition::disturbs("kernel tracing", found, "every traced call is written down, by somebody else's leave")
        }
        (other, _) => {
            Condition::disturbs("kernel tracing", other, "the kernel writes down what it calls: all is slower")
        }
    }
}

fn seccomp(system: &System) -> Option<Condition> {
    if system.field("proc/self/status", "Seccomp")? == "0" {
        return Condition::fine("seccomp", "off");
    }
    let meaning = "a container's filter runs before each system call and may refuse some (io_uring, perf, ptrace): \
                   strategies of many calls look worse than outside";
    Condition::disturbs("seccomp", "on", meaning)
}

/// See [`super::of_file_system`].
pub(super) fn file_system(file_system: &FileSystem) -> Condition {
    let kind = file_system.kind.as_str();
    let meaning = match kind {
        "overlay" | "aufs" => {
            "merges layers: a directory is read twice and remembered, which no disk's own file system does; measure on a \
             volume"
        }
        "nfs" | "nfs4" | "cifs" | "smb3" | "9p" | "virtiofs" | "ceph" | "afs" | "lustre" => {
            "a network or a host answers: latency decides, other clients disturb, and dropping caches here does not drop \
             the server's"
        }
        "tmpfs" | "ramfs" => "lives in memory: it is never cold",
        _ if kind.starts_with("fuse") => "a process answers for it: its threads and its caches are measured too",
        _ => "",
    };
    let verdict = if meaning.is_empty() { super::Verdict::Fine } else { super::Verdict::Disturbs };
    let found = format!("{kind} ({})", file_system.options);
    Condition { name: "file system".to_owned(), verdict, found, meaning: meaning.to_owned() }
}
