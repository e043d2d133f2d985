//! What a view says, in a sentence: with its interval, and how many samples it rests on.

use super::collection::{Member, Together};
use super::number::{ratio_interval, significant};
use super::text::printable;
use super::{footer, grid};
use crate::measure::ViewKind;
use crate::measure::record::{CaseRecord, Mark, Measurement, Record, RowRecord, ViewRecord};

/// The sentence; empty where nothing was measured.
pub(super) fn of(record: &Record, view: &ViewRecord) -> String {
    let rows: Vec<(&RowRecord, &CaseRecord)> =
        view.rows.iter().filter_map(|row| Some((row, record.cases.get(row.case)?))).collect();
    let said = match view.kind {
        ViewKind::Table => table(&rows),
        ViewKind::Ladder => ladder(&rows),
        ViewKind::Builds | ViewKind::Past => compared(&rows),
    };
    let floor = footer::floor(record, view).map(|floor| format!(" Floor: {floor}.")).unwrap_or_default();
    let out = rows.iter().filter(|(_, case)| case.measurement().is_none()).count();
    let out = match out {
        0 => String::new(),
        1 => " One row has no time, and says why.".to_owned(),
        some => format!(" {some} rows have no time, and say why."),
    };
    printable(&format!("{}{floor}{out}", said.unwrap_or_default())).trim().to_owned()
}

/// The sentence in as few words as a slide's title has room for.
pub(super) fn short(record: &Record, view: &ViewRecord) -> String {
    let rows = || view.rows.iter().filter_map(|row| Some((row, record.cases.get(row.case)?)));
    let said = match view.kind {
        ViewKind::Table => rows().find(|(row, _)| row.marks.contains(&Mark::First)).and_then(|(row, case)| {
            let baseline = record.cases.get(view.baseline)?;
            let ratio = row.ratio?;
            let times = significant(1.0 / ratio.median);
            Some(match case.strategy != baseline.strategy {
                true => format!("{}: {times}× as fast as {}", grid::name(case), grid::name(baseline)),
                false => {
                    let next = rows().find(|(row, case)| row.ratio.is_some() && case.strategy != baseline.strategy);
                    let next = next.and_then(|(row, case)| {
                        Some(format!("; next is {}, {}× its time", grid::name(case), significant(row.ratio?.median)))
                    });
                    format!("Nothing is faster than {}{}", grid::name(baseline), next.unwrap_or_default())
                }
            })
        }),
        ViewKind::Ladder => {
            let mut measured = rows().filter_map(|(_, case)| case.measurement());
            let first = measured.next();
            first
                .zip(measured.next_back())
                .map(|(first, last)| format!("From the naive way to the best: {}× as fast", factor(first, last)))
        }
        _ => None,
    };
    printable(&said.unwrap_or_else(|| view.title.clone()))
}

/// How many system calls an entry takes, from the way that makes most to the one that makes fewest.
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

/// What more threads bring to the way that is fastest with any number of them; none where nothing was swept.
pub(super) fn threads(record: &Record, view: &ViewRecord) -> Option<String> {
    let cases = || view.rows.iter().filter_map(|row| record.cases.get(row.case));
    let median = |case: &CaseRecord| Some(case.measurement()?.wall_ns.median);
    let alone =
        |case: &CaseRecord| cases().filter(|other| other.strategy == case.strategy).min_by_key(|other| other.threads);
    let swept = cases().filter(|case| alone(case).is_some_and(|alone| alone.threads != case.threads));
    let timed = swept.filter_map(|case| Some((case, alone(case)?, median(case)?)));
    let (case, alone, time) = timed.min_by(|a, b| a.2.total_cmp(&b.2))?;
    let factor = significant(median(alone)? / time);
    Some(format!("{} with {} threads: {factor}× as fast as with {}", case.strategy, case.threads, alone.threads))
}

/// What stands side by side, from one end to the other; of warm and cold, how much longer cold takes.
pub(super) fn between(together: &Together<'_>, times: bool) -> Option<String> {
    let first = together.members.first()?;
    if times {
        let cold = together.members.get(1)?;
        let factor = |(_, case): (&RowRecord, &CaseRecord)| {
            let warm = case.measurement()?.wall_ns.median;
            Some(cold.row(&case.strategy, case.threads)?.1.measurement()?.wall_ns.median / warm)
        };
        let (least, most) = ends(first.rows().filter(|(_, case)| !case.ruler).filter_map(factor))?;
        return Some(format!("Cold takes {}× to {}× as long as warm", significant(least), significant(most)));
    }
    // The whole ladder; of a table, the first one's fastest.
    let of = match first.view.kind {
        ViewKind::Ladder => None,
        _ => Some(first.rows().find(|(row, _)| row.marks.contains(&Mark::First))?.1),
    };
    let gain = |member: &Member<'_>| match of {
        None => {
            let mut measured = member.rows().filter_map(|(_, case)| case.measurement());
            let first = measured.next()?.wall_ns.median;
            Some(first / measured.last()?.wall_ns.median)
        }
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

fn table(rows: &[(&RowRecord, &CaseRecord)]) -> Option<String> {
    let (row, case) = rows.iter().find(|(row, _)| row.marks.contains(&Mark::First))?;
    let baseline = rows.iter().find(|(row, _)| row.marks.contains(&Mark::Baseline)).map(|(_, case)| grid::name(case));
    let measured = rows.iter().filter(|(_, case)| case.measurement().is_some()).count();
    let samples = case.measurement().map_or(0, |measurement| measurement.samples.len());
    let ratio = match (row.ratio, baseline) {
        (Some(ratio), Some(baseline)) if !row.marks.contains(&Mark::Baseline) => {
            format!(": {} times the time of {baseline}", ratio_interval(&ratio))
        }
        _ => String::new(),
    };
    let tied: Vec<String> =
        rows.iter().filter(|(row, _)| row.marks.contains(&Mark::TiedFirst)).map(|(_, case)| grid::name(case)).collect();
    let tied = if tied.is_empty() { String::new() } else { format!(" Tied with it: {}.", tied.join(", ")) };
    Some(format!("{} is the fastest of {measured} ways{ratio}, {samples} samples each.{tied}", grid::name(case)))
}

fn ladder(rows: &[(&RowRecord, &CaseRecord)]) -> Option<String> {
    let measured: Vec<_> = rows.iter().filter_map(|(row, case)| Some((row, case, case.measurement()?))).collect();
    let (_, naive, first) = measured.first()?;
    let (_, best, last) = measured.last()?;
    let gains = measured.iter().filter_map(|(row, case, _)| Some((row.ratio?, case)));
    let largest = gains.max_by(|(a, _), (b, _)| a.median.total_cmp(&b.median));
    let largest = largest.map(|(gain, case)| match gain.low > 1.0 {
        true => {
            format!(" The largest step is the one to {}: {} times as fast.", grid::name(case), ratio_interval(&gain))
        }
        false => " No step surely gains anything.".to_owned(),
    });
    Some(format!(
        "From {} to {}: {} times as fast in all, {} samples each.{}",
        grid::name(naive),
        grid::name(best),
        factor(first, last),
        last.samples.len(),
        largest.unwrap_or_default(),
    ))
}

fn factor(first: &Measurement, last: &Measurement) -> String {
    significant(first.wall_ns.median / last.wall_ns.median)
}

fn compared(rows: &[(&RowRecord, &CaseRecord)]) -> Option<String> {
    let count = |mark: Mark| rows.iter().filter(|(row, _)| row.marks.contains(&mark)).count();
    let measured = rows.iter().filter(|(_, case)| case.measurement().is_some()).count();
    (measured > 0).then(|| {
        format!(
            "Of {measured} rows, {} are surely slower than their counterpart, {} surely faster; of the others neither is shown.",
            count(Mark::Slower),
            count(Mark::Faster),
        )
    })
}
