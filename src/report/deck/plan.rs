//! What a talk of some twenty minutes shows, and in which order: a slide a question, not a slide a record.
//!
//! A table that asks again what was asked before (on another file system, say) is in the slide that holds all of them side
//! by side; one that adds threads or languages shows what it adds. All the rest is in the report.

use super::super::claim;
use super::super::collection::{Collection, Member, Named, Together};
use super::super::document;
use super::super::slug::distinct;
use super::super::slug::slug;
use super::super::text::printable;
use super::slide::Slide;
use super::{ladders, languages, tables};
use crate::measure::record::ViewRecord;
use crate::measure::{Cache, ViewKind};

/// The parts of a talk, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Chapter {
    Ladders,
    OtherLadders,
    Languages,
    Ways,
    Others,
    Caches,
    Threads,
    Systems,
    OtherSystems,
    Prices,
    Floor,
    Below,
}

/// A slide in its chapter, and what is to be taken home of it.
pub(super) struct Part {
    pub(super) chapter: Chapter,
    pub(super) slide: Slide,
    pub(super) finding: Option<Finding>,
}

/// A sentence to take home: a rule, and what bears it out.
pub(super) struct Finding {
    pub(super) rule: String,
    pub(super) figures: String,
}

impl Finding {
    pub(super) fn new(rule: &str, figures: &str) -> Self {
        Self { rule: printable(rule), figures: printable(figures) }
    }
}

impl Part {
    pub(super) fn of(chapter: Chapter, slide: Slide) -> Self {
        Self { chapter, slide, finding: None }
    }
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

/// The slides between opening and end, and their findings for the summary, a chapter's first each.
pub(super) struct Told {
    pub(super) slides: Vec<Slide>,
    pub(super) findings: Vec<(Chapter, Finding)>,
}

/// All that is shown of the records.
pub(super) fn told(collection: &Collection) -> Told {
    let telling = Telling {
        collection,
        questions: collection.questions(),
        main: document::main_ladder(collection).map(|(_, view)| view),
    };
    let mut parts: Vec<Part> = Vec::new();
    for named in &collection.records {
        for view in &named.record.views {
            parts.extend(telling.view(named, view));
        }
    }
    // Slides of tables beside each other leave out what goes below the system calls: one has a slide, whatever else is shown.
    let views = collection.records.iter().flat_map(|named| named.record.views.iter().map(move |view| (named, view)));
    let mut ranked = views.filter(|(_, view)| view.kind == ViewKind::Table);
    parts.extend(ranked.find_map(|(named, view)| tables::below(&named.record, view, &id(named, view))));
    let prices = collection.prices.as_ref().map(tables::prices);
    parts.extend(prices.into_iter().flatten());
    parts.extend(collection.warm_and_cold().iter().filter_map(tables::cold));
    let beside = telling.questions.iter().filter_map(|question| telling.chosen(question));
    parts.extend(beside.filter_map(|together| tables::systems(&together)));
    parts.sort_by_key(|part| part.chapter);
    let (mut slides, mut findings): (Vec<Slide>, Vec<(Chapter, Finding)>) = (Vec::new(), Vec::new());
    for Part { chapter, slide, finding } in parts {
        slides.push(slide);
        let told = findings.iter().any(|(other, _)| *other == chapter);
        findings.extend(finding.filter(|_| !told).map(|finding| (chapter, finding)));
    }
    Told { slides, findings }
}

/// What the slides of a view are called after.
fn id(named: &Named, view: &ViewRecord) -> String {
    slug(&format!("{} {}", named.name, view.title))
}

struct Telling<'c> {
    collection: &'c Collection,
    questions: Vec<Together<'c>>,
    main: Option<&'c ViewRecord>,
}

impl Telling<'_> {
    fn view(&self, named: &Named, view: &ViewRecord) -> Vec<Part> {
        let share = self.share(view);
        let id = id(named, view);
        let record = &named.record;
        let mut parts = Vec::new();
        if matches!(share, Share::Whole | Share::Rows) {
            parts.extend(match view.kind {
                ViewKind::Ladder => {
                    let is_main = self.main.is_some_and(|main| std::ptr::eq(main, view));
                    ladders::parts(record, view, &id, is_main)
                }
                _ if languages::is_of(record, view) => languages::parts(record, view, &id),
                _ if share == Share::Rows => tables::ranked(record, view, &id, Chapter::Others),
                _ => tables::ranked(record, view, &id, self.chapter(view)),
            });
        }
        if matches!(share, Share::Whole | Share::Sweep) {
            parts.extend(tables::threads(record, view, &id));
        }
        parts
    }

    /// Those who answer a question and are told apart by more than their names: one for each file system, kernel,
    /// machine. Of several the one that shares most rows with the others. Where names alone tell them apart, all that
    /// have no slide of their own.
    fn chosen<'c>(&self, question: &Together<'c>) -> Option<Together<'c>> {
        let is_ladder = |member: &Member<'_>| member.view.kind == ViewKind::Ladder;
        let of_its_own =
            |member: &Member<'_>| !is_ladder(member) && matches!(self.share(member.view), Share::Sweep | Share::Rows);
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
        // A ladder that several records have is one table of all of them.
        let is_main = self.main.is_some_and(|main| std::ptr::eq(main, view));
        if view.kind == ViewKind::Ladder && !is_main && self.chosen(question).is_some() {
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

    /// The chapter of a view's own slides: a view that asks the same of another tree belongs to the file systems.
    fn chapter(&self, view: &ViewRecord) -> Chapter {
        let views = self.collection.records.iter().flat_map(|named| &named.record.views);
        let first = views.into_iter().find(|other| other.title == view.title);
        match first.is_some_and(|first| std::ptr::eq(first, view)) {
            true => Chapter::Ways,
            false => Chapter::OtherSystems,
        }
    }
}
