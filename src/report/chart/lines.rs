//! Line chart of times over thread counts. Both axes are logarithmic, so that perfect scaling is a straight line.

use super::super::number::duration_interval;
use super::axis::{Axis, Scale, Unit};
use super::look::{Caption, Frame, SERIES, series};
use super::svg::{Anchor, Hand, Ink, Short, Svg, width, wrap};
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
    small: f64,
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
        let small = Hand { size: frame.small, anchor: Anchor::Start, ink: Ink::Faint };
        for line in wrap(&self.upwards, small.size, frame.width - 4.0) {
            body.text((2.0, y + font), small, &line);
            y += small.size * 1.3;
        }
        y += font * 0.8;
        let shown = self.shown();
        let points = || shown.iter().flat_map(|line| &line.points);
        let names = shown.iter().map(|line| width(&line.name, small.size)).fold(0.0, f64::max);
        let up = points().flat_map(|(_, estimate)| [estimate.low, estimate.high]);
        let plot = Plot {
            font,
            small: frame.small,
            left: font * 4.8,
            right: (frame.width - names - font * 1.8).max(frame.width * 0.5),
            top: y,
            bottom: y + frame.rise,
            across: Axis::holding(Scale::Logarithmic, Unit::Count, points().map(|(count, _)| *count as f64)),
            up: Axis::holding(Scale::Logarithmic, Unit::Time, up),
        };
        self.paint_axes(&mut body, &plot);
        for (index, line) in shown.iter().enumerate() {
            plot.paint(&mut body, index, line);
        }
        plot.paint_names(&mut body, &shown);
        let across = Hand { anchor: Anchor::End, ..small };
        body.text((plot.right, plot.bottom + font * 2.6), across, &self.across);
        let mut end = plot.bottom + font * 3.2;
        let hidden: Vec<&str> = self.lines.iter().skip(shown.len()).map(|line| line.name.as_str()).collect();
        if !hidden.is_empty() {
            body.text((2.0, end + font * 0.4), small, &format!("Not drawn: {}", hidden.join(", ")));
            end += font * 1.2;
        }
        if frame.caption == Caption::Inside {
            end = head.paint_source(&mut body, frame, end);
        }
        head.wrap(body, frame, end)
    }

    /// As many as there are colours.
    fn shown(&self) -> Vec<&Line> {
        self.lines.iter().take(SERIES.len()).collect()
    }

    fn paint_axes(&self, svg: &mut Svg, plot: &Plot) {
        let hand = Hand { size: plot.small, anchor: Anchor::End, ink: Ink::Faint };
        for (value, text) in plot.up.ticks(((plot.bottom - plot.top) / (plot.font * 2.2)) as usize) {
            let y = plot.y(value);
            svg.line((plot.left, y), (plot.right, y), 1.0, "grid", "#d8dee4");
            svg.text((plot.left - plot.font * 0.5, y + plot.font * 0.3), hand, &text);
        }
        let mut counts: Vec<usize> =
            self.shown().iter().flat_map(|line| line.points.iter().map(|(count, _)| *count)).collect();
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

    /// Each line's name at its end, in its colour: no legend to look up. Names that would overlap make room.
    fn paint_names(&self, svg: &mut Svg, lines: &[&Line]) {
        let ends = lines.iter().enumerate().filter_map(|(index, line)| {
            let (_, estimate) = line.points.last()?;
            Some((index, line, self.y(estimate.median)))
        });
        let mut ends: Vec<(usize, &&Line, f64)> = ends.collect();
        ends.sort_by(|a, b| a.2.total_cmp(&b.2));
        let step = self.small * 1.15;
        // From the top down each gets its room; then from the bottom up, so that none leaves the picture.
        let mut lowest = f64::MIN;
        for (.., y) in &mut ends {
            *y = y.max(lowest + step);
            lowest = *y;
        }
        let mut highest = self.bottom + step;
        for (.., y) in ends.iter_mut().rev() {
            *y = y.min(highest - step);
            highest = *y;
        }
        for (index, line, y) in ends {
            let x = self.right + self.font * 0.9;
            marks::point(svg, index, (x, y), self.small * 0.32, series(index));
            let hand = Hand { size: self.small, anchor: Anchor::Start, ink: Ink::Plain };
            svg.text((x + self.small * 0.7, y + self.small * 0.35), hand, &line.name);
        }
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
            svg.start("g", &[("class", &"row")]);
            svg.leaf("title", &[], &format!("{}, {count}: {}", line.name, duration_interval(estimate)));
            svg.line((x, self.y(estimate.low)), (x, self.y(estimate.high)), 2.0, "whisker", "#1b1f24");
            marks::point(svg, index, (x, self.y(estimate.median)), self.font * 0.36, colour);
            svg.end("g");
        }
    }
}
