//! Texts of the deck: title, question, method, summary, speaker's notes. They are written here, the figures are the
//! records'.

use super::super::chart::{self, Chart};
use super::super::collection::{Collection, Named};
use super::super::criterion::{self, Explanation};
use super::super::document;
use super::super::number::{bytes, counted, ratio_interval};
use super::super::slug::distinct;
use super::super::tables;
use super::super::text::printable;
use super::slide::{Fact, Slide};
use crate::bench::Saved;
use crate::list::{Factors, Projection, Want};
use crate::measure::ViewKind;
use crate::measure::condition::Verdict;
use crate::measure::record::{Record, TargetRecord, ViewRecord};
use std::path::PathBuf;

/// Most lines that a slide has room for.
const MOST_COMMANDS: usize = 5;

/// Most sentences on the summary slide.
const MOST_CLAIMS: usize = 11;

/// Most lines that the last row of an audience can read.
const MOST_EXPLAINED: usize = 7;

/// The deck's title.
pub(super) const TITLE: &str = "What does it cost to list a directory?";

pub(super) fn title(collection: &Collection) -> Slide {
    let mut slide = Slide::new("title", TITLE);
    slide.lead = document::subtitle(collection);
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
        "Medians with 95 % bootstrap intervals. Outliers are flagged, never dropped; a ratio whose interval holds 1 is a tie."
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
    truth
        .map(|(entries, digest)| format!(" ({}, digest {digest})", counted(entries, "entry", "entries")))
        .unwrap_or_default()
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
    let mut before: Option<Factors> = None;
    let cases = view.rows.iter().filter_map(|row| Some((row, record.cases.get(row.case)?)));
    let steps = cases.map(|(row, case)| {
        let change = tables::change(case.factors, before);
        let figure = match (&row.ratio, case.measurement()) {
            (_, None) => tables::note(case, row, view.kind),
            (Some(gain), _) => format!("{} times as fast as the row above", ratio_interval(gain)),
            (None, _) => "this is where we start".to_owned(),
        };
        if case.measurement().is_some() {
            before = case.factors;
        }
        printable(&format!("{change}: {figure}"))
    });
    steps.collect()
}

/// The summary slide.
pub(super) fn conclusion(mut claims: Vec<String>) -> Slide {
    let mut slide = Slide::new("dense", "What to take home");
    claims.truncate(MOST_CLAIMS);
    if claims.is_empty() {
        slide.lead = "Nothing here was measured well enough to be taken home.".to_owned();
    }
    slide.points = claims;
    slide.notes =
        "Trust the ratios, and measure again on your own machine: file systems and kernels differ.".to_owned();
    slide
}

/// What a speaker should know about a view's chart.
pub(super) fn notes(named: &Named, kind: ViewKind, chart: &Chart) -> String {
    let how = match kind {
        ViewKind::Ladder => {
            "Each row changes one factor of the row above it. The gain is the median of the ratios within a round"
        }
        _ => "Ratios are to the baseline's time in the same round",
    };
    let dots = "Dots are samples, the line over a bar is the 95 % interval of its median.";
    let (name, rounds) = (printable(&named.name), counted(named.record.rounds.count as u64, "round", "rounds"));
    format!("Record {name}. {how}; {rounds}. {dots}\n\n{}", chart.about)
}

/// The same where records stand side by side.
pub(super) fn beside_notes(chart: &Chart, times: bool) -> String {
    let how = if times {
        "Two runs on one machine. Caches were dropped before every cold sample; what a host's memory holds was not."
    } else {
        "The same tree, by its digest. Each sign is a ratio within its own run: times of different runs are not compared."
    };
    format!("{how}\n\n{}", chart.about)
}

/// What calls cost, and how much of the time that explains.
pub(super) fn prices(saved: &Saved) -> Vec<Slide> {
    let figure = chart::prices(saved).map(|chart| {
        let mut slide = Slide::of_chart(&chart);
        slide.kicker = "The price list".to_owned();
        slide.claim = criterion::resolution(saved).unwrap_or_default();
        slide.notes = format!("Measured by cargo bench, one call after the other in one thread. {}", chart.about);
        slide
    });
    let facts = criterion::explanations(saved, MOST_EXPLAINED).into_iter();
    let facts: Vec<Fact> = facts.map(|Explanation { name, text }| Fact { name, text }).collect();
    let explained = (!facts.is_empty()).then(|| {
        let mut slide = Slide::new("explained", "The calls explain the time");
        slide.kicker = "Calls counted, times the price of each".to_owned();
        slide.facts = facts;
        slide.notes = "The calls of each way were counted, and single calls were priced; the two multiplied, and what the ruler takes \
                       for an entry, should be the time that was measured. What is left is what a way does between its calls."
            .to_owned();
        slide
    });
    figure.into_iter().chain(explained).collect()
}

/// Where each different machine is described.
pub(super) fn environment(collection: &Collection) -> Vec<Slide> {
    let machine = |record: &Record| {
        let environment = &record.environment;
        (environment.kernel.clone(), environment.cpu.clone(), environment.cores, environment.build)
    };
    let records = || collection.records.iter().map(|named| &named.record);
    let machines = distinct(records().map(machine));
    machines
        .iter()
        .map(|one| of_machine(&records().filter(|record| machine(record) == *one).collect::<Vec<_>>()))
        .collect()
}

/// All that was measured on one machine.
fn of_machine(records: &[&Record]) -> Slide {
    let mut slide = Slide::new("environment", "Where it was measured");
    let Some(first) = records.first() else { return slide };
    let environment = &first.environment;
    let mut fact = |name: &str, text: String| {
        if !text.is_empty() {
            slide.facts.push(Fact { name: name.to_owned(), text: printable(&text) });
        }
    };
    fact("Kernel", environment.kernel.clone());
    fact("Processor", format!("{} x {}", environment.cores, environment.cpu));
    fact("Memory", environment.memory_bytes.map(bytes).unwrap_or_default());
    fact("Governor", environment.governor.clone().unwrap_or_default());
    let targets = || records.iter().flat_map(|record| &record.targets);
    let tree =
        |target: &TargetRecord| target.shape.clone().unwrap_or_else(|| counted(target.entries, "entry", "entries"));
    fact("Trees", distinct(targets().map(tree)).join("; "));
    let system = |target: &TargetRecord| {
        format!("{} ({})", target.file_system.kind, PathBuf::from(&target.file_system.source).display())
    };
    fact("File systems", distinct(targets().map(system)).join(", "));
    fact("Build", format!("fsbench {}; {}", first.fsbench, environment.peers.join(", ")));
    let conditions = records.iter().flat_map(|record| &record.environment.conditions);
    let disturbing = conditions.filter(|condition| condition.verdict == Verdict::Disturbs);
    // The load is another in each record: the first says enough.
    let disturbing: Vec<_> = disturbing.fold(Vec::new(), |mut named: Vec<(&str, String)>, condition| {
        if !named.iter().any(|(name, _)| *name == condition.name) {
            named.push((&condition.name, format!("{} ({})", condition.name, condition.found)));
        }
        named
    });
    fact("Disturbing", disturbing.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(", "));
    let advice = distinct(records.iter().flat_map(|record| &record.advice));
    slide.notes = advice.into_iter().map(|advice| printable(advice)).collect::<Vec<_>>().join("\n");
    slide
}

pub(super) fn reproduce(collection: &Collection, made_by: &[String]) -> Slide {
    let records = || collection.records.iter().map(|named| &named.record);
    let trees = records()
        .flat_map(|record| &record.targets)
        .filter_map(|target| Some((target.shape.clone(), document::made_by(target)?)));
    // A tree that was made in several places is made once.
    let mut trees = trees.fold(Vec::new(), |mut trees: Vec<(Option<String>, String)>, tree| {
        if !trees.iter().any(|(shape, _)| *shape == tree.0) {
            trees.push(tree);
        }
        trees
    });
    trees.truncate(MOST_COMMANDS / 2);
    let mut commands: Vec<String> = trees.into_iter().map(|(_, command)| command).collect();
    let mut measured = distinct(records().map(|record| document::shell(&record.command)));
    let more = measured.len().saturating_sub(MOST_COMMANDS);
    measured.truncate(MOST_COMMANDS);
    commands.extend(measured);
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
