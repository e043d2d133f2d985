//! A command's page: its calls by what they are for, where processors' time goes, what stands out.

use super::super::number::{count, counted, duration};
use super::super::text::printable;
use super::{Section, Told, percent, processor, what_helps};
use crate::error::Escaped;
use crate::measure::explain::command::{Class, Sign};
use crate::measure::explain::{Explanation, Subject};
use std::path::PathBuf;

/// Of a command that was watched.
pub(super) fn command(explanation: &Explanation) -> Told {
    let Subject::Command { words, exit_status, times, profile, unprofiled, classes, signs, .. } = &explanation.subject
    else {
        unreachable!("a tree has a page of its own");
    };
    let words: Vec<String> = words.iter().map(|word| Escaped(&PathBuf::from(word)).to_string()).collect();
    let mut facts = vec![match exit_status {
        Some(0) => format!("It ran to its end, watched, in {}.", duration(times.wall_ns as f64)),
        Some(status) => format!("It ended with status {status}."),
        None => "A signal ended it.".to_owned(),
    }];
    let known = classes.iter().filter_map(|spent| spent.ns).reduce(u64::saturating_add);
    let total = known.map(|ns| ns.saturating_add(times.user_ns) as f64);
    let mut notes = Vec::new();
    let share = |ns: f64| total.map_or("?".to_owned(), |total| percent(ns / total.max(1.0)));
    let mut lines: Vec<(f64, String, String)> = Vec::new();
    for spent in classes {
        let ns = spent.ns.unwrap_or(0) as f64;
        let failed = match spent.errors {
            0 => String::new(),
            errors => format!(", {} of them in vain", count(errors)),
        };
        let what = format!("{}: {}{failed}", purpose(spent.class), counted(spent.count, "call", "calls"));
        lines.push((ns, share(ns), what));
    }
    if let Some(total) = total {
        let user_ns = times.user_ns as f64;
        lines.push((user_ns, share(user_ns), "in user mode, between calls".to_owned()));
        facts.push(format!("Calls and user mode take {}, all threads together.", duration(total)));
    } else {
        notes.push("Times of calls take kernel tracepoints: root (or CAP_PERFMON) and tracefs.".to_owned());
    }
    lines.sort_by(|a, b| b.0.total_cmp(&a.0));
    facts.extend(signs.iter().map(|sign| why(*sign).to_owned()));
    if signs.is_empty() {
        facts.push("Nothing is wrong with its calls.".to_owned());
    }
    let mut sections = vec![Section {
        heading: "Where the time goes".to_owned(),
        lines: lines.into_iter().map(|(_, share, what)| (share, what)).collect(),
    }];
    sections.extend(profile.as_ref().and_then(processor::section));
    sections.extend(what_helps(&explanation.remedies));
    notes.extend(processor::note(profile.as_ref(), unprofiled.as_deref()));
    notes.extend(explanation.unmeasured.as_deref().map(printable));
    Told { title: words.join(" "), facts, sections, notes }
}

fn why(sign: Sign) -> &'static str {
    match sign {
        Sign::AttributesInVain => "It asks for extended attributes that nearly no entry has.",
        Sign::LookupsInVain => "Most of its lookups find nothing.",
        Sign::Contention => "Its threads wait for each other most of the time.",
    }
}

fn purpose(class: Class) -> &'static str {
    match class {
        Class::Lookups => "lookups (stat and its kin)",
        Class::Attributes => "extended attributes",
        Class::Directories => "reading names",
        Class::Opening => "opening and closing",
        Class::Waiting => "waiting for threads and processes",
        Class::Writing => "writing",
        Class::Others => "other calls",
    }
}
