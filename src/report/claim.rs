//! What a view says, in a sentence: with its interval, and how many samples it rests on.

use super::grid;
use super::number::{ratio_interval, significant};
use super::text::printable;
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
    let out = rows.iter().filter(|(_, case)| case.measurement().is_none()).count();
    let out = match out {
        0 => String::new(),
        1 => " One row has no time, and says why.".to_owned(),
        some => format!(" {some} rows have no time, and say why."),
    };
    printable(&format!("{}{out}", said.unwrap_or_default())).trim().to_owned()
}

/// The sentence in as few words as a slide's title has room for.
pub(super) fn short(record: &Record, view: &ViewRecord) -> String {
    let rows = || view.rows.iter().filter_map(|row| Some((row, record.cases.get(row.case)?)));
    let said = match view.kind {
        ViewKind::Table => rows().find(|(row, _)| row.marks.contains(&Mark::First)).and_then(|(row, case)| {
            let baseline = record.cases.get(view.baseline)?;
            let ratio = row.ratio?;
            let times = significant(1.0 / ratio.median);
            (case.strategy != baseline.strategy)
                .then(|| format!("{}: {times}× as fast as {}", grid::name(case), grid::name(baseline)))
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
