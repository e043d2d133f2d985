//! A slide, as the template takes it.

use super::super::chart::{Cast, Chart, Frame};
use super::super::number::counted;
use serde::Serialize;

/// All parts may be empty, the title excepted.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Slide {
    /// Its place in the address: no other slide has it.
    pub(super) id: String,
    pub(super) class: &'static str,
    pub(super) title: String,
    pub(super) lead: String,
    pub(super) points: Vec<String>,
    pub(super) code: String,
    /// Commands, a paragraph each.
    pub(super) commands: Vec<String>,
    pub(super) table: Option<Table>,
    /// On the summary slide, shown one after the other.
    pub(super) facts: Vec<Fact>,
    pub(super) wide: String,
    pub(super) narrow: String,
    pub(super) source: String,
    pub(super) notes: String,
}

/// A small table: the first column is words, the others are figures.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Table {
    pub(super) headings: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// A line of a list of facts.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Fact {
    pub(super) name: String,
    pub(super) text: String,
}

impl Slide {
    pub(super) fn new(id: &str, class: &'static str, title: impl Into<String>) -> Self {
        Self { id: id.to_owned(), class, title: title.into(), ..Self::default() }
    }

    /// A chart under a claim.
    pub(super) fn of_chart(id: &str, title: impl Into<String>, chart: &Chart, source: &str) -> Self {
        Self {
            wide: chart.slide(),
            narrow: chart.svg(&Frame::PHONE),
            source: source.to_owned(),
            ..Self::new(id, "figure", title)
        }
    }

    /// The same, of a chart that may not hold all rows: it says how many it leaves to the report.
    pub(super) fn of_cast(id: &str, title: impl Into<String>, cast: &Cast, source: &str) -> Self {
        let mut slide = Self::of_chart(id, title, &cast.chart, source);
        if cast.left_out > 0 {
            let rows = counted(cast.left_out as u64, "more row", "more rows");
            slide.source = format!("{} · {rows} in the report", slide.source);
        }
        slide
    }

    pub(super) fn saying(self, notes: impl Into<String>) -> Self {
        Self { notes: notes.into(), ..self }
    }
}
