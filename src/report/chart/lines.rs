//! Line chart of times over thread counts. Both axes are logarithmic, so that perfect scaling is a straight line.

use super::axis::{Axis, Scale, Unit};
use super::look::{Caption, Frame, series};
use super::svg::{Anchor, Hand, Ink, Short, Svg, width};
use super::{Head, marks};
use crate::measure::stats::Estimate;

/// The chart.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    /// What the horizontal axis counts, in words.
    pub(super) across: String,
    /// What the vertical axis shows, in words.
    pub(super) upwards: String,
    pub(super) lines: Vec<Line>,
}

/// A series.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) name: String,
    /// From left to right.
    pub(super) points: Vec<(usize, Estimate)>,
}

/// Where things are.
struct Plot {
    font: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    across: Axis,
    up: Axis,
}

impl Lines {
    /// The chart as SVG.
    pub(super) fn svg(&self, head: &Head<'_>, frame: &Frame) -> String {
        let font = frame.font;
        let mut body = Svg::default();
        let mut y = head.paint(&mut body, frame);
        y = self.paint_legend(&mut body, frame, y);
        let small = Hand { size: font * 0.85, anchor: Anchor::Start, ink: Ink::Faint };
        body.text((2.0, y + font), small, &self.upwards);
        y += font * 2.0;
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let up = points().flat_map(|(_, estimate)| [estimate.low, estimate.high]);
        let plot = Plot {
            font,
            left: font * 4.8,
            right: frame.width - font,
            top: y,
            bottom: y + frame.rise,
            across: Axis::holding(Scale::Logarithmic, Unit::Count, points().map(|(count, _)| *count as f64)),
            up: Axis::holding(Scale::Logarithmic, Unit::Time, up),
        };
        self.paint_axes(&mut body, &plot);
        for (index, line) in self.lines.iter().enumerate() {
            plot.paint(&mut body, index, line);
        }
        let across = Hand { anchor: Anchor::End, ..small };
        body.text((plot.right, plot.bottom + font * 2.6), across, &self.across);
        let mut end = plot.bottom + font * 3.2;
        if frame.caption == Caption::Inside {
            end = head.paint_source(&mut body, frame, end);
        }
        head.wrap(body, frame, end)
    }

    fn paint_legend(&self, svg: &mut Svg, frame: &Frame, mut y: f64) -> f64 {
        let size = frame.font * 0.9;
        let mut x = 2.0;
        for (index, line) in self.lines.iter().enumerate() {
            let room = size * 2.6 + width(&line.name, size);
            if x > 2.0 && x + room > frame.width {
                x = 2.0;
                y += size * 1.6;
            }
            marks::point(svg, index, (x + size * 0.6, y + size * 0.5), size * 0.42, series(index));
            svg.text(
                (x + size * 1.5, y + size * 0.88),
                Hand { size, anchor: Anchor::Start, ink: Ink::Plain },
                &line.name,
            );
            x += room;
        }
        y + size * 2.1
    }

    fn paint_axes(&self, svg: &mut Svg, plot: &Plot) {
        let hand = Hand { size: plot.font * 0.85, anchor: Anchor::End, ink: Ink::Faint };
        for (value, text) in plot.up.ticks(((plot.bottom - plot.top) / (plot.font * 2.2)) as usize) {
            let y = plot.y(value);
            svg.line((plot.left, y), (plot.right, y), 1.0, "grid", "#d8dee4");
            svg.text((plot.left - plot.font * 0.5, y + plot.font * 0.3), hand, &text);
        }
        let mut counts: Vec<usize> =
            self.lines.iter().flat_map(|line| line.points.iter().map(|(count, _)| *count)).collect();
        counts.sort_unstable();
        counts.dedup();
        for count in counts {
            let x = plot.x(count as f64);
            svg.line((x, plot.top), (x, plot.bottom), 1.0, "grid", "#d8dee4");
            svg.text((x, plot.bottom + plot.font * 1.2), Hand { anchor: Anchor::Middle, ..hand }, &count.to_string());
        }
    }
}

impl Plot {
    fn x(&self, value: f64) -> f64 {
        self.left + self.across.place(value) * (self.right - self.left)
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - self.up.place(value) * (self.bottom - self.top)
    }

    fn paint(&self, svg: &mut Svg, index: usize, line: &Line) {
        let colour = series(index);
        let path = line
            .points
            .iter()
            .map(|(count, estimate)| format!("{},{}", Short(self.x(*count as f64)), Short(self.y(estimate.median))));
        let path = path.collect::<Vec<_>>().join(" ");
        let stroke = format!("line {}", colour.class);
        svg.element(
            "polyline",
            &[
                ("points", &path),
                ("class", &stroke),
                ("fill", &"none"),
                ("stroke", &colour.hex),
                ("stroke-width", &2.5),
            ],
        );
        for (count, estimate) in &line.points {
            let x = self.x(*count as f64);
            svg.line((x, self.y(estimate.low)), (x, self.y(estimate.high)), 2.0, "whisker", "#1b1f24");
            marks::point(svg, index, (x, self.y(estimate.median)), self.font * 0.36, colour);
        }
    }
}
