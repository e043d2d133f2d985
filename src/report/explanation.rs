//! One page in plain words: what a tree or a command is, where the time goes, and what would help.

mod command;
mod processor;

use super::html::Template;
use super::number::{bytes, count, counted, duration, significant};
use super::text::{escape_markdown, printable};
use super::{Unrenderable, json};
use crate::error::Escaped;
use crate::measure::explain::diagnosis::{Cause, MOST_GAIN, Parts, Reason, Warmth, warmth};
use crate::measure::explain::facts::TreeFacts;
use crate::measure::explain::lookups::Lookups;
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
        Subject::Command { .. } => command::command(explanation),
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
    told.sections.extend(facts.profile.as_ref().and_then(processor::section));
    told.notes.extend(processor::note(facts.profile.as_ref(), facts.unprofiled.as_deref()));
    told.sections.extend(what_helps(&explanation.remedies));
    told.notes.extend(explanation.unmeasured.as_deref().map(printable));
    told
}

/// The remedies; `None` if there is none.
fn what_helps(remedies: &[Remedy]) -> Option<Section> {
    let heading = match remedies.iter().any(|remedy| remedy.measured.is_some()) {
        true => "What would help, measured here where it does not say predicted",
        false => "What would help",
    };
    let lines = remedies.iter().map(remedy).collect();
    (!remedies.is_empty()).then_some(Section { heading: heading.to_owned(), lines })
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
            count(lookups.again_number),
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
    let price = |of: fn(&Lookups) -> f64| duration(lookups.map_or(0.0, of));
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
            "a directory of {} without an index: a name that is not there is searched for in all of it, which takes {}; one that \
             is there, from where the last one was found",
            bytes(facts.largest.size_bytes),
            duration(facts.largest.miss_ns)
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
    match remedy.gain {
        Some(gain) => {
            let is_bound = gain >= MOST_GAIN && remedy.measured.is_none();
            let (more, gain) = if is_bound { (">", MOST_GAIN) } else { ("", gain) };
            (format!("{more}{}x", significant(gain)), format!("{}{how}", remedy.what))
        }
        None => ("?".to_owned(), format!("{} [how much that helps is not known]", remedy.what)),
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
