//! The lines under the tables: what was listed, where, in which rounds, how exact the harness is, what to beware of.

use super::number::{DERIVED, bytes, counted, counted_kind, duration, significant};
use super::slug::distinct;
use super::tables;
use super::text::printable;
use crate::error::Escaped;
use crate::list::{Kind, Parallel};
use crate::measure::condition::Verdict;
use crate::measure::environment::{Build, Environment};
use crate::measure::mark::Mark;
use crate::measure::plan::Twin;
use crate::measure::record::{Calls, CaseRecord, Record, Rounds, TargetRecord, ViewRecord};
use crate::measure::schedule::{Ended, TIGHT};
use crate::measure::{Cache, Shown, ViewKind};
use std::path::PathBuf;

/// The lines, without newlines.
pub(super) fn lines(record: &Record) -> Vec<String> {
    let mut lines: Vec<String> = record.targets.iter().map(|target| tree(record, target)).collect();
    let several = record.views.iter().filter(|view| view.floor.is_some()).count() > 1;
    lines.extend(record.views.iter().filter_map(|view| {
        let of = if several { format!(" of “{}”", view.title) } else { String::new() };
        Some(format!("Floor{of}: {}.", floor(record, view)?))
    }));
    lines.push(machine(&record.environment));
    lines.push(disturbances(&record.environment));
    lines.push(rounds(record));
    lines.push(caches(record));
    lines.push(ruler(record));
    lines.push(calls(record));
    lines.push(legend(record));
    let derived = record.views.iter().filter_map(|view| derived(view.kind, &record.shown(view)));
    lines.extend(distinct(derived).iter().map(|derived| format!("{derived}.")));
    lines.retain(|line| !line.is_empty());
    // A strategy's name or a shape may be anything: records come from files.
    lines.iter().map(|line| printable(line)).collect()
}

/// What the reader must know before believing the tables, each in a line.
pub(super) fn advice(record: &Record) -> Vec<String> {
    record.advice.iter().map(|advice| printable(&format!("Note: {advice}"))).collect()
}

/// Where these views' figures come from, in as few words as a screen has room for.
pub(super) fn short(record: &Record, views: &[&ViewRecord]) -> Vec<String> {
    let trees = distinct(views.iter().map(|view| tree_in_short(record, view)));
    let systems = views.iter().filter_map(|view| Some(record.targets.get(view.target)?.file_system.kind.clone()));
    let cold = if is_cold(record) { "cold" } else { "warm" };
    let Rounds { count, seconds, .. } = record.rounds;
    let is_table = views.iter().any(|view| view.kind == ViewKind::Table);
    let ratio = if is_table { " Ratio below 1: faster than the baseline." } else { "" };
    let mut lines = vec![format!(
        "{}; {}, {cold}; {} in {} s; {}.{ratio}",
        trees.join("; "),
        distinct(systems).join(", "),
        counted(count as u64, "round", "rounds"),
        significant(seconds),
        machine_in_short(record),
    )];
    let is_derived = views.iter().any(|view| record.shown(view).iter().any(Shown::is_derived));
    lines.extend(
        is_derived.then(|| format!("{DERIVED}: made of the ratio, since the machine's speed drifted between rounds.")),
    );
    lines.iter().map(|line| printable(line)).collect()
}

/// Where a view's figures come from, in one line: for a chart that is used alone.
pub(super) fn source(record: &Record, view: &ViewRecord) -> String {
    let system = record.targets.get(view.target).map(|target| target.file_system.kind.clone());
    let cold = is_cold(record);
    let caches = if cold { "cold caches" } else { "warm caches" };
    let system = system.map(|system| format!(", on {system}")).unwrap_or_default();
    printable(&format!(
        "{}{system}; {}; {caches}, {}.",
        tree_in_short(record, view),
        machine_in_short(record),
        run_in_short(record)
    ))
}

/// The same for a slide, whose last row reads only what is large: tree, file system, caches, rounds.
pub(super) fn brief(record: &Record, view: &ViewRecord) -> String {
    let warning = match record.environment.build {
        Build::Debug => "DEBUG BUILD, times mean nothing · ",
        Build::Release => "",
    };
    let system = system(record, view);
    let cache = if is_cold(record) { "cold" } else { "warm" };
    let rounds = counted(record.rounds.count as u64, "round", "rounds");
    let tree = tree_in_short(record, view);
    let tree = tree.split(", seed ").next().unwrap_or_default();
    printable(&format!("{warning}{tree} · {system}, {cache} · {rounds}"))
}

/// The file system of a view's tree: `ext4`.
pub(super) fn system(record: &Record, view: &ViewRecord) -> String {
    let system = record.targets.get(view.target).map(|target| match target.file_system.kind.as_str() {
        // Any program may stand behind this one: it says its name as the source.
        "fuse" => format!("fuse ({})", PathBuf::from(&target.file_system.source).display()),
        kind => kind.to_owned(),
    });
    printable(&system.unwrap_or_default())
}

/// The same of several records: what they have in common once, and what differs by name.
pub(super) fn sources<'a>(views: impl Iterator<Item = (&'a str, &'a Record, &'a ViewRecord)> + Clone) -> String {
    let trees = distinct(views.clone().map(|(_, record, view)| tree_in_short(record, view)));
    let rounds = views.clone().map(|(_, record, _)| record.rounds.count);
    let (fewest, most) = (rounds.clone().min().unwrap_or(0), rounds.max().unwrap_or(0));
    let rounds = if fewest == most { fewest.to_string() } else { format!("{fewest} to {most}") };
    let word = if most == 1 { "round" } else { "rounds" };
    let machine = |record| format!("{}, {}", machine_in_short(record), version_and_day(record));
    let machines = distinct(views.clone().map(|(_, record, _)| machine(record)));
    let named = machines.iter().map(|one| {
        let labels = views.clone().filter(|(_, record, _)| machine(record) == *one).map(|(label, ..)| label);
        if machines.len() == 1 { one.clone() } else { format!("{}: {one}", labels.collect::<Vec<_>>().join(", ")) }
    });
    printable(&format!("{}; {rounds} {word}; {}.", trees.join(" or "), named.collect::<Vec<_>>().join(". ")))
}

fn is_cold(record: &Record) -> bool {
    record.cases.iter().any(|case| case.cache == Cache::Cold)
}

fn tree_in_short(record: &Record, view: &ViewRecord) -> String {
    let target = record.targets.get(view.target);
    let shape =
        |target: &TargetRecord| target.shape.clone().unwrap_or_else(|| counted(target.entries, "entry", "entries"));
    target.map(shape).unwrap_or_default()
}

fn machine_in_short(record: &Record) -> String {
    let environment = &record.environment;
    format!("{} x {}, {}", environment.cores, environment.cpu, environment.kernel)
}

fn run_in_short(record: &Record) -> String {
    format!("{}, {}", counted(record.rounds.count as u64, "round", "rounds"), version_and_day(record))
}

fn version_and_day(record: &Record) -> String {
    format!("fsbench {}, {}", record.fsbench, record.started.strftime("%Y-%m-%d"))
}

fn tree(record: &Record, target: &TargetRecord) -> String {
    let root = PathBuf::from(&target.root);
    let what = target.shape.as_deref().map(|shape| format!(" ({shape})")).unwrap_or_default();
    let wants: Vec<_> = record.views.iter().map(|view| view.want).collect();
    let whole = |want| {
        target.truths.iter().find(move |truth| truth.want == want && truth.projection == crate::list::Projection::Whole)
    };
    let mut digests: Vec<String> = Vec::new();
    for truth in wants.into_iter().filter_map(whole) {
        let digest = format!("{} {}", truth.want, truth.digest);
        if !digests.contains(&digest) {
            digests.push(digest);
        }
    }
    let source = PathBuf::from(&target.file_system.source);
    format!(
        "Tree: {}{what}: {}, {}, digest of {}; on {} ({}).",
        Escaped(&root),
        counted(target.entries, "entry", "entries"),
        counted_kind(target.directories, Kind::Directory),
        digests.join(", of "),
        printable(&target.file_system.kind),
        Escaped(&source),
    )
}

/// The floor of a table, the time that the kernel alone takes, and how near the fastest row comes to it.
pub(super) fn floor(record: &Record, view: &ViewRecord) -> Option<String> {
    let rows = record.shown(view);
    let base = rows.iter().find(|shown| Some(shown.row.case) == view.floor)?;
    let whole = base.row.floor_ns?;
    let fastest = rows.iter().find(|shown| shown.row.marks.contains(&Mark::First));
    let fastest = fastest.and_then(|shown| {
        let (name, over, own) = (tables::name(shown.case), shown.over_floor()?, shown.row.floor_ns?);
        let cores = (whole / own).round();
        let share = if cores > 1.0 { format!(" of {} over {cores} cores", duration(own)) } else { String::new() };
        Some(format!("; {name} takes {over:.2} times its floor{share}"))
    });
    let (base, whole) = (tables::name(base.case), duration(whole));
    Some(format!(
        "{whole}, the CPU time of {base} less that of null for as many entries, shared by threads{}{}",
        fastest.unwrap_or_default(),
        floor_below(&rows).unwrap_or_default(),
    ))
}

/// What is left where no call is made for the answers: the floor of the answers themselves.
fn floor_below(rows: &[Shown<'_>]) -> Option<String> {
    let is_serial = |shown: &&Shown<'_>| shown.case.factors.is_some_and(|factors| factors.parallel == Parallel::Serial);
    let below = rows.iter().filter(|shown| shown.is_below_system_calls()).find(is_serial)?;
    let processor_ns = below.case.measurement()?.processor_ns()?;
    let (name, time) = (tables::name(below.case), duration(processor_ns));
    Some(format!("; {name}, which asks the file system nothing, takes {time} of CPU time: the rest is the interface"))
}

/// Explains the sign before times that are computed from a ratio; `None` if no row has such a time.
pub(super) fn derived(kind: ViewKind, rows: &[Shown<'_>]) -> Option<String> {
    let made_of = match kind {
        ViewKind::Table => "the baseline's median × the ratio",
        ViewKind::Past => "the median of what it is held against × the ratio",
        ViewKind::Ladder => "the time of the first row, or of the row above, over the gain",
        ViewKind::Builds => "the other build's median × the ratio",
    };
    let is_any = rows.iter().any(Shown::is_derived);
    is_any.then(|| format!("{DERIVED}: {made_of}, since the machine's speed drifted between rounds"))
}

pub(super) fn machine(environment: &Environment) -> String {
    let memory = environment.memory_bytes.map(|memory| format!(", {}", bytes(memory))).unwrap_or_default();
    let governor = environment.governor.as_deref().map(|governor| format!(", governor {governor}")).unwrap_or_default();
    let load = environment.load_1min.as_deref().map(|load| format!(", load {load}")).unwrap_or_default();
    let text = format!(
        "Machine: {} x {}{memory}{governor}{load}; {}.",
        environment.cores, environment.cpu, environment.kernel
    );
    printable(&text)
}

/// In few words: `fsbench env` has the rest. A debug build has a note of its own.
fn disturbances(environment: &Environment) -> String {
    let disturbing = environment.conditions.iter().filter(|condition| condition.verdict == Verdict::Disturbs);
    let found: Vec<String> = disturbing
        .filter(|condition| condition.name != "build")
        .map(|condition| format!("{} ({})", condition.name, condition.found))
        .collect();
    if found.is_empty() {
        return String::new();
    }
    printable(&format!("Disturbing: {}; see `fsbench env`.", found.join(", ")))
}

fn rounds(record: &Record) -> String {
    let why = match record.rounds.ended {
        Ended::Tight => format!("every ratio is known to ± {:.0} %", TIGHT * 100.0),
        Ended::TimeLimit => "the time was up (--time-limit)".to_owned(),
        Ended::Asked => "as many as were asked for".to_owned(),
        Ended::Interrupted => "a signal came".to_owned(),
    };
    let Rounds { count, seconds, timed_seconds, .. } = record.rounds;
    let timed = timed_seconds.map(|timed| format!(", {:.0} % of it timed listings", timed / seconds * 100.0));
    format!(
        "Rounds: {count} in {} s{}, each case once a round in shuffled order (seed {}); ended because {why}.",
        significant(seconds),
        timed.unwrap_or_default(),
        record.seed,
    )
}

fn caches(record: &Record) -> String {
    if !is_cold(record) {
        return String::new();
    }
    "Caches: cold. The kernel's were dropped before every sample of every case, and each sample lists once; a row is warm \
     where a sample read nothing from storage. The disk's own cache, and a host's, are not dropped; a command's own program \
     is read from storage too."
        .to_owned()
}

fn ruler(record: &Record) -> String {
    let same = record.ruler.same.map(|same| {
        let first = record.cases.get(record.ruler.cases.first).map_or("", |case| case.strategy.as_str());
        format!("{first} against itself {:.3} [{:.3}, {:.3}]", same.median, same.low, same.high)
    });
    let null = record.ruler.null_ns_per_entry.map(|null| format!("null {} ns an entry", significant(null)));
    let clock = Some(format!("clock {:.0} ns", record.ruler.clock_ns));
    format!("Ruler: {}.", [same, null, clock].into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// How system calls were counted, and why not.
fn calls(record: &Record) -> String {
    let counted = record.cases.iter().filter_map(|case| Some((case, &case.measurement()?.calls)));
    let mut ways: Vec<(String, Vec<&str>)> = Vec::new();
    for (case, calls) in counted.filter(|(case, _)| case.twin == Twin::First) {
        let how = match calls {
            Calls::Counted { trace, fallback: None } => format!("through {}", trace.way),
            Calls::Counted { trace, fallback: Some(why) } => format!("by {}, because {}", trace.way, printable(why)),
            Calls::Uncounted(why) => format!("not counted: {}", printable(why)),
        };
        match ways.iter_mut().find(|(known, _)| *known == how) {
            Some((_, cases)) => cases.push(&case.strategy),
            None => ways.push((how, vec![&case.strategy])),
        }
    }
    // Only rows that were counted in another way than most are named.
    ways.sort_by_key(|(_, cases)| std::cmp::Reverse(cases.len()));
    let Some(((usual, _), others)) = ways.split_first() else { return String::new() };
    let others = others.iter().map(|(how, cases)| format!("; {} {how}", cases.join(", ")));
    let ways = others.fold(usual.clone(), |ways, other| ways + &other);
    format!("Calls: those of one listing that is not timed, {ways}.")
}

fn legend(record: &Record) -> String {
    let mut parts = vec!["Times are medians with 95 % bootstrap intervals"];
    if record.views.iter().any(|view| view.kind == ViewKind::Table) {
        parts.push("ratios are to the baseline, paired by round: below 1 is faster");
        parts.push(
            "CPU time is that in user and kernel mode together; In kernel, the kernel's part of it, is shown where \
             samples are long enough for clock ticks to tell",
        );
    }
    if record.views.iter().any(|view| view.kind == ViewKind::Ladder) {
        parts.push("gains are over the row before, paired by round: above 1 is faster");
    }
    if record.views.iter().any(|view| matches!(view.kind, ViewKind::Builds | ViewKind::Past)) {
        parts.push(
            "slower and faster are said where all rows of a table together are right 95 times of 100, which takes wider \
             intervals than those shown",
        );
    }
    if record.views.iter().any(|view| view.kind == ViewKind::Past) {
        parts.push("times of two sessions do not divide: only ratios are compared between them");
    }
    if record.cases.iter().any(CaseRecord::is_limited_by_calls) {
        parts.push(
            "the calls are the limit where the kernel's part of a process's CPU time is 90 % or more: only fewer calls would \
             make it faster",
        );
    }
    let has_no_peak = |case: &CaseRecord| case.measurement().is_some_and(|measured| measured.peak_bytes.is_none());
    if record.cases.iter().any(|case| case.command.is_some() && has_no_peak(case)) {
        parts.push(
            "a process's peak memory is known only where it exceeds that of the worker which started it: the kernel's \
             figure begins with the worker's",
        );
    }
    if record.cases.iter().any(|case| case.command.is_some()) {
        parts.push("CPU s/million are the seconds of CPU time that a million entries take");
        parts.push(
            if record.cases.iter().any(|case| case.command.as_ref().is_some_and(|command| command.shows_output)) {
                "whole processes are measured from their start to their end: another quantity than the times within a process"
            } else {
                "whole processes are measured from their start to their end, output to /dev/null: another quantity than \
                 the times within a process"
            },
        );
    }
    format!("{}.", parts.join("; "))
}
