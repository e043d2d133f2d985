//! Charts for a talk: few rows, one sort of figure, and none of a row that has no time.
//!
//! A time beside a ratio asks the audience to divide, and the medians of times do not give the median of ratios. So bars
//! are ratios here, and one row, the one they are to, says how long it takes.

use super::super::footer;
use super::super::number::{ratio_interval, significant, time};
use super::super::slug::distinct;
use super::super::step;
use super::super::tables;
use super::super::text::printable;
use super::axis::{Scale, Unit};
use super::look::{Colour, Frame, SERIES};
use super::row::{Drawing, Row};
use super::rows::Rows;
use super::{Chart, Figure};
use crate::list::Factors;
use crate::measure::Shown;
use crate::measure::mark::Mark;
use crate::measure::record::{Record, ViewRecord};
use crate::measure::stats::Estimate;

const WHOLE: Estimate = Estimate { median: 1.0, low: 1.0, high: 1.0 };

/// A chart, and how many of its rows found no place.
pub(in super::super) struct Cast {
    pub(in super::super) chart: Chart,
    pub(in super::super) left_out: usize,
}

/// The rows of a table that `keep` picks, each by its ratio to the baseline, the fastest first.
pub(in super::super) fn ranking(
    record: &Record,
    view: &ViewRecord,
    slug: &str,
    keep: &dyn Fn(&Shown<'_>) -> bool,
) -> Option<Cast> {
    let all = record.shown(view);
    let baseline = record.cases.get(view.baseline)?;
    let is_base = |shown: &Shown<'_>| shown.row.case == view.baseline;
    let has_bar = |shown: &&Shown<'_>| shown.time.is_some() && (is_base(shown) || shown.row.ratio.is_some());
    let rows: Vec<&Shown<'_>> = all.iter().filter(has_bar).filter(|shown| is_base(shown) || keep(shown)).collect();
    let row = |shown: &&Shown<'_>| {
        let name = printable(&tables::name(shown.case));
        let ratio = shown.row.ratio.filter(|_| !is_base(shown));
        let value = match ratio {
            None => format!("{} = 1×", shown.time.as_ref().map(time).unwrap_or_default()),
            Some(ratio) if ratio.high < 1.0 => format!("{}× as fast", significant(1.0 / ratio.median)),
            Some(ratio) if ratio.low > 1.0 => format!("{}× the time", significant(ratio.median)),
            Some(_) => "tied".to_owned(),
        };
        let words = match ratio {
            None => format!("{name}: {value}"),
            Some(ratio) => format!("{name}: {} times the time of {}", ratio_interval(&ratio), tables::name(baseline)),
        };
        let estimate = ratio.unwrap_or(WHOLE);
        let mark = Drawing::Bar { estimate, samples: Vec::new(), colour: colour(shown, is_base(shown)), before: None };
        Row { name, detail: String::new(), mark, value, words: printable(&words) }
    };
    let measure = format!("time over that of {}, median of the rounds; line: 95 % interval", tables::name(baseline));
    let drawn = Rows::new(Scale::Linear, Unit::Times, printable(&measure), rows.iter().map(row).collect());
    let kept = chosen(&rows, view, drawn.fitting(&Frame::SLIDE, Frame::SLIDE_HEIGHT));
    let kept: Vec<Row> = kept.into_iter().filter_map(|index| drawn.rows.get(index).cloned()).collect();
    let left_out = drawn.rows.len() - kept.len();
    (kept.len() > 1).then(|| Cast { chart: of(record, view, slug, Rows { rows: kept, ..drawn }), left_out })
}

/// Which rows stay where not all have a place: the fastest, the baseline, the last, the first of each family
/// (`python/...`), then the others in their order.
fn chosen(rows: &[&Shown<'_>], view: &ViewRecord, most: usize) -> Vec<usize> {
    let family = |shown: &&Shown<'_>| shown.case.strategy.split_once('/').map(|(family, _)| family.to_owned());
    let families: Vec<_> = rows.iter().map(family).collect();
    let leads = |index: &usize| families.iter().position(|other| Some(other) == families.get(*index)) == Some(*index);
    let base = rows.iter().position(|shown| shown.row.case == view.baseline);
    let all = 0..rows.len();
    let wanted = [Some(0), base, rows.len().checked_sub(1)].into_iter().flatten();
    let mut kept = distinct(wanted.chain(all.clone().filter(leads)).chain(all));
    kept.truncate(most);
    kept.sort_unstable();
    kept
}

/// A ladder as far as a step, and what each step brought; all of it without one, and what all of them brought.
pub(in super::super) fn climb(record: &Record, view: &ViewRecord, slug: &str, until: Option<usize>) -> Option<Chart> {
    let all = record.shown(view);
    let timed: Vec<&Shown<'_>> = all.iter().filter(|shown| shown.time.is_some()).collect();
    // What asks the file system nothing is no step of the ladder, and has a slide of its own.
    let is_of_it = |shown: &&Shown<'_>| !shown.is_below_system_calls();
    let is_below = until.and_then(|until| timed.get(until)).is_some_and(|shown| !is_of_it(shown));
    let steps: Vec<&Shown<'_>> = timed.into_iter().filter(|shown| is_below || is_of_it(shown)).collect();
    let mut before: Option<Factors> = None;
    let rows = steps.iter().enumerate().map(|(index, shown)| {
        let name = printable(&step::label(shown.case, before));
        before = shown.case.factors;
        let estimate = shown.row.in_all.filter(|_| index > 0).map_or(WHOLE, |in_all| in_all.inverse());
        let figure = if until.is_some() { shown.row.ratio } else { shown.row.in_all };
        let value = match figure.filter(|_| index > 0) {
            None => shown.time.as_ref().map(time).unwrap_or_default(),
            Some(gain) if gain.holds(1.0) => "tied".to_owned(),
            Some(gain) => format!("{}×", significant(gain.median)),
        };
        let gain = figure.map(|gain| format!("{} times as fast", ratio_interval(&gain))).unwrap_or_default();
        let words = printable(&format!("{} ({name}): {gain}", tables::name(shown.case)));
        let [usual, base, best, ..] = SERIES;
        let colour = match until {
            _ if index == 0 => base,
            Some(until) if index == until => best,
            None if index + 1 == steps.len() => best,
            _ => usual,
        };
        let mark = Drawing::Bar { estimate, samples: Vec::new(), colour, before: None };
        Row { name, detail: String::new(), mark, value, words }
    });
    let rows: Vec<Row> = rows.collect();
    let measure = match until {
        Some(_) => "share of the first row's time; the figure: times as fast as the row above",
        None => "share of the first row's time; the figure: times as fast as the first row",
    };
    let drawn = Rows { until, ..Rows::new(Scale::Linear, Unit::Share, measure, rows) };
    let slug = until.map_or_else(|| format!("{slug}-climb"), |until| format!("{slug}-step-{until}"));
    (drawn.rows.len() > 1).then(|| of(record, view, &slug, drawn))
}

/// How near the rows of a table come to the time that the kernel alone takes.
pub(in super::super) fn floor(record: &Record, view: &ViewRecord, slug: &str) -> Option<Cast> {
    let all = record.shown(view);
    let near: Vec<(&Shown<'_>, f64)> = all.iter().filter_map(|shown| Some((shown, shown.over_floor()?))).collect();
    let row = |(shown, over): &(&Shown<'_>, f64)| {
        let name = printable(&tables::name(shown.case));
        let scale = |ns: f64| shown.row.floor_ns.map_or(f64::NAN, |floor| ns / floor);
        let wall = shown.time.map_or(WHOLE, |time| time.wall_ns);
        let estimate = Estimate { median: *over, low: scale(wall.low), high: scale(wall.high) };
        let value = format!("{}×", significant(*over));
        let words = format!("{name}: {value} its floor");
        let mark = Drawing::Bar { estimate, samples: Vec::new(), colour: colour(shown, false), before: None };
        Row { name, detail: String::new(), mark, value, words }
    };
    let measure = "time over what the kernel alone takes for these calls, shared by the row's threads";
    let drawn =
        Rows { line: Some(1.0), ..Rows::new(Scale::Linear, Unit::Times, measure, near.iter().map(row).collect()) };
    let shown: Vec<&Shown<'_>> = near.iter().map(|(shown, _)| *shown).collect();
    let kept = chosen(&shown, view, drawn.fitting(&Frame::SLIDE, Frame::SLIDE_HEIGHT));
    let kept: Vec<Row> = kept.into_iter().filter_map(|index| drawn.rows.get(index).cloned()).collect();
    let left_out = drawn.rows.len() - kept.len();
    let slug = format!("{slug}-floor");
    (kept.len() > 1).then(|| Cast { chart: of(record, view, &slug, Rows { rows: kept, ..drawn }), left_out })
}

/// Every sample of a view's rows.
pub(in super::super) fn samples(record: &Record, view: &ViewRecord, slug: &str) -> Option<Chart> {
    let rows = record.shown(view).into_iter().filter_map(|shown| {
        let measurement = shown.case.measurement()?;
        let name = printable(&tables::name(shown.case));
        let samples = measurement.wall_per_listing();
        let words =
            format!("{name}: {} samples, median {}", samples.len(), significant(measurement.wall_ns.median / 1e6));
        let mark = Drawing::Samples(samples, measurement.wall_ns);
        Some(Row { name, detail: String::new(), mark, value: String::new(), words: format!("{words} ms") })
    });
    let rows: Vec<Row> = rows.collect();
    let measure = "Time of one listing: every sample a dot, or how densely they lie where there are more than 60; stroke: \
                   their median, with its 95 % interval";
    let drawn = Rows::new(Scale::Linear, Unit::Time, measure, rows);
    (!drawn.rows.is_empty()).then(|| of(record, view, &format!("{slug}-samples"), drawn))
}

fn of(record: &Record, view: &ViewRecord, slug: &str, rows: Rows) -> Chart {
    Chart {
        slug: slug.to_owned(),
        title: printable(&view.title),
        about: rows.rows.iter().map(|row| row.words.as_str()).collect::<Vec<_>>().join(". "),
        source: footer::source(record, view),
        figure: Figure::Rows(rows),
    }
}

fn colour(shown: &Shown<'_>, is_base: bool) -> Colour {
    let [usual, base, best, ..] = SERIES;
    let has = |mark| shown.row.marks.contains(&mark);
    match () {
        () if is_base => base,
        () if has(Mark::First) || has(Mark::TiedFirst) => best,
        () => usual,
    }
}
