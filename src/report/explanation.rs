//! One page in plain words: what a tree or a command is, where the time goes, and what would help.

use super::html::Template;
use super::number::{bytes, count, counted, duration, significant};
use super::text::{escape_markdown, printable};
use super::{Unrenderable, json};
use crate::error::Escaped;
use crate::measure::explain::command::{Class, Sign, Spent};
use crate::measure::explain::diagnosis::{Cause, Parts, Reason, Warmth, warmth};
use crate::measure::explain::facts::TreeFacts;
use crate::measure::explain::remedy::{Remedy, baseline};
use crate::measure::explain::{Explanation, Subject};
use crate::strategy::Level;
use serde::Serialize;
use std::path::PathBuf;

/// How an explanation is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// Plain text, for a terminal
    Text,
    /// Markdown, for an issue
    Markdown,
    /// All that was found, times in nanoseconds
    Json,
    /// A page that needs nothing else
    Html,
}

const TEMPLATE: Template = Template {
    name: "explanation.html",
    text: include_str!("explanation.html"),
    style: "body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem } td:first-child { text-align: right; white-space: nowrap; padding-right: 1rem }",
    script: "",
};

/// What is told, in the order in which it is read.
#[derive(Debug, Serialize)]
struct Told {
    title: String,
    facts: Vec<String>,
    sections: Vec<Section>,
    notes: Vec<String>,
}

/// A heading and its lines, each with a figure.
#[derive(Debug, Serialize)]
struct Section {
    heading: String,
    lines: Vec<(String, String)>,
}

/// An explanation in that form, ending in a newline.
///
/// # Errors
/// When the page cannot be made.
pub fn explanation(explanation: &Explanation, form: Form) -> Result<String, Unrenderable> {
    let told = match &explanation.subject {
        Subject::Tree { root, level, facts, parts, causes, listing_ns } => {
            let root = Escaped(&PathBuf::from(root)).to_string();
            tree(&root, *level, facts, (parts, causes), *listing_ns, explanation)
        }
        Subject::Command { words, exit_status, user_ns, classes, signs, .. } => {
            let words: Vec<String> = words.iter().map(|word| Escaped(&PathBuf::from(word)).to_string()).collect();
            command(words.join(" "), *exit_status, *user_ns, classes, signs)
        }
    };
    Ok(match form {
        Form::Json => json(explanation),
        Form::Html => TEMPLATE.fill(&told)?,
        Form::Markdown => marked(&told),
        Form::Text => plain(&told),
    })
}

fn tree(
    root: &str,
    level: Level,
    facts: &TreeFacts,
    (parts, causes): (&Parts, &[Cause]),
    listing_ns: Option<f64>,
    explanation: &Explanation,
) -> Told {
    let mut told = Told { title: root.to_owned(), facts: about(facts), sections: Vec::new(), notes: Vec::new() };
    match causes {
        [] => told.facts.push("Nothing is wrong here.".to_owned()),
        causes => told.sections.push(Section {
            heading: "Why it is slow".to_owned(),
            lines: causes.iter().map(|cause| (percent(cause.share), why(cause.reason, facts))).collect(),
        }),
    }
    let warm = listing_ns.map(|ns| format!("; with all of it in memory, {} (measured)", duration(ns)));
    let lines = [
        (parts.fetch, "fetching what the kernel did not remember"),
        (parts.wait, "waiting for answers"),
        (parts.path, "finding entries by their whole paths"),
        (parts.work, "lookups, the processor's part"),
        (parts.read, "opening and reading directories"),
    ];
    let mut lines: Vec<(f64, &str)> = lines.into_iter().map(|(ns, what)| (ns / parts.total().max(1.0), what)).collect();
    lines.retain(|(share, _)| *share >= 0.01);
    lines.sort_by(|a, b| b.0.total_cmp(&a.0));
    told.sections.push(Section {
        heading: format!(
            "Where the time goes: looking every entry up ({}) would take {} as the caches were (predicted){}",
            baseline(level),
            duration(parts.total()),
            warm.unwrap_or_default()
        ),
        lines: lines.into_iter().map(|(share, what)| (percent(share), what.to_owned())).collect(),
    });
    if !explanation.remedies.is_empty() {
        let heading = match explanation.remedies.iter().any(|remedy| remedy.measured.is_some()) {
            true => "What would help, measured here where it does not say predicted",
            false => "What would help",
        };
        let lines = explanation.remedies.iter().map(remedy).collect();
        told.sections.push(Section { heading: heading.to_owned(), lines });
    }
    told.notes.extend(explanation.unmeasured.as_deref().map(printable));
    told
}

/// The facts about a tree.
fn about(facts: &TreeFacts) -> Vec<String> {
    let least = if facts.whole { "" } else { "at least " };
    let mut first = format!("{least}{}", counted(facts.entries, "entry", "entries"));
    if facts.directories > 0 {
        first += &format!(", {} below it", counted(facts.directories, "directory", "directories"));
    }
    first += &format!("; {}", printable(&facts.file_system));
    first += match facts.largest.indexed {
        Some(true) => ", indexed",
        Some(false) => ", not indexed",
        None => "",
    };
    if facts.lookups.is_some() {
        first += match warmth(facts) {
            Warmth::Warm => "; warm.",
            Warmth::Half => "; partly in memory.",
            Warmth::Cold => "; cold.",
        };
    }
    let mut all = vec![first];
    if let Some(path) = facts.largest.path.as_ref().filter(|_| facts.largest.size_bytes > 0) {
        all.push(format!(
            "The largest directory, {}, takes {} for {}.",
            Escaped(&PathBuf::from(path)),
            bytes(facts.largest.size_bytes),
            counted(facts.largest.entries, "entry", "entries")
        ));
    }
    if facts.unknown_types > 0 {
        let of = counted(facts.unknown_types, "entry", "entries");
        all.push(format!("Directories do not tell the types of {of}: each takes a lookup."));
    }
    if let Some(lookups) = &facts.lookups {
        all.push(format!(
            "A lookup takes {} (of {} tried), {} of it the processor's; by the full path, {}.",
            duration(lookups.again_ns),
            count(lookups.number),
            duration(lookups.processor_ns.min(lookups.again_ns)),
            duration(lookups.absolute_ns)
        ));
        if lookups.failed > 0 {
            all.push(format!("{} of these failed.", counted(lookups.failed, "lookup", "lookups")));
        }
    }
    if facts.unreadable > 0 {
        all.push(format!("{} could not be read.", counted(facts.unreadable, "directory", "directories")));
    }
    all
}

fn why(reason: Reason, facts: &TreeFacts) -> String {
    let lookups = facts.lookups.as_ref();
    let price = |of: fn(&crate::measure::explain::facts::Lookups) -> f64| duration(lookups.map_or(0.0, of));
    match reason {
        Reason::Emptied => format!(
            "a directory of {} holds {}: it once had many more, and is read whole",
            bytes(facts.largest.size_bytes),
            counted(facts.largest.entries, "entry", "entries")
        ),
        Reason::NoTypes => "d_type is unknown: to learn a type takes a lookup".to_owned(),
        Reason::LongPaths => {
            format!("paths of {} components and more, each resolved from the start", count(facts.depth as u64 + 1))
        }
        Reason::HashOrder => "inodes come from storage, and names are not in their order (hash order)".to_owned(),
        Reason::Cold => "cold cache: what is read comes from storage".to_owned(),
        Reason::Unindexed => format!(
            "a directory of {} without an index: what the kernel does not remember is searched from its start",
            bytes(facts.largest.size_bytes)
        ),
        Reason::Distance => {
            format!("distance: each lookup waits {} for an answer, one after the other", price(|l| l.again_ns))
        }
        Reason::Served => format!(
            "a program answers each lookup in {}, one after the other, and attributes don't come with the names",
            price(|lookups| lookups.again_ns)
        ),
    }
}

fn remedy(remedy: &Remedy) -> (String, String) {
    let how = match (&remedy.measured, &remedy.strategy) {
        (Some(gain), Some(strategy)) => {
            format!(" [{strategy}; {} to {}]", significant(gain.low), significant(gain.high))
        }
        (_, Some(strategy)) => format!(" [{strategy}; predicted]"),
        (_, None) => " [predicted]".to_owned(),
    };
    (format!("{}x", significant(remedy.gain)), format!("{}{how}", remedy.what))
}

fn command(words: String, exit_status: Option<i32>, user_ns: u64, classes: &[Spent], signs: &[Sign]) -> Told {
    let mut facts = vec![match exit_status {
        Some(0) => "It ran to its end, watched.".to_owned(),
        Some(status) => format!("It ended with status {status}."),
        None => "A signal ended it.".to_owned(),
    }];
    let known = classes.iter().filter_map(|spent| spent.ns).reduce(u64::saturating_add);
    let total = known.map(|ns| ns.saturating_add(user_ns) as f64);
    let mut notes = Vec::new();
    let share = |ns: f64| total.map_or("?".to_owned(), |total| percent(ns / total.max(1.0)));
    let mut lines: Vec<(f64, String, String)> = classes
        .iter()
        .map(|spent| {
            let ns = spent.ns.unwrap_or(0) as f64;
            let failed = match spent.errors {
                0 => String::new(),
                errors => format!(", {} of them in vain", count(errors)),
            };
            let what = format!("{}: {}{failed}", purpose(spent.class), counted(spent.count, "call", "calls"));
            (ns, share(ns), what)
        })
        .collect();
    if let Some(total) = total {
        lines.push((user_ns as f64, share(user_ns as f64), "in user mode, between calls".to_owned()));
        facts.push(format!("Calls and user mode take {}, all threads together.", duration(total)));
    } else {
        notes.push("Times of calls take kernel tracepoints: root (or CAP_PERFMON) and tracefs.".to_owned());
    }
    lines.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut sections = vec![Section {
        heading: "Where the time goes".to_owned(),
        lines: lines.into_iter().map(|(_, share, what)| (share, what)).collect(),
    }];
    let gain = |class| {
        let ns = classes.iter().find(|spent| spent.class == class).and_then(|spent| spent.ns);
        let gain = total.zip(ns).map(|(total, ns)| total / (total - ns as f64).max(1.0));
        gain.map_or("-".to_owned(), |gain| format!("{}x", significant(gain)))
    };
    let helps: Vec<(String, String)> = signs
        .iter()
        .map(|sign| match sign {
            Sign::AttributesInVain => (
                gain(Class::Attributes),
                "without the extended attributes (ACLs, labels) that nearly no entry has [predicted]".to_owned(),
            ),
            Sign::LookupsInVain => {
                (gain(Class::Lookups), "without looking for what is not there [predicted]".to_owned())
            }
            Sign::Contention => {
                ("-".to_owned(), "threads wait for each other most of the time: try fewer of them".to_owned())
            }
        })
        .collect();
    match helps.is_empty() {
        true => facts.push("Nothing is wrong with its calls.".to_owned()),
        false => sections.push(Section { heading: "What would help".to_owned(), lines: helps }),
    }
    Told { title: words, facts, sections, notes }
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

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn plain(told: &Told) -> String {
    let mut text = format!("{}: {}\n", told.title, told.facts.first().map_or("", String::as_str));
    told.facts.iter().skip(1).for_each(|fact| text += &format!("{fact}\n"));
    for section in &told.sections {
        text += &format!("\n{}:\n", section.heading);
        let width = section.lines.iter().map(|(figure, _)| figure.chars().count()).max().unwrap_or(0);
        section.lines.iter().for_each(|(figure, what)| text += &format!("  {figure:>width$}  {what}\n"));
    }
    told.notes.iter().for_each(|note| text += &format!("\n{note}\n"));
    text
}

fn marked(told: &Told) -> String {
    // A name may hold what Markdown acts on: in code it does not.
    let code = |name: &str| format!("`{}`", name.replace('`', "'"));
    let mut text = format!("## {}\n\n", code(&told.title));
    told.facts.iter().for_each(|fact| text += &format!("{}\n", escape_markdown(fact)));
    for section in &told.sections {
        text += &format!("\n### {}\n\n| | |\n|--:|---|\n", escape_markdown(&section.heading));
        section.lines.iter().for_each(|(figure, what)| text += &format!("| {figure} | {} |\n", escape_markdown(what)));
    }
    told.notes.iter().for_each(|note| text += &format!("\n{}\n", escape_markdown(note)));
    text
}
