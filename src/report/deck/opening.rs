//! The beginning: the question, the loop of 2013, what it makes the kernel do, and what the kernel had said before.

use super::super::collection::Collection;
use super::super::document;
use super::super::number::{count, significant};
use super::super::text::printable;
use super::super::traced::Traced;
use super::slide::{Slide, Table};
use crate::measure::record::{CaseRecord, Record, ViewRecord};

/// The deck's title, unless the speaker has one.
const TITLE: &str = "What does it cost to list a directory?";

/// The loop of the talk of 2013: `isdir`, then `isfile`, as `isdir_isfile` in `scripts/contestants/python.py` asks them.
const LOOP: &str = r#"for name in os.listdir(folder):
    path = os.path.join(folder, name)
    kind = ("folder" if os.path.isdir(path) else
            "file" if os.path.isfile(path) else "other")
    print(kind, name)"#;

/// Most calls that a slide has room for.
const MOST_CALLS: usize = 5;

pub(super) fn title_of(collection: &Collection) -> String {
    collection.talk.title.as_deref().map_or_else(|| TITLE.to_owned(), printable)
}

pub(super) fn slides(collection: &Collection) -> Vec<Slide> {
    let mut slides = vec![title(collection), question()];
    if let Some((record, view)) = document::main_ladder(collection) {
        slides.extend(heard(collection, record, view));
        slides.extend(said_before(collection, record, view));
    }
    slides
}

fn title(collection: &Collection) -> Slide {
    let mut slide = Slide::new("title", "title", title_of(collection));
    let talk = &collection.talk;
    let who = [talk.author.as_deref(), talk.event.as_deref()].into_iter().flatten();
    slide.lead = printable(&who.collect::<Vec<_>>().join(" · "));
    slide.source = document::subtitle(collection);
    slide.saying(
        "Every figure that you will see was measured by one program, on the machine that is named here. Each comes with its \
         interval, and its record holds every sample: you can check me. Press ? for the keys.",
    )
}

fn question() -> Slide {
    let mut slide = Slide::new("question", "question", "Five lines that everybody has written");
    slide.code = LOOP.to_owned();
    slide.lead = "Two questions for each name: a folder? a file? What may that take?".to_owned();
    slide.saying(
        "This is from a talk of 2013, on what Python's file-system API costs: should one read the source of ls, too? It looks \
         innocent. It asks two questions about each name. Let us see what the kernel hears.",
    )
}

/// What the naive way makes the kernel do.
fn heard(collection: &Collection, record: &Record, view: &ViewRecord) -> Option<Slide> {
    let naive = record.cases.get(view.rows.first()?.case)?;
    let calls = Counted::of(collection, naive)?;
    let title = format!("The kernel hears {} calls for {} names", calls.total, count(calls.entries));
    let mut slide = Slide::new("heard", "calls", title);
    let most = calls.rows.first().map(|row| row[0].clone()).unwrap_or_default();
    slide.table = Some(calls.table());
    slide.source = printable(&format!("{}, which asks isdir and isfile · {}", naive.strategy, calls.how));
    let each = calls.rows.first().and_then(|row| row.get(2).cloned()).unwrap_or_default();
    Some(slide.saying(format!(
        "Nearly all of them are one call, {most}: {each} for each name. Every one brings a whole path, which the kernel \
         resolves from its beginning, and a structure of a hundred and more bytes comes back, of which we read one field. \
         Reading the names themselves is the small number below it."
    )))
}

/// What the way that makes fewest calls does: the answer was in the directory.
fn said_before(collection: &Collection, record: &Record, view: &ViewRecord) -> Option<Slide> {
    let naive = Counted::of(collection, record.cases.get(view.rows.first()?.case)?)?;
    let cases = view.rows.iter().filter_map(|row| record.cases.get(row.case));
    let asks = |case: &&CaseRecord| {
        case.factors.is_some_and(|factors| {
            !factors.is_below_system_calls()
                && factors.lookups == crate::list::Lookups::None
                && factors.parallel == crate::list::Parallel::Serial
        })
    };
    let counted = cases.filter(asks).filter_map(|case| Some((case, Counted::of(collection, case)?)));
    let (case, fewest) = counted.min_by(|a, b| a.1.number.cmp(&b.1.number))?;
    let title = format!("The answer was there: {} calls are enough, not {}", fewest.total, naive.total);
    let mut slide = Slide::new("said-before", "calls", title);
    slide.lead = "getdents64 hands over names with their types: d_type. Nobody need be asked.".to_owned();
    slide.table = Some(fewest.table());
    slide.source = printable(&format!("{} · {}", case.strategy, fewest.how));
    Some(slide.saying(
        "A directory entry has a name, a number, and, on nearly every file system, a type. The kernel had told us before we \
         asked. So the same answer needs a handful of calls, each for many names at once. What follows goes from the first \
         way to this one in steps, and each step changes one thing only.",
    ))
}

/// The calls of one way: of a trace where there is one, since it has times; else of the record.
struct Counted {
    rows: Vec<Vec<String>>,
    timed: bool,
    total: String,
    number: u64,
    entries: u64,
    how: String,
}

impl Counted {
    fn of(collection: &Collection, case: &CaseRecord) -> Option<Self> {
        let measurement = case.measurement()?;
        let entries = measurement.entries;
        // A trace of another tree says nothing of this one.
        let same_tree = |traced: &&Traced| traced.tree.contains(&format!("{} entries", count(entries)));
        let traced = collection.traces.iter().filter(|traced| traced.strategy == case.strategy).find(same_tree);
        if let Some(traced) = traced {
            let timed = traced.calls.iter().any(|call| call.p50.is_some());
            let rows = traced.calls.iter().take(MOST_CALLS).map(|call| {
                let p50 = call.p50.clone().unwrap_or_else(|| "–".to_owned());
                vec![call.name.clone(), call.count.clone(), call.per_entry.clone(), p50]
            });
            let number = traced.total.replace(',', "").parse().ok()?;
            let how = "calls traced".to_owned();
            return Some(Self { rows: rows.collect(), timed, total: traced.total.clone(), number, entries, how });
        }
        let trace = measurement.calls.trace()?;
        let mut calls: Vec<(&String, u64)> = trace.calls.iter().map(|(name, call)| (name, call.count)).collect();
        calls.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let rows = calls.iter().take(MOST_CALLS).map(|(name, number)| {
            vec![printable(name), count(*number), significant(*number as f64 / entries.max(1) as f64)]
        });
        let (number, how) = (trace.total(), "calls counted".to_owned());
        Some(Self { rows: rows.collect(), timed: false, total: count(number), number, entries, how })
    }

    fn table(&self) -> Table {
        let mut headings = vec!["Call", "Count", "For each name"];
        headings.extend(self.timed.then_some("Each takes"));
        let rows = self.rows.iter().map(|row| row.iter().take(headings.len()).cloned().collect());
        Table { headings: headings.iter().map(|&heading| heading.to_owned()).collect(), rows: rows.collect() }
    }
}
