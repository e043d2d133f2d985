//! A slide, as the template takes it.

use super::super::chart::{Chart, Frame};
use serde::Serialize;

/// All parts may be empty, the title excepted.
#[derive(Debug, Default, Serialize)]
pub(super) struct Slide {
    pub(super) id: String,
    pub(super) class: &'static str,
    pub(super) kicker: String,
    pub(super) title: String,
    /// Which of several slides on one chart it is, for the title's end.
    #[serde(skip)]
    pub(super) part: String,
    pub(super) lead: String,
    pub(super) points: Vec<String>,
    pub(super) code: String,
    pub(super) facts: Vec<Fact>,
    pub(super) wide: String,
    pub(super) narrow: String,
    /// What each step of a chart says, shown one after the other.
    pub(super) steps: Vec<String>,
    pub(super) claim: String,
    pub(super) source: String,
    pub(super) notes: String,
}

/// A line of a list of facts.
#[derive(Debug, Serialize)]
pub(super) struct Fact {
    pub(super) name: String,
    pub(super) text: String,
}

impl Slide {
    pub(super) fn new(class: &'static str, title: impl Into<String>) -> Self {
        Self { class, title: title.into(), ..Self::default() }
    }

    pub(super) fn of_chart(chart: &Chart) -> Self {
        Self {
            wide: chart.slide(),
            narrow: chart.svg(&Frame::PHONE),
            source: chart.source.clone(),
            ..Self::new("figure", chart.title.clone())
        }
    }
}
