//! The end: what to take home, how to repeat it. And behind it, for questions: the method, the machine, what could not run,
//! what is not compared.

use super::super::chart;
use super::super::collection::Collection;
use super::super::document;
use super::super::footer;
use super::super::number::{bytes, counted, ratio_interval};
use super::super::slug::distinct;
use super::super::tables;
use super::super::text::printable;
use super::plan::{Chapter, Finding};
use super::slide::{Fact, Slide};
use crate::list::{Projection, Want};
use crate::measure::condition::Verdict;
use crate::measure::record::{Outcome, Record, TargetRecord};
use std::path::PathBuf;

/// Most commands that a slide has room for.
const MOST_COMMANDS: usize = 6;

/// A longer command is whole in the notes.
const LONGEST_COMMAND: usize = 130;

/// More than three, nobody takes home.
const MOST_FINDINGS: usize = 3;

/// Most reasons that a slide has room for.
const MOST_REASONS: usize = 6;

/// Whose finding is taken home before whose.
const WEIGHT: [Chapter; 8] = [
    Chapter::Ladders,
    Chapter::Languages,
    Chapter::Caches,
    Chapter::Ways,
    Chapter::Systems,
    Chapter::Threads,
    Chapter::Floor,
    Chapter::Others,
];

/// The summary slide.
pub(super) fn home(mut findings: Vec<(Chapter, Finding)>) -> Slide {
    let mut slide = Slide::new("home", "home", "What to take home");
    let weight = |chapter: &Chapter| WEIGHT.iter().position(|other| other == chapter).unwrap_or(WEIGHT.len());
    findings.sort_by_key(|(chapter, _)| weight(chapter));
    findings.truncate(MOST_FINDINGS);
    // Told in the order of the talk.
    findings.sort_by_key(|(chapter, _)| *chapter);
    if findings.is_empty() {
        slide.lead = "Nothing here was measured well enough to be taken home.".to_owned();
    }
    slide.facts =
        findings.into_iter().map(|(_, Finding { rule, figures })| Fact { name: rule, text: figures }).collect();
    slide.saying(
        "If you forget the rest, keep these. And trust the ratios, not my milliseconds: measure on your own machine, since \
         file systems and kernels differ. The next slide says how.",
    )
}

pub(super) fn reproduce(collection: &Collection, made_by: &[String]) -> Slide {
    let records = || collection.records.iter().map(|named| &named.record);
    let trees = records()
        .flat_map(|record| &record.targets)
        .filter_map(|target| Some((target.shape.clone(), document::made_by(target)?)));
    // A tree that was made in several places is made once.
    let trees = trees.fold(Vec::new(), |mut trees: Vec<(Option<String>, String)>, tree| {
        if !trees.iter().any(|(shape, _)| *shape == tree.0) {
            trees.push(tree);
        }
        trees
    });
    let mut all: Vec<String> = trees.into_iter().map(|(_, command)| command).collect();
    all.truncate(MOST_COMMANDS / 2);
    let measured = distinct(records().map(|record| document::shell(&record.command)));
    let room = MOST_COMMANDS - 1 - all.len();
    let mut shown: Vec<String> =
        all.iter().chain(measured.iter().take(room)).map(|command| shortened(command)).collect();
    let more = measured.len().saturating_sub(room);
    if more > 0 {
        shown.push(format!("# and {more} more: each record holds its own"));
    }
    shown.push(shortened(&document::shell(made_by)));
    let mut slide = Slide::new("reproduce", "reproduce", "Try it on yours");
    slide.commands = shown;
    let whole: Vec<String> = all.into_iter().chain(measured).chain([document::shell(made_by)]).collect();
    slide.saying(format!(
        "The trees are functions of their shape, size and seed: the same anywhere, and their digest proves it. Each record \
         holds every sample, the machine and its own command. All of them:\n\n{}",
        whole.join("\n")
    ))
}

fn shortened(command: &str) -> String {
    match command.char_indices().nth(LONGEST_COMMAND) {
        Some((end, _)) => format!("{} …", command.get(..end).unwrap_or(command)),
        None => command.to_owned(),
    }
}

/// What a questioner may ask for.
pub(super) fn backup(collection: &Collection) -> Vec<Slide> {
    let mut slides = vec![method(collection)];
    slides.extend(samples(collection));
    slides.extend(environment(collection));
    slides.extend(absent(collection));
    slides.extend(objections(collection));
    slides
}

fn method(collection: &Collection) -> Slide {
    let mut slide = Slide::new("method", "backup", "How it was measured");
    let rounds = collection.records.iter().map(|named| named.record.rounds.count);
    let (fewest, most) = (rounds.clone().min().unwrap_or(0), rounds.max().unwrap_or(0));
    let rounds = if fewest == most { fewest.to_string() } else { format!("{fewest} to {most}") };
    slide.points = vec![
        format!(
            "The same work, proven: before its clock starts, each way must see what an independent reader sees{}.",
            proof(collection)
        ),
        "Isolated: a process for each way; the clock runs inside it, around the listing alone.".to_owned(),
        format!("Interleaved: {rounds} rounds, each shuffled anew; ratios are taken within a round."),
        "Medians with 95 % bootstrap intervals; nothing dropped. An interval that holds 1 is a tie.".to_owned(),
        format!("The ruler, measured: the baseline against itself, {}.", ruler(collection)),
    ];
    slide.saying(
        "Absolute times are information about this machine. What may be quoted are the ratios, with their intervals. A way \
         that could not run here, or that saw something else, is named with its reason, never a gap.",
    )
}

/// Every sample of the main ladder: whoever doubts a median sees what it is of.
fn samples(collection: &Collection) -> Option<Slide> {
    let (record, view) = document::main_ladder(collection)?;
    let cast = chart::samples(record, view, "backup")?.fitted(&[]);
    let slide = Slide::of_cast("samples", "Every sample of the ladder", &cast, &footer::brief(record, view));
    Some(slide.saying(format!("Nothing is dropped, and nothing is averaged.\n\n{}", cast.chart.about)))
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
        (Some(worst), _) => format!("{} in the worst record", ratio_interval(&worst)),
        (None, _) => "was not measured".to_owned(),
    }
}

/// Where each different machine is described.
fn environment(collection: &Collection) -> Vec<Slide> {
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
    let mut slide = Slide::new("machine", "backup", "Where it was measured");
    let Some(first) = records.first() else { return slide };
    let environment = &first.environment;
    let mut fact = |name: &str, text: String| {
        if !text.is_empty() {
            slide.facts.push(Fact { name: name.to_owned(), text: printable(&text) });
        }
    };
    fact("Kernel", environment.kernel.clone());
    fact("Processor", format!("{} x {}", environment.cores, environment.cpu));
    let governor = environment.governor.as_ref().map(|governor| format!(", governor {governor}")).unwrap_or_default();
    fact("Memory", environment.memory_bytes.map(|memory| bytes(memory) + &governor).unwrap_or_default());
    let targets = || records.iter().flat_map(|record| &record.targets);
    let tree =
        |target: &TargetRecord| target.shape.clone().unwrap_or_else(|| counted(target.entries, "entry", "entries"));
    fact("Trees", distinct(targets().map(tree)).join("; "));
    fact("File systems", distinct(targets().map(|target| target.file_system.kind.clone())).join(", "));
    fact(
        "Built as",
        format!(
            "fsbench {}",
            distinct(records.iter().map(|record| &record.fsbench)).into_iter().cloned().collect::<Vec<_>>().join(", ")
        ),
    );
    let conditions = records.iter().flat_map(|record| &record.environment.conditions);
    let disturbing: Vec<_> = conditions.filter(|condition| condition.verdict == Verdict::Disturbs).collect();
    fact("Disturbing", distinct(disturbing.iter().map(|condition| condition.name.as_str())).join(", "));
    let found = distinct(disturbing.iter().map(|condition| format!("{}: {}", condition.name, condition.found)));
    let sources = distinct(targets().map(|target| PathBuf::from(&target.file_system.source).display().to_string()));
    let advice = distinct(records.iter().flat_map(|record| &record.advice));
    let lines = [sources, environment.peers.clone(), found].concat();
    let lines = lines.iter().chain(advice).map(|line| printable(line));
    slide.notes = lines.collect::<Vec<_>>().join("\n");
    slide
}

/// What has no time, and why: each reason once, with all that it holds for.
fn absent(collection: &Collection) -> Option<Slide> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for named in &collection.records {
        let record = &named.record;
        for case in record.views.iter().flat_map(|view| &view.rows).filter_map(|row| record.cases.get(row.case)) {
            let why = match &case.outcome {
                Outcome::Measured(_) => continue,
                Outcome::Unsupported(why) => why.clone(),
                Outcome::Wrong(why) => format!("WRONG, so not timed: {why}"),
                Outcome::Failed(why) => format!("failed: {why}"),
            };
            let (why, name) = (printable(&why), printable(&tables::name(case)));
            match reasons.iter_mut().find(|(known, _)| *known == why) {
                Some((_, names)) if names.contains(&name) => {}
                Some((_, names)) => names.push(name),
                None => reasons.push((why, vec![name])),
            }
        }
    }
    let mut slide = Slide::new("absent", "backup", "What has no time here, and why");
    let lines = reasons.iter().map(|(why, names)| format!("{}: {why}", names.join(", ")));
    slide.notes = lines.collect::<Vec<_>>().join("\n");
    let fact = |(why, names): &(String, Vec<String>)| Fact { name: names.join(", "), text: why.clone() };
    slide.facts = reasons.iter().take(MOST_REASONS).map(fact).collect();
    let more = reasons.len().saturating_sub(MOST_REASONS);
    if more > 0 {
        slide.source = format!("{} in the report", counted(more as u64, "more reason", "more reasons"));
    }
    (!slide.facts.is_empty()).then_some(slide)
}

/// If anything must be said against comparing the records.
fn objections(collection: &Collection) -> Option<Slide> {
    let objections = collection.objections();
    let mut slide = Slide::new("not-compared", "backup", "What is not compared here");
    slide.notes = format!("These stand in the deck, but not beside the others:\n{}", objections.join("\n"));
    let more = objections.len().saturating_sub(MOST_REASONS);
    if more > 0 {
        slide.source = format!("{} in the report", counted(more as u64, "more", "more"));
    }
    slide.points = objections.into_iter().take(MOST_REASONS).collect();
    (!slide.points.is_empty()).then_some(slide)
}
