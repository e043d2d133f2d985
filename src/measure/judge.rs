//! Judges rows by a limit: `--fail-if-slower`.

use super::plan::ViewKind;
use super::record::{CaseRecord, Record, RowRecord};

/// The rows of a record, judged by a limit.
#[derive(Debug, Default)]
pub struct Judgement<'r> {
    /// Rows that are surely slower by more than the limit.
    pub slower: Vec<(&'r CaseRecord, &'r RowRecord)>,
    /// Rows that are too uncertain to judge.
    pub open: Vec<(&'r CaseRecord, &'r RowRecord)>,
    /// Cases that have a time but no counterpart, or no reference.
    pub alone: Vec<&'r CaseRecord>,
    /// Number of rows that have a counterpart.
    pub rows: usize,
}

/// Holds every row that has a counterpart against a limit: 0.05 for slower by 5 %.
///
/// A row fails only where the whole interval [`super::change::Change::surely`] lies above the limit: what is slower by
/// just the limit passes. To find 5 %, set the limit to 2 or 3.
pub fn judge(record: &Record, limit: f64) -> Judgement<'_> {
    let mut judgement = Judgement::default();
    let compared = record.views.iter().filter(|view| matches!(view.kind, ViewKind::Builds | ViewKind::Past));
    for row in compared.flat_map(|view| &view.rows) {
        let Some(case) = record.cases.get(row.case) else { continue };
        let Some(change) = &row.change else {
            judgement.alone.extend(case.measurement().map(|_| case));
            continue;
        };
        judgement.rows += 1;
        match (change.surely.low, change.surely.high) {
            (Some(low), _) if low > 1.0 + limit && !change.doubtful => judgement.slower.push((case, row)),
            (_, Some(high)) if high <= 1.0 + limit => {}
            _ => judgement.open.push((case, row)),
        }
    }
    judgement
}
