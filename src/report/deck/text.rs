//! The slides that are words: written once, with the record's own figures in them.

use super::super::collection::Collection;
use super::super::number::{count, ratio_interval};
use super::super::text::printable;
use super::super::{claim, document, grid};
use super::slide::{Fact, Slide};
use crate::list::{Projection, Want};
use crate::measure::Cache;
use crate::measure::condition::Verdict;
use crate::measure::record::{Record, ViewRecord};
use crate::strategy::Strategy;

/// As many as a slide has room for.
const MOST_COMMANDS: usize = 5;

/// More than anybody takes home.
const MOST_CLAIMS: usize = 9;

/// The deck's title.
pub(super) const TITLE: &str = "What does it cost to list a directory?";

pub(super) fn title(collection: &Collection) -> Slide {
    let mut slide = Slide::new("title", TITLE);
    slide.lead = collection.records.first().map(|named| document::subtitle(&named.record)).unwrap_or_default();
    slide.notes =
        "Every figure in this deck was measured by fsbench on the machine named here, and is drawn from a record that \
                   holds every sample. Press ? for the keys."
            .to_owned();
    slide
}

pub(super) fn question() -> Slide {
    let mut slide = Slide::new("question", "The question");
    slide.lead = "A program asks of each name: is it a directory? is it a file? Two system calls an entry, each with the whole path \
                  to resolve. The kernel had said it before, in the directory entry itself."
        .to_owned();
    slide.points = [
        "How often is the kernel asked about an entry: twice, once, not at all?",
        "How is the entry named: by its whole path, or relative to its directory?",
        "How much is read at once, in which order, by how many threads?",
        "And what does each of these bring here, on this kernel and this file system?",
    ]
    .map(str::to_owned)
    .into();
    slide.notes = "The question goes back to a 2013 talk on the cost of Python's file-system API: should one read the source of ls, \
                   too? Each factor is changed alone in what follows, so that its gain can be told from the others'."
        .to_owned();
    slide
}

pub(super) fn method(collection: &Collection) -> Slide {
    let mut slide = Slide::new("method", "How it was measured");
    let rounds = collection.records.iter().map(|named| named.record.rounds.count);
    let (fewest, most) = (rounds.clone().min().unwrap_or(0), rounds.max().unwrap_or(0));
    let rounds = if fewest == most { fewest.to_string() } else { format!("{fewest} to {most}") };
    slide.points = vec![
        format!(
            "The same work, proven: before anything is timed, a way must see what std::fs sees{}.",
            proof(collection)
        ),
        "Isolated: each way has a process of its own; the clock runs inside it, around the listing alone.".to_owned(),
        format!("Interleaved: {rounds} rounds, each in an order shuffled anew; ratios are taken within a round."),
        "Medians with 95 % bootstrap intervals. Outliers are flagged, never dropped; a row that holds 1 is a tie."
            .to_owned(),
        format!("The ruler is measured, too: the baseline against itself {}.", ruler(collection)),
    ];
    slide.notes = "Absolute times are information about this machine. What may be quoted are the ratios, with their intervals. A way that \
                   could not run here, or that saw something else, is a row with its reason, never a gap."
        .to_owned();
    slide
}

fn proof(collection: &Collection) -> String {
    let target = collection.records.first().and_then(|named| named.record.targets.first());
    let truth = target.and_then(|target| {
        let kinds =
            target.truths.iter().find(|truth| truth.want == Want::Kinds && truth.projection == Projection::Whole);
        kinds.map(|truth| (target.entries, truth.digest))
    });
    truth.map(|(entries, digest)| format!(" ({} entries, digest {digest})", count(entries))).unwrap_or_default()
}

fn ruler(collection: &Collection) -> String {
    let same = collection.records.iter().filter_map(|named| named.record.ruler.same);
    // The worst of them: the one furthest from 1.
    let worst = same.max_by(|a, b| (a.median - 1.0).abs().total_cmp(&(b.median - 1.0).abs()));
    match (worst, collection.records.len()) {
        (Some(worst), 1) => ratio_interval(&worst),
        (Some(worst), _) => format!("{} in the worst of the records", ratio_interval(&worst)),
        (None, _) => "was not".to_owned(),
    }
}

/// A slide, if anything must be said against comparing the records.
pub(super) fn objections(collection: &Collection) -> Option<Slide> {
    let objections = collection.objections();
    let mut slide = Slide::new("dense", "What is not compared here");
    slide.points = objections;
    slide.notes = "These records stand in the deck, but not beside the others.".to_owned();
    (!slide.points.is_empty()).then_some(slide)
}

/// What each step of a ladder says.
pub(super) fn steps(record: &Record, view: &ViewRecord) -> Vec<String> {
    let mut before: Option<Strategy> = None;
    let cases = view.rows.iter().filter_map(|row| Some((row, record.cases.get(row.case)?)));
    let steps = cases.map(|(row, case)| {
        let strategy = Strategy::by_name(&case.strategy);
        let change = grid::change(strategy, before, view.want);
        let figure = match (&row.ratio, case.measurement()) {
            (_, None) => grid::note(case, row, view.kind),
            (Some(gain), _) => format!("{} times as fast as the row above", ratio_interval(gain)),
            (None, _) => "this is where we start".to_owned(),
        };
        if case.measurement().is_some() {
            before = strategy;
        }
        printable(&format!("{change}: {figure}"))
    });
    steps.collect()
}

pub(super) fn conclusion(collection: &Collection) -> Slide {
    let mut slide = Slide::new("dense", "What to take home");
    let sound = collection.records.iter().filter(|named| !document::is_debug(&named.record));
    for (record, view) in sound.flat_map(|named| named.record.views.iter().map(move |view| (&named.record, view))) {
        let claim = claim::short(record, view);
        if slide.points.len() < MOST_CLAIMS && claim != view.title && !super::is_repeated(collection, view) {
            let system = record.targets.get(view.target).map_or("", |target| target.file_system.kind.as_str());
            let cold = record.cases.iter().any(|case| case.cache == Cache::Cold);
            let cache = if cold { "cold" } else { "warm" };
            slide.points.push(printable(&format!("{} ({system}, {cache}): {claim}.", view.title)));
        }
    }
    if slide.points.is_empty() {
        slide.lead = "Nothing here was measured well enough to be taken home.".to_owned();
    }
    slide.notes =
        "Trust the ratios, and measure again on your own machine: file systems and kernels differ.".to_owned();
    slide
}

/// Where each different machine is described.
pub(super) fn environment(collection: &Collection) -> Vec<Slide> {
    let mut slides: Vec<Slide> = Vec::new();
    let mut shown = Vec::new();
    for named in &collection.records {
        let environment = &named.record.environment;
        let machine = (&environment.kernel, &environment.cpu, environment.cores, environment.build);
        if shown.contains(&machine) {
            continue;
        }
        shown.push(machine);
        let mut slide = Slide::new("environment", "Where it was measured");
        let mut fact = |name: &str, text: String| {
            if !text.is_empty() {
                slide.facts.push(Fact { name: name.to_owned(), text: printable(&text) });
            }
        };
        fact("Kernel", environment.kernel.clone());
        fact("Processor", format!("{} x {}", environment.cores, environment.cpu));
        fact("Memory", environment.memory_bytes.map(super::super::number::bytes).unwrap_or_default());
        fact("Governor", environment.governor.clone().unwrap_or_default());
        for target in named.record.targets.iter().take(3) {
            let what = target.shape.clone().unwrap_or_else(|| format!("{} entries", count(target.entries)));
            fact("Tree", format!("{what}, on {} ({})", target.file_system.kind, target.file_system.options));
        }
        fact("Build", format!("fsbench {}; {}", named.record.fsbench, environment.peers.join(", ")));
        let disturbing = environment.conditions.iter().filter(|condition| condition.verdict == Verdict::Disturbs);
        let disturbing: Vec<String> =
            disturbing.map(|condition| format!("{} ({})", condition.name, condition.found)).collect();
        fact("Disturbing", disturbing.join(", "));
        slide.notes = named.record.advice.iter().map(|advice| printable(advice)).collect::<Vec<_>>().join("\n");
        slides.push(slide);
    }
    slides
}

pub(super) fn reproduce(collection: &Collection, made_by: &[String]) -> Slide {
    let mut commands: Vec<String> = Vec::new();
    for named in &collection.records {
        let command = document::shell(&named.record.command);
        if !commands.contains(&command) {
            commands.push(command);
        }
    }
    let more = commands.len().saturating_sub(MOST_COMMANDS);
    commands.truncate(MOST_COMMANDS);
    if more > 0 {
        commands.push(format!("# and {more} more: each record holds its own"));
    }
    commands.push(document::shell(made_by));
    let mut slide = Slide::new("dense", "How to reproduce it");
    slide.code = commands.join("\n");
    slide.lead = "The records hold every sample, the environment and the tree's digest.".to_owned();
    slide.notes =
        "The trees are functions of their shape, size and seed: the same anywhere, and proven by their digest."
            .to_owned();
    slide
}
