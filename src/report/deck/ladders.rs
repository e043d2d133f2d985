//! The ladders: the main one a step a slide, the others a slide each; and what lies below the last step.

use super::super::number::{ratio_interval, significant};
use super::super::text::printable;
use super::super::{chart, claim, document, footer, step, tables, verdict};
use super::plan::{Chapter, Finding, Part};
use super::slide::Slide;
use crate::list::Lookups;
use crate::measure::Shown;
use crate::measure::record::{Record, ViewRecord};

/// A step that has a time, and the one before it.
struct Step<'s, 'r> {
    shown: &'s Shown<'r>,
    before: &'s Shown<'r>,
    /// Among the rows of the chart.
    index: usize,
}

impl Step<'_, '_> {
    fn deed(&self) -> String {
        match (self.shown.case.factors, self.before.case.factors) {
            (Some(after), Some(before)) => step::deed(&after, &before, self.shown.case.threads),
            _ => tables::name(self.shown.case),
        }
    }

    /// `5.31×`, or that nothing is shown.
    fn title(&self) -> String {
        let deed = self.deed();
        let title = match self.shown.row.ratio {
            None => deed,
            Some(gain) if gain.holds(1.0) => format!("{deed}: no difference shown"),
            Some(gain) if gain.median < 1.0 => format!("{deed}: slower, {}×", significant(gain.median)),
            Some(gain) => format!("{deed}: {}×", significant(gain.median)),
        };
        printable(&title)
    }

    fn notes(&self) -> String {
        let (name, before) = (tables::name(self.shown.case), tables::name(self.before.case));
        let change = tables::change(self.shown.case.factors, self.before.case.factors);
        let gain = self.shown.row.ratio;
        let found = gain.map_or_else(String::new, |gain| match gain.holds(1.0) {
            true => format!(
                "The interval, {}, holds one: whoever says that this step gains something has not measured it.",
                ratio_interval(&gain)
            ),
            false => format!("That makes it {} times as fast as the step before.", ratio_interval(&gain)),
        });
        let why = match (self.shown.case.factors, self.before.case.factors) {
            (Some(after), Some(before)) => step::why(&after, &before),
            _ => String::new(),
        };
        printable(&format!(
            "One thing changes: {change}. {why} {found} In fsbench the rows are called {before} and {name}."
        ))
    }
}

fn steps<'s, 'r>(rows: &'s [Shown<'r>]) -> Vec<Step<'s, 'r>> {
    let timed: Vec<&Shown<'_>> = rows.iter().filter(|shown| shown.time.is_some()).collect();
    let pairs = timed.windows(2).enumerate();
    pairs
        .filter_map(|(index, pair)| match pair {
            [before, shown] => Some(Step { shown, before, index: index + 1 }),
            _ => None,
        })
        .collect()
}

/// The slides of a ladder; `main` of the one that is told a step a slide.
pub(super) fn parts(record: &Record, view: &ViewRecord, slug: &str, main: bool) -> Vec<Part> {
    let rows = record.shown(view);
    let steps = steps(&rows);
    let source = footer::brief(record, view);
    let mut parts = Vec::new();
    if main {
        for one in steps.iter().filter(|one| !one.shown.is_below_system_calls()) {
            let Some(chart) = chart::climb(record, view, slug, Some(one.index)) else { continue };
            let slide = Slide::of_chart(&format!("step {}", one.index), one.title(), &chart, &source);
            parts.push(Part::of(Chapter::Ladders, slide.saying(one.notes())));
        }
    }
    if let Some(chart) = chart::climb(record, view, slug, None) {
        let in_all = claim::in_all(&rows).map(|in_all| significant(in_all.median));
        let of = view.title.split_once(": ").map_or(view.title.as_str(), |(_, of)| of);
        let title = in_all.map_or_else(
            || of.to_owned(),
            |in_all| match main {
                true => format!("From the naive way to the best: {in_all}× as fast"),
                false => format!("From the naive way to the best: {in_all}× as fast ({of})"),
            },
        );
        let slide = Slide::of_chart("ladder", printable(&title), &chart, &source);
        let notes = format!("All steps together. {}\n\n{}", verdict::at_length(record, view), chart.about);
        let chapter = if main { Chapter::Ladders } else { Chapter::OtherLadders };
        let finding = main.then(|| finding(record, &rows, &steps)).flatten();
        parts.push(Part { finding, ..Part::of(chapter, slide.saying(notes)) });
    }
    parts.extend(below(record, view, slug, &steps));
    parts
}

/// The step below the system calls: what the interface costs.
fn below(record: &Record, view: &ViewRecord, slug: &str, steps: &[Step<'_, '_>]) -> Option<Part> {
    let last = steps.iter().rfind(|one| one.shown.is_below_system_calls())?;
    let gain = last.shown.row.ratio?;
    let title = match gain.holds(1.0) {
        true => "Below the interface: without any system call, no difference shown".to_owned(),
        false if gain.median < 1.0 => format!("Below the interface: {}×, slower without it", significant(gain.median)),
        false => format!("What the interface costs: without it, {}× as fast again", significant(gain.median)),
    };
    let chart = chart::climb(record, view, slug, Some(last.index))?;
    let slide = Slide::of_chart("below", title, &chart, &footer::brief(record, view));
    let notes = format!(
        "This is no way of listing that anybody should use: it reads the file system's structures from the block device, \
         and asks no file system anything. It says what is left when the interface is gone. {}",
        last.notes()
    );
    Some(Part::of(Chapter::Below, slide.saying(notes)))
}

fn finding(record: &Record, rows: &[Shown<'_>], steps: &[Step<'_, '_>]) -> Option<Finding> {
    if document::is_debug(record) {
        return None;
    }
    let listing = steps.iter().filter(|one| !one.shown.is_below_system_calls());
    let gains = listing.filter_map(|one| Some((one, one.shown.row.ratio.filter(|gain| gain.low > 1.0)?)));
    let (best, gain) = gains.max_by(|a, b| a.1.median.total_cmp(&b.1.median))?;
    let in_all = claim::in_all(rows)?;
    let deed = best.deed();
    let asks = |shown: &Shown<'_>| shown.case.factors.is_some_and(|factors| factors.lookups != Lookups::None);
    let rule = match asks(best.before) && !asks(best.shown) {
        true => "Do not ask what you have been told.",
        false => "Change one thing at a time: most gain nothing.",
    };
    Some(Finding::new(
        rule,
        &format!(
            "One step brings most: {}, {}×. All steps together: {}×.",
            step::lower(&deed),
            significant(gain.median),
            significant(in_all.median)
        ),
    ))
}
