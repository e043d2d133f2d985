//! Other languages: the one that has most ways, then the best of each.

use super::super::number::significant;
use super::super::text::printable;
use super::super::{chart, document, footer, tables};
use super::plan::{Chapter, Finding, Part};
use super::slide::Slide;
use crate::list::Projection;
use crate::measure::Shown;
use crate::measure::language::LANGUAGES;
use crate::measure::record::{CaseRecord, Record, ViewRecord};

/// Whether a view is of ways in other languages.
pub(super) fn is_of(record: &Record, view: &ViewRecord) -> bool {
    let cases = view.rows.iter().filter_map(|row| record.cases.get(row.case));
    cases.filter(|case| language(case).is_some()).count() > 1
}

/// What a row is written in, if not in ours: `python/os.walk` is in Python.
///
/// A worker of its own that we do not know is named before the slash; older records do not say which rows are workers.
fn language(case: &CaseRecord) -> Option<String> {
    let strategy = case.strategy.as_str();
    let known = LANGUAGES.iter().find(|language| language.rows.iter().any(|row| row.name == strategy));
    let foreign = || case.worker.is_some().then(|| strategy.split_once('/').map_or(strategy, |(family, _)| family));
    known.map(|language| language.name).or_else(foreign).map(printable)
}

/// A language and the ratios of its ways, the fastest first.
struct Tongue {
    name: String,
    ways: Vec<(String, f64)>,
    naive: Option<f64>,
}

fn tongues(rows: &[Shown<'_>]) -> Vec<Tongue> {
    let mut all: Vec<Tongue> = Vec::new();
    for (shown, name) in rows.iter().filter_map(|shown| Some((shown, language(shown.case)?))) {
        let Some(ratio) = shown.row.ratio.filter(|_| shown.time.is_some()) else { continue };
        let way = (shown.case.strategy.clone(), ratio.median);
        let naive = (shown.case.projection == Projection::Followed).then_some(ratio.median);
        match all.iter_mut().find(|tongue| tongue.name == name) {
            Some(tongue) => {
                tongue.ways.push(way);
                tongue.naive = tongue.naive.or(naive);
            }
            None => all.push(Tongue { name, ways: vec![way], naive }),
        }
    }
    for tongue in &mut all {
        tongue.ways.sort_by(|a, b| a.1.total_cmp(&b.1));
    }
    all
}

impl Tongue {
    fn best(&self) -> f64 {
        self.ways.first().map_or(f64::NAN, |way| way.1)
    }

    fn worst(&self) -> f64 {
        self.ways.last().map_or(f64::NAN, |way| way.1)
    }
}

/// The slides of a view in other languages.
pub(super) fn parts(record: &Record, view: &ViewRecord, slug: &str) -> Vec<Part> {
    let rows = record.shown(view);
    let tongues = tongues(&rows);
    let Some(most) = tongues.iter().rev().max_by_key(|tongue| tongue.ways.len()) else { return Vec::new() };
    let baseline = record.cases.get(view.baseline).map(tables::name).unwrap_or_default();
    let source = footer::brief(record, view);
    let mut parts = Vec::new();
    let own = |shown: &Shown<'_>| language(shown.case).is_some_and(|name| name == most.name);
    if let Some(cast) = chart::ranking(record, view, &format!("{slug}-one"), &own) {
        let [best, worst] = [most.best(), most.worst()].map(significant);
        let title = match most.naive.map(significant) {
            Some(naive) => {
                format!("{}: the loop of 2013 takes {naive}× the time of {baseline}, the best way {best}×", most.name)
            }
            None => format!("{}: from {best}× to {worst}× the time of {baseline}", most.name),
        };
        let slide = Slide::of_cast("one-language", printable(&title), &cast, &source);
        let notes = format!(
            "All of it is {}, from its standard library, and all of it counts the same entries: what differs is what is asked \
             of the kernel, and how many objects are made for an entry.\n\n{}",
            most.name, cast.chart.about
        );
        parts.push(Part::of(Chapter::Languages, slide.saying(notes)));
    }
    let bests: Vec<&(String, f64)> = tongues.iter().filter_map(|tongue| tongue.ways.first()).collect();
    let is_best = |shown: &Shown<'_>| bests.iter().any(|(strategy, _)| *strategy == shown.case.strategy);
    if tongues.len() > 1
        && let Some(cast) = chart::ranking(record, view, &format!("{slug}-best"), &is_best)
    {
        let ends = |pick: fn(f64, f64) -> f64| tongues.iter().map(Tongue::best).reduce(pick).unwrap_or(f64::NAN);
        let (least, largest) = (ends(f64::min), ends(f64::max));
        let title = format!(
            "The best way of each of {} languages: {}× to {}× the time of {baseline}",
            tongues.len(),
            significant(least),
            significant(largest)
        );
        let slide = Slide::of_cast("languages", printable(&title), &cast, &source);
        let notes = format!("Of each language the fastest way that its standard library has.\n\n{}", cast.chart.about);
        let finding = (!document::is_debug(record)).then(|| finding(most, largest / least)).flatten();
        parts.push(Part { finding, ..Part::of(Chapter::Languages, slide.saying(notes)) });
    }
    parts
}

/// Whether the way or the language matters more.
fn finding(most: &Tongue, between: f64) -> Option<Finding> {
    let within = most.worst() / most.best();
    if most.ways.len() < 2 {
        return None;
    }
    let [within_text, between_text] = [within, between].map(significant);
    let text = format!(
        "The slowest way in {} takes {within_text}× the time of the fastest; the best of one language {between_text}× that of \
         another.",
        most.name
    );
    let rule = match within > between {
        true => "How you ask matters more than the language.",
        false => "The language matters more than how you ask.",
    };
    Some(Finding::new(rule, &text))
}
