//! What a talk of some twenty minutes shows, and in which order: a slide a question, not a slide a record.
//!
//! Ladders step by step, what calls cost, the ways of walking, threads, cold beside warm, other languages, file systems
//! side by side. A table that asks again what was asked before (on another file system, say) is in the slide that holds
//! all of them side by side; one that adds threads or languages shows what it adds. System calls are shown of the first
//! ladder and of the first table. All the rest is in the page.

use super::super::chart::{self, Chart, Figures};
use super::super::claim;
use super::super::collection::{Collection, Member, Named, Together};
use super::super::document;
use super::super::slug::distinct;
use super::super::slug::slug;
use super::super::text::printable;
use super::super::verdict;
use super::slide::Slide;
use super::text;
use crate::measure::record::ViewRecord;
use crate::measure::{Cache, ViewKind};
use std::path::PathBuf;

/// Most slides on one chart.
const MOST_PIECES: usize = 2;

/// The parts of a talk, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Chapter {
    Ladders,
    Prices,
    Ways,
    Threads,
    Caches,
    Others,
    Systems,
}

/// How much of a view has slides of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    /// All of it.
    Whole,
    /// How its strategies go with more threads.
    Sweep,
    /// Its rows, since most of them are in no record before it.
    Rows,
    /// None: other slides show it.
    Nothing,
}

/// The slides between opening and end, and their findings for the summary.
pub(super) struct Told {
    pub(super) slides: Vec<Slide>,
    pub(super) claims: Vec<String>,
}

/// All that is shown of the records.
pub(super) fn told(collection: &Collection) -> Told {
    let mut telling = Telling { collection, questions: collection.questions(), slides: Vec::new(), claims: Vec::new() };
    for named in &collection.records {
        for view in &named.record.views {
            telling.view(named, view);
        }
    }
    if let Some(saved) = &collection.prices {
        telling.slides.extend(text::prices(saved).into_iter().map(|slide| (Chapter::Prices, slide)));
    }
    telling.side_by_side();
    Told { slides: in_order(telling.slides), claims: in_order(telling.claims) }
}

fn in_order<T>(mut parts: Vec<(Chapter, T)>) -> Vec<T> {
    parts.sort_by_key(|(chapter, _)| *chapter);
    parts.into_iter().map(|(_, part)| part).collect()
}

struct Telling<'c> {
    collection: &'c Collection,
    questions: Vec<Together<'c>>,
    slides: Vec<(Chapter, Slide)>,
    claims: Vec<(Chapter, String)>,
}

impl Telling<'_> {
    fn view(&mut self, named: &Named, view: &ViewRecord) {
        let share = self.share(view);
        let id = slug(&format!("{} {}", named.name, view.title));
        let record = &named.record;
        let chapter = self.chapter(view);
        if matches!(share, Share::Whole | Share::Rows) {
            let chapter = if share == Share::Rows { Chapter::Others } else { chapter };
            let steps = if view.kind == ViewKind::Ladder { text::steps(record, view) } else { Vec::new() };
            let whole = chart::of_view(record, view, &id);
            let mut slides = if steps.is_empty() { fitted(&whole) } else { vec![Slide::of_chart(&whole)] };
            for slide in &mut slides {
                slide.title = format!("{}{}", claim::short(record, view), slide.part);
                slide.kicker = kicker(named, view);
                slide.claim = [&verdict::at_length(record, view), " ", &slide.claim].concat().trim().to_owned();
                slide.notes = text::notes(named, view.kind, &whole);
            }
            if let Some(slide) = slides.first_mut() {
                slide.steps = steps;
            }
            self.add(chapter, slides);
            self.claim(chapter, named, view);
        }
        if share == Share::Whole
            && self.is_first_of_its_kind(view)
            && let Some(chart) = chart::calls_of_view(record, view, &id)
        {
            self.chart(chapter, named, view, &chart, claim::calls(record, view));
        }
        if matches!(share, Share::Whole | Share::Sweep)
            && let Some(chart) = chart::sweep_of_view(record, view, &id)
        {
            let claim = claim::threads(record, view);
            let sound = claim.clone().filter(|_| !document::is_debug(record));
            self.claims.extend(sound.map(|claim| (Chapter::Threads, printable(&format!("{claim}.")))));
            self.chart(Chapter::Threads, named, view, &chart, claim);
        }
    }

    fn add(&mut self, chapter: Chapter, slides: Vec<Slide>) {
        self.slides.extend(slides.into_iter().map(|slide| (chapter, slide)));
    }

    fn chart(&mut self, chapter: Chapter, named: &Named, view: &ViewRecord, chart: &Chart, title: Option<String>) {
        let mut slides = fitted(chart);
        for slide in &mut slides {
            if let Some(title) = &title {
                slide.title = format!("{}{}", printable(title), slide.part);
            }
            slide.kicker = kicker(named, view);
            slide.notes = text::notes(named, view.kind, chart);
        }
        self.add(chapter, slides);
    }

    /// The sentence of a view for the summary slide.
    fn claim(&mut self, chapter: Chapter, named: &Named, view: &ViewRecord) {
        let claim = claim::short(&named.record, view);
        if claim != printable(&view.title) && !document::is_debug(&named.record) {
            self.claims.push((chapter, format!("{}: {claim}.", where_asked(named, view))));
        }
    }

    /// File systems and machines, and states of the cache.
    fn side_by_side(&mut self) {
        let beside: Vec<Together<'_>> = self.questions.iter().filter_map(|question| self.chosen(question)).collect();
        let pairs = self.collection.warm_and_cold();
        let all = beside.iter().map(|together| (together, Figures::Ratios));
        for (together, shown) in all.chain(pairs.iter().map(|pair| (pair, Figures::Times))) {
            let Some(chart) = chart::beside(together, shown) else { continue };
            let claim = claim::between(together, shown == Figures::Times).map(|claim| printable(&claim));
            // All on one slide: what is on two cannot be compared at a glance.
            let mut slide = on_one(&chart);
            if let Some(claim) = &claim {
                slide.title.clone_from(claim);
            }
            let title =
                together.members.first().map_or("", |first| first.view.title.trim_end_matches(", fastest first"));
            slide.kicker = printable(&format!("{title}, side by side"));
            slide.notes = text::beside_notes(&chart, shown == Figures::Times);
            let chapter = if shown == Figures::Times { Chapter::Caches } else { Chapter::Systems };
            self.slides.push((chapter, slide));
            self.claims.extend(claim.map(|claim| (chapter, format!("{claim}."))));
        }
    }

    /// Those who answer a question and are told apart by more than their names: one for each file system, kernel,
    /// machine. Of several the one that shares most rows with the others. Where names alone tell them apart, all that
    /// have no slide of their own.
    fn chosen<'c>(&self, question: &Together<'c>) -> Option<Together<'c>> {
        let of_its_own = |member: &Member<'_>| matches!(self.share(member.view), Share::Sweep | Share::Rows);
        let mut members: Vec<Member<'c>> =
            question.members.iter().filter(|member| !of_its_own(member)).cloned().collect();
        let kinds = distinct(members.iter().map(Member::traits));
        if kinds.len() > 1 {
            let shared = |member: &&Member<'c>| {
                let known = |strategy: &str, threads| {
                    question.members.iter().filter(|other| other.row(strategy, threads).is_some()).count()
                };
                member.rows().map(|(_, case)| known(&case.strategy, case.threads)).sum::<usize>()
            };
            let best = kinds.iter().filter_map(|kind| {
                members.iter().filter(|member| member.traits() == *kind).max_by_key(shared).cloned()
            });
            members = best.collect();
        }
        (members.len() > 1).then(|| Together::new(members))
    }

    fn share(&self, view: &ViewRecord) -> Share {
        // A debug build and a gate stand beside nothing.
        let found = self.questions.iter().find_map(|question| Some((question, question.position(view)?)));
        let Some((question, at)) = found else { return Share::Whole };
        let (before, rest) = question.members.split_at(at);
        let Some(member) = rest.first() else { return Share::Whole };
        let pairs = self.collection.warm_and_cold();
        if member.cache() == Cache::Cold && pairs.iter().any(|pair| pair.position(view).is_some()) {
            return Share::Nothing;
        }
        if at == 0 {
            return Share::Whole;
        }
        if claim::threads(&member.named.record, view).is_some() {
            return Share::Sweep;
        }
        let rows = member.rows().count();
        let new = member
            .rows()
            .filter(|(_, case)| before.iter().all(|other| other.row(&case.strategy, case.threads).is_none()));
        if view.kind == ViewKind::Table && new.count() * 2 > rows { Share::Rows } else { Share::Nothing }
    }

    fn is_first_of_its_kind(&self, view: &ViewRecord) -> bool {
        let mut views = self.collection.records.iter().flat_map(|named| &named.record.views);
        views.find(|other| other.kind == view.kind).is_some_and(|first| std::ptr::eq(first, view))
    }

    /// The chapter of a view's own slides: a view that asks the same of another tree belongs to the file systems.
    fn chapter(&self, view: &ViewRecord) -> Chapter {
        let views = self.collection.records.iter().flat_map(|named| &named.record.views);
        let first = views.into_iter().find(|other| other.title == view.title);
        match view.kind {
            ViewKind::Ladder => Chapter::Ladders,
            _ if first.is_some_and(|first| std::ptr::eq(first, view)) => Chapter::Ways,
            _ => Chapter::Systems,
        }
    }
}

fn kicker(named: &Named, view: &ViewRecord) -> String {
    let warning = if document::is_debug(&named.record) { "DEBUG BUILD, times mean nothing: " } else { "" };
    format!("{warning}{}", where_asked(named, view))
}

/// `Walking a tree: names and file types (ext4, warm)`
fn where_asked(named: &Named, view: &ViewRecord) -> String {
    let record = &named.record;
    let system = record.targets.get(view.target).map(|target| match target.file_system.kind.as_str() {
        // Any program may stand behind this one: it says its name as the source.
        "fuse" => format!("fuse: {}", PathBuf::from(&target.file_system.source).display()),
        kind => kind.to_owned(),
    });
    let cold = record.cases.iter().any(|case| case.cache == Cache::Cold);
    let cache = if cold { "cold" } else { "warm" };
    printable(&format!("{} ({}, {cache})", view.title.trim_end_matches(", fastest first"), system.unwrap_or_default()))
}

/// A chart on one slide, or on two; where these do not suffice, on one that does not hold all.
fn fitted(chart: &Chart) -> Vec<Slide> {
    let pieces = chart.pieces();
    let count = pieces.len();
    if count > MOST_PIECES {
        return vec![on_one(chart)];
    }
    let slide = |(index, piece): (usize, &Chart)| {
        let part = if count > 1 { format!(" ({} of {count})", index + 1) } else { String::new() };
        Slide { part, ..Slide::of_chart(piece) }
    };
    pieces.iter().enumerate().map(slide).collect()
}

/// A chart on one slide: as many rows as it has room for, and of the others why they have no figure.
fn on_one(chart: &Chart) -> Slide {
    let shortened = chart.shortened();
    Slide { claim: chart.left_out(&shortened), ..Slide::of_chart(&shortened) }
}
