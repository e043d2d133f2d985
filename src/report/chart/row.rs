//! A row of a chart, and where its parts are.

use super::axis::Axis;
use super::look::{Colour, Labels};
use super::svg::{Anchor, Hand, Ink, wrap};
use crate::measure::stats::Estimate;

/// A row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) name: String,
    /// A second line under the name: what changes.
    pub(super) detail: String,
    pub(super) mark: Drawing,
    /// The figure.
    pub(super) value: String,
    /// All of it in words: the tooltip.
    pub(super) words: String,
}

/// What a row shows along the axis.
#[derive(Debug, Clone)]
pub(super) enum Drawing {
    /// A length from 0, its interval, and every sample.
    Bar { estimate: Estimate, samples: Vec<f64>, colour: Colour, before: Option<f64> },
    /// A stacked bar: lengths end to end.
    Stack(Vec<(Colour, f64, String)>),
    /// What was predicted, end to end, over what was measured.
    Held(Vec<(Colour, f64, String)>, Estimate),
    /// Every sample; where they are many, how densely they lie. And their median with its interval.
    Samples(Vec<f64>, Estimate),
    /// A point with its interval for each series.
    Points(Vec<(usize, Colour, Estimate)>),
    /// No figure, and why.
    Reason(String),
}

impl Drawing {
    /// What rows are sorted by; `None` without a figure.
    pub(super) fn value(&self) -> Option<f64> {
        match self {
            Self::Bar { estimate, .. } | Self::Held(_, estimate) | Self::Samples(_, estimate) => Some(estimate.median),
            Self::Stack(parts) => Some(parts.iter().map(|(_, length, _)| length).sum()),
            Self::Points(points) => points.first().map(|(.., estimate)| estimate.median),
            Self::Reason(_) => None,
        }
    }
}

/// Where the parts of all rows are.
pub(super) struct Layout {
    pub(super) font: f64,
    pub(super) small: f64,
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) labels: Labels,
    pub(super) width: f64,
}

impl Layout {
    pub(super) fn x(&self, axis: &Axis, value: f64) -> f64 {
        self.left + axis.place(value) * (self.right - self.left)
    }

    pub(super) fn name_lines(&self, row: &Row, plain: Hand, detail: Hand) -> Vec<(Vec<String>, Hand)> {
        let room = match self.labels {
            Labels::Beside => self.left - self.font * 0.5,
            Labels::Above => self.width - 4.0,
        };
        let mut lines = vec![(wrap(&row.name, plain.size, room), plain)];
        if !row.detail.is_empty() {
            lines.push((wrap(&row.detail, detail.size, room), detail));
        }
        lines
    }

    /// A row's reason, in lines.
    pub(super) fn reason(&self, row: &Row) -> Vec<String> {
        match &row.mark {
            Drawing::Reason(reason) => wrap(reason, self.small, self.width - self.left - 4.0),
            _ => Vec::new(),
        }
    }

    /// Points stand in lanes: the more there are, the higher.
    pub(super) fn mark_height(&self, row: &Row) -> f64 {
        match &row.mark {
            Drawing::Points(points) => self.font * (0.36 * points.len() as f64).max(1.3),
            _ => self.font * 1.3,
        }
    }

    pub(super) fn height(&self, row: &Row) -> f64 {
        let hand = Hand { size: self.font, anchor: Anchor::Start, ink: Ink::Plain };
        let lines = self.name_lines(row, hand, Hand { size: self.small, ..hand });
        let names: f64 = lines.iter().map(|(lines, hand)| lines.len() as f64 * hand.size * 1.25).sum();
        let reason = self.reason(row).len() as f64 * self.small * 1.25;
        match self.labels {
            Labels::Beside => {
                (names + self.font * 0.7).max(self.mark_height(row) + self.font * 0.7).max(reason + self.font * 0.9)
            }
            Labels::Above => {
                let value = if row.value.is_empty() { 0.0 } else { self.font * 1.25 };
                names + value + reason.max(self.mark_height(row) - self.font * 0.1) + self.font * 1.05
            }
        }
    }
}
