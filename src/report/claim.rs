//! The finding of a view as a sentence, with its interval and the number of samples. Slides have it as their title.

use super::collection::{Member, Together, find};
use super::number::{ratio_interval, significant};
use super::text::printable;
use super::{footer, grid};
use crate::measure::mark::Mark;
use crate::measure::record::{Record, ViewRecord};
use crate::measure::stats::{Estimate, median};
use crate::measure::{Shown, ViewKind};

/// The sentence; empty where nothing was measured.
pub(super) fn of(record: &Record, view: &ViewRecord) -> String {
    let rows = record.shown(view);
    let said = match view.kind {
        ViewKind::Table => table(&rows),
        ViewKind::Ladder => ladder(&rows),
        ViewKind::Builds | ViewKind::Past => compared(&rows),
    };
    let floor = footer::floor(record, view).map(|floor| format!(" Floor: {floor}.")).unwrap_or_default();
    let out = rows.iter().filter(|shown| shown.time.is_none()).count();
    let out = match out {
        0 => String::new(),
        1 => " One row has no time, and says why.".to_owned(),
        some => format!(" {some} rows have no time, and say why."),
    };
    printable(&format!("{}{floor}{out}", said.unwrap_or_default())).trim().to_owned()
}

/// The sentence in as few words as a slide's title has room for.
pub(super) fn short(record: &Record, view: &ViewRecord) -> String {
    let rows = record.shown(view);
    let said = match view.kind {
        ViewKind::Table => rows.iter().find(|shown| shown.row.marks.contains(&Mark::First)).and_then(|first| {
            let baseline = record.cases.get(view.baseline)?;
            let ratio = first.row.ratio?;
            let times = significant(1.0 / ratio.median);
            Some(match first.case.strategy != baseline.strategy {
                true => format!("{}: {times}× as fast as {}", grid::name(first.case), grid::name(baseline)),
                false => {
                    let is_other = |shown: &&Shown<'_>| shown.case.strategy != baseline.strategy;
                    let next = rows.iter().filter(is_other).find_map(|shown| Some((shown.case, shown.row.ratio?)));
                    let next = next.map(|(case, ratio)| {
                        format!("; next is {}, {}× its time", grid::name(case), significant(ratio.median))
                    });
                    format!("Nothing is faster than {}{}", grid::name(baseline), next.unwrap_or_default())
                }
            })
        }),
        ViewKind::Ladder => in_all(&rows)
            .map(|in_all| format!("From the naive way to the best: {}× as fast", significant(in_all.median))),
        _ => None,
    };
    printable(&said.unwrap_or_else(|| view.title.clone()))
}

/// How much faster the last row of a ladder is than the first; `None` where there is one row only.
fn in_all(rows: &[Shown<'_>]) -> Option<Estimate> {
    let mut measured = rows.iter().filter(|shown| shown.time.is_some());
    measured.next()?;
    measured.next_back()?.row.in_all
}

/// System calls per entry, of the row that makes most and of the one that makes fewest.
pub(super) fn calls(record: &Record, view: &ViewRecord) -> Option<String> {
    let cases = view.rows.iter().filter_map(|row| record.cases.get(row.case)?.measurement());
    let counted = cases.filter_map(|measurement| {
        let calls = measurement.calls.trace()?.total();
        Some(calls as f64 / measurement.entries.max(1) as f64)
    });
    let counted: Vec<f64> = counted.filter(|calls| *calls > 0.0).collect();
    let (fewest, most) = ends(counted.iter().copied())?;
    Some(format!("System calls an entry: from {} down to {}", significant(most), significant(fewest)))
}

/// What more threads bring to the strategy that is fastest with its best number of threads; `None` if there is no
/// sweep.
pub(super) fn threads(record: &Record, view: &ViewRecord) -> Option<String> {
    let rows = record.shown(view);
    let timed = rows.iter().filter_map(|shown| {
        let same = rows.iter().filter(|other| other.case.strategy == shown.case.strategy);
        let alone = same.min_by_key(|other| other.case.threads)?;
        (alone.case.threads != shown.case.threads).then_some((shown.case, shown.time?, alone.case, alone.time?))
    });
    let (case, time, alone, alone_time) = timed.min_by(|a, b| a.1.wall_ns.median.total_cmp(&b.1.wall_ns.median))?;
    let factor = median(&mut alone_time.measurement.ratios_to(time.measurement))?;
    let factor = significant(factor);
    Some(format!("{} with {} threads: {factor}× as fast as with {}", case.strategy, case.threads, alone.threads))
}

/// The finding of several records: the range of their ratios, or how much longer cold caches take.
pub(super) fn between(together: &Together<'_>, times: bool) -> Option<String> {
    let first = together.members.first()?;
    if times {
        let (warm, cold) = (first.shown(), together.members.get(1)?.shown());
        let factor = |warm: &Shown<'_>| {
            let cold = find(&cold, &warm.case.strategy, warm.case.threads)?;
            Some(cold.time?.wall_ns.median / warm.time?.wall_ns.median)
        };
        let (least, most) = ends(warm.iter().filter(|shown| !shown.case.is_null).filter_map(factor))?;
        return Some(format!("Cold takes {}× to {}× as long as warm", significant(least), significant(most)));
    }
    // The whole ladder; of a table, the first one's fastest.
    let of = match first.view.kind {
        ViewKind::Ladder => None,
        _ => Some(first.rows().find(|(row, _)| row.marks.contains(&Mark::First))?.1),
    };
    let gain = |member: &Member<'_>| match of {
        None => in_all(&member.shown()).map(|in_all| in_all.median),
        Some(best) => member.row(&best.strategy, best.threads)?.0.ratio.map(|ratio| 1.0 / ratio.median),
    };
    let gains: Vec<(f64, &str)> =
        together.members.iter().filter_map(|member| Some((gain(member)?, member.label.as_str()))).collect();
    let (least, most) =
        (gains.iter().min_by(|a, b| a.0.total_cmp(&b.0))?, gains.iter().max_by(|a, b| a.0.total_cmp(&b.0))?);
    let part = |(gain, label): &(f64, &str)| format!("{}× ({label})", significant(*gain));
    let (least, most) = (part(least), part(most));
    Some(match of {
        None => format!("The whole ladder: {least} to {most} as fast"),
        Some(best) => {
            let baseline = first.named.record.cases.get(first.view.baseline)?;
            format!("{}: {least} to {most} as fast as {}", grid::name(best), grid::name(baseline))
        }
    })
}

/// The least and the largest.
fn ends(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |ends, value| match ends {
        None => Some((value, value)),
        Some((least, most)) => Some((f64::min(least, value), f64::max(most, value))),
    })
}

fn table(rows: &[Shown<'_>]) -> Option<String> {
    let marked = |mark: Mark| rows.iter().filter(move |shown| shown.row.marks.contains(&mark));
    let first = marked(Mark::First).next()?;
    let baseline = marked(Mark::Baseline).next().map(|shown| grid::name(shown.case));
    let measured = rows.iter().filter(|shown| shown.time.is_some()).count();
    let samples = first.time.map_or(0, |time| time.measurement.samples.len());
    let ratio = match (first.row.ratio, baseline) {
        (Some(ratio), Some(baseline)) if !first.row.marks.contains(&Mark::Baseline) => {
            format!(": {} times the time of {baseline}", ratio_interval(&ratio))
        }
        _ => String::new(),
    };
    let tied: Vec<String> = marked(Mark::TiedFirst).map(|shown| grid::name(shown.case)).collect();
    let tied = if tied.is_empty() { String::new() } else { format!(" Tied with it: {}.", tied.join(", ")) };
    Some(format!("{} is the fastest of {measured} ways{ratio}, {samples} samples each.{tied}", grid::name(first.case)))
}

fn ladder(rows: &[Shown<'_>]) -> Option<String> {
    let measured: Vec<_> = rows.iter().filter_map(|shown| Some((shown, shown.time?))).collect();
    let (naive, _) = measured.first()?;
    let (best, last) = measured.last()?;
    let gains = measured.iter().filter_map(|(shown, _)| Some((shown.row.ratio?, shown.case)));
    let largest = gains.max_by(|(a, _), (b, _)| a.median.total_cmp(&b.median));
    let largest = largest.map(|(gain, case)| match gain.low > 1.0 {
        true => {
            format!(" The largest step is the one to {}: {} times as fast.", grid::name(case), ratio_interval(&gain))
        }
        false => " No step surely gains anything.".to_owned(),
    });
    Some(format!(
        "From {} to {}: {} times as fast in all, {} samples each.{}",
        grid::name(naive.case),
        grid::name(best.case),
        ratio_interval(&best.row.in_all?),
        last.measurement.samples.len(),
        largest.unwrap_or_default(),
    ))
}

fn compared(rows: &[Shown<'_>]) -> Option<String> {
    let count = |mark: Mark| rows.iter().filter(|shown| shown.row.marks.contains(&mark)).count();
    let measured = rows.iter().filter(|shown| shown.time.is_some()).count();
    (measured > 0).then(|| {
        format!(
            "Of {measured} rows, {} are surely slower than their counterpart, {} surely faster; of the others neither is shown.",
            count(Mark::Slower),
            count(Mark::Faster),
        )
    })
}
