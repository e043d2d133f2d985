//! Findings in as few words as a slide's title has room for. `verdict.rs` has the whole sentences.

use super::collection::{Member, Together, find};
use super::number::significant;
use super::tables;
use super::text::printable;
use crate::measure::mark::Mark;
use crate::measure::record::{CaseRecord, Record, ViewRecord};
use crate::measure::stats::{Estimate, median};
use crate::measure::{Shown, ViewKind};

/// The finding of a view.
pub(super) fn short(record: &Record, view: &ViewRecord) -> String {
    let rows = record.shown(view);
    let said = match view.kind {
        ViewKind::Table => rows.iter().find(|shown| shown.row.marks.contains(&Mark::First)).and_then(|first| {
            let baseline = record.cases.get(view.baseline)?;
            let ratio = first.row.ratio?;
            let times = significant(1.0 / ratio.median);
            Some(match first.case.strategy != baseline.strategy {
                true if ratio.holds(1.0) => format!("Nothing is surely faster than {}", tables::name(baseline)),
                true => format!("{}: {times}× as fast as {}", tables::name(first.case), tables::name(baseline)),
                false => {
                    let is_other = |shown: &&Shown<'_>| shown.case.strategy != baseline.strategy;
                    let next = rows.iter().filter(is_other).find_map(|shown| Some((shown.case, shown.row.ratio?)));
                    let next = next.map(|(case, ratio)| {
                        format!("; next is {}, {}× its time", tables::name(case), significant(ratio.median))
                    });
                    format!("Nothing is faster than {}{}", tables::name(baseline), next.unwrap_or_default())
                }
            })
        }),
        ViewKind::Ladder => in_all(&rows)
            .map(|in_all| format!("From the naive way to the best: {}× as fast", significant(in_all.median))),
        _ => None,
    };
    printable(&said.unwrap_or_else(|| view.title.clone()))
}

/// How much faster the last row of a ladder that lists is than the first; `None` where there is one row only.
pub(super) fn in_all(rows: &[Shown<'_>]) -> Option<Estimate> {
    let mut measured = rows.iter().filter(|shown| shown.time.is_some() && !shown.is_below_system_calls());
    measured.next()?;
    measured.next_back()?.row.in_all
}

/// What more threads bring to the strategy that is fastest with its best number of threads; `None` if there is no
/// sweep.
pub(super) fn threads(record: &Record, view: &ViewRecord) -> Option<String> {
    let rows = record.shown(view);
    let timed = rows.iter().filter_map(|shown| {
        let same = rows.iter().filter(|other| other.case.strategy == shown.case.strategy);
        let alone = same.min_by_key(|other| other.case.threads)?;
        (alone.case.threads != shown.case.threads).then_some((shown, shown.time?, alone.case, alone.time?))
    });
    // Of counts that are tied the record marks one as the best: it is the one to name.
    let timed: Vec<_> = timed.collect();
    let is_best = |shown: &Shown<'_>| shown.row.marks.contains(&Mark::BestCount);
    let any = timed.iter().any(|(shown, ..)| is_best(shown));
    let timed = timed.into_iter().filter(|(shown, ..)| !any || is_best(shown));
    let (shown, time, alone, alone_time) = timed.min_by(|a, b| a.1.wall_ns.median.total_cmp(&b.1.wall_ns.median))?;
    let factor = median(&mut alone_time.measurement.ratios_to(time.measurement))?;
    let (factor, case) = (significant(factor), shown.case);
    Some(format!("{} with {} threads: {factor}× as fast as with {}", case.strategy, case.threads, alone.threads))
}

/// How much longer cold caches take, of two records that differ in nothing else.
pub(super) fn cold_over_warm(pair: &Together<'_>) -> Option<String> {
    let (warm, cold) = (pair.members.first()?.shown(), pair.members.get(1)?.shown());
    let factor = |warm: &Shown<'_>| {
        let cold = find(&cold, &warm.case.strategy, warm.case.threads)?;
        Some(cold.time?.wall_ns.median / warm.time?.wall_ns.median)
    };
    let (least, most) = ends(warm.iter().filter(|shown| !shown.case.is_null).filter_map(factor))?;
    Some(format!("Cold takes {}× to {}× as long as warm", significant(least), significant(most)))
}

/// The range of what several records gain.
pub(super) struct Between {
    pub(super) text: String,
    /// Whether each of them surely gains something.
    pub(super) holds: bool,
}

/// The finding of several records: of ladders, from the first step to the last; of tables, the first record's fastest row
/// that is not the baseline, and that others have, too.
pub(super) fn between(together: &Together<'_>) -> Option<Between> {
    let first = together.members.first()?;
    let of = match first.view.kind {
        ViewKind::Ladder => None,
        _ => {
            let rows = first.shown();
            let is_timed = |member: &&Member<'_>, case: &CaseRecord| {
                member.row(&case.strategy, case.threads).is_some_and(|(row, _)| row.ratio.is_some())
            };
            let is_shared =
                |case: &CaseRecord| together.members.iter().filter(|member| is_timed(member, case)).count() > 1;
            let other = |shown: &&Shown<'_>| shown.row.case != first.view.baseline && is_shared(shown.case);
            Some(rows.iter().find(other)?.case)
        }
    };
    let gain = |member: &Member<'_>| match of {
        None => in_all(&member.shown()),
        Some(best) => member.row(&best.strategy, best.threads)?.0.ratio.map(|ratio| ratio.inverse()),
    };
    let gains: Vec<(Estimate, &str)> =
        together.members.iter().filter_map(|member| Some((gain(member)?, member.label.as_str()))).collect();
    let by_median = |a: &&(Estimate, &str), b: &&(Estimate, &str)| a.0.median.total_cmp(&b.0.median);
    let part = |(gain, label): &(Estimate, &str)| format!("{}× ({label})", significant(gain.median));
    let (least, most) = (part(gains.iter().min_by(by_median)?), part(gains.iter().max_by(by_median)?));
    let holds = gains.iter().all(|(gain, _)| gain.low > 1.0);
    let surely = if holds { "" } else { ", not surely everywhere" };
    let text = match of {
        None => {
            let topic = first.view.title.split_once(": ").map_or(first.view.title.as_str(), |(_, topic)| topic);
            format!("The whole ladder of {topic}: {least} to {most} as fast{surely}")
        }
        Some(best) => {
            let baseline = first.named.record.cases.get(first.view.baseline)?;
            format!("{}: {least} to {most} as fast as {}{surely}", tables::name(best), tables::name(baseline))
        }
    };
    Some(Between { text: printable(&text), holds })
}

/// The least and the largest.
fn ends(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |ends, value| match ends {
        None => Some((value, value)),
        Some((least, most)) => Some((f64::min(least, value), f64::max(most, value))),
    })
}
