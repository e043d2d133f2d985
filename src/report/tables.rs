//! Chooses the table of a view by its kind.

use super::grid::Grid;
use super::{compared, grid};
use crate::measure::ViewKind;
use crate::measure::record::{Record, ViewRecord};

/// A view's grid.
pub(super) fn of(record: &Record, view: &ViewRecord) -> Grid {
    match view.kind {
        ViewKind::Table => grid::table(record, view),
        ViewKind::Ladder => grid::ladder(record, view),
        ViewKind::Builds => compared::builds(record, view),
        ViewKind::Past => compared::past(record, view),
    }
}
