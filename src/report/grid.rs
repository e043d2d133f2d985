//! A view as cells of text, the same for every format that shows tables.

use crate::measure::stats::Estimate;
use std::borrow::Cow;

/// A table's cells.
#[derive(Debug, Clone)]
pub struct Grid {
    /// Its title.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A row of a grid.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// As many cells as the grid has columns.
    pub cells: Vec<String>,
    /// What the row means, for a terminal that shows colors.
    pub tone: Tone,
    /// How long its bar is, in a terminal that has room for bars: a share of the baseline's time, or of the first row's.
    pub bar: Option<Estimate>,
    /// The parts of its last cell, if that is a note.
    pub note: Option<Note>,
}

/// What a row means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// The fastest, or faster than its counterpart.
    Winner,
    /// As fast as the fastest.
    TiedFirst,
    /// What ratios are to.
    Baseline,
    /// No different from what it is held against.
    Tied,
    /// Wrong, failed, or slower than its counterpart.
    Trouble,
    /// It cannot run here.
    Absent,
    /// It shows what the harness itself costs.
    Harness,
}

/// What stands beside a row, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Note {
    /// Its place among the others, which its figures tell, too: `fastest`, `tied with baseline`.
    pub standing: String,
    /// What a reader must know before believing the row.
    pub remarks: String,
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let separator = if self.standing.is_empty() || self.remarks.is_empty() { "" } else { "; " };
        write!(f, "{}{separator}{}", self.standing, self.remarks)
    }
}

impl From<Vec<String>> for Row {
    fn from(cells: Vec<String>) -> Self {
        Self { cells, ..Self::default() }
    }
}

/// A column of a grid.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its heading.
    pub heading: Cow<'static, str>,
    /// Where its cells stand.
    pub align: Align,
    /// How soon it is left out of a narrow table, or its prose goes below the rows: the largest number first, 0 never.
    pub dispensable: u8,
    /// How soon its cells lose their intervals in a narrow table, on the same scale.
    pub brief: u8,
}

/// Where a cell's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
    /// Words that go below their row where there is no room beside it.
    Prose,
}

impl Column {
    /// A column that is as dispensable as that.
    pub fn new(heading: impl Into<Cow<'static, str>>, align: Align, dispensable: u8) -> Self {
        Self { heading: heading.into(), align, dispensable, brief: 0 }
    }
}

impl Column {
    /// Its heading without what stands in brackets.
    pub(super) fn name(&self) -> &str {
        self.heading.split(" [").next().unwrap_or(&self.heading)
    }

    /// Whether `name` is its name, in any case.
    pub(super) fn names(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }
}

impl Grid {
    /// An empty grid. Each column has its heading, where its cells stand, and how dispensable it is.
    pub fn new(title: impl Into<String>, columns: &[(&'static str, Align, u8)]) -> Self {
        let column = |&(heading, align, dispensable)| Column::new(heading, align, dispensable);
        Self { title: title.into(), columns: columns.iter().map(column).collect(), rows: Vec::new() }
    }

    /// Lets a column's cells lose their intervals in a narrow table: the larger `rank`, the sooner.
    pub(super) fn shorten(&mut self, heading: &str, rank: u8) {
        for column in self.columns.iter_mut().filter(|column| column.heading == heading) {
            column.brief = rank;
        }
    }

    /// The grid with these columns only, named as by [`Column::names`]; a grid that has none of them, or with none named,
    /// as it is.
    pub(super) fn only(self, names: &[String]) -> Self {
        let is_asked = |column: &Column| names.iter().any(|name| column.names(name));
        if !self.columns.iter().any(is_asked) {
            return self;
        }
        let kept: Vec<bool> = self.columns.iter().map(is_asked).collect();
        let keep = |cells: Vec<String>| cells.into_iter().zip(&kept).filter(|(_, kept)| **kept).map(|(cell, _)| cell);
        let rows = self.rows.into_iter().map(|row| Row { cells: keep(row.cells).collect(), ..row }).collect();
        let columns = self.columns.into_iter().zip(&kept).filter(|(_, kept)| **kept).map(|(column, _)| column);
        Self { title: self.title, columns: columns.collect(), rows }
    }

    /// Takes a column away.
    pub(super) fn without(&mut self, heading: &str) {
        if let Some(at) = self.columns.iter().position(|column| column.heading == heading) {
            self.columns.remove(at);
            self.rows.iter_mut().filter(|row| at < row.cells.len()).for_each(|row| drop(row.cells.remove(at)));
        }
    }
}

/// What stands in a cell without a figure.
pub(super) fn dash() -> String {
    "-".to_owned()
}
