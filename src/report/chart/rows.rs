//! A chart of rows: each has a name, a mark along one common axis, and its figure as text at the end.
//!
//! ```text
//!   std            ████████████████├─┤        81.2 ms  baseline
//!   getdents/64k   ███████├┤                  33.0 ms  0.41×
//!   getdents+uring cannot run here: io_uring is switched off
//!                  0      20 ms    40 ms      80 ms
//! ```
//!
//! A row without a measurement has its reason where the mark would be: wrapped, never cut.

use super::axis::{Axis, Scale, Unit};
use super::look::{Caption, Colour, Frame, Labels};
use super::row::{Drawing, Layout, Row};
use super::svg::{Anchor, Hand, Ink, Svg, width, wrap};
use super::{Head, marks};

/// More ticks than this confuse, however much room there is.
const MOST_TICKS: usize = 8;

/// The chart.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) scale: Scale,
    pub(super) unit: Unit,
    /// What the axis shows, in words.
    pub(super) measure: String,
    /// A value with a line through all rows.
    pub(super) line: Option<f64>,
    /// Names of series, where colours stand for any.
    pub(super) legend: Vec<(Colour, String)>,
    pub(super) rows: Vec<Row>,
    /// Rows that are never left out: the baseline.
    pub(super) stay: Vec<usize>,
}

impl Rows {
    /// About how high its rows are.
    pub(super) fn height(&self, frame: &Frame) -> f64 {
        let layout = self.layout(frame);
        self.rows.iter().map(|row| layout.height(row)).sum()
    }

    /// The chart as SVG.
    pub(super) fn svg(&self, head: &Head<'_>, frame: &Frame) -> String {
        let axis = self.axis();
        let layout = self.layout(frame);
        let mut body = Svg::default();
        let mut y = head.paint(&mut body, frame);
        y = self.paint_legend(&mut body, &layout, y);
        let top = y;
        let heights: Vec<f64> = self.rows.iter().map(|row| layout.height(row)).collect();
        let bottom = top + heights.iter().sum::<f64>();
        self.paint_axis(&mut body, &layout, &axis, (top, bottom));
        for (index, (row, height)) in self.rows.iter().zip(&heights).enumerate() {
            body.start("g", &[("class", &"row"), ("data-step", &index)]);
            body.leaf("title", &[], &row.words);
            self.paint_row(&mut body, &layout, &axis, row, (y, *height));
            body.end("g");
            y += height;
        }
        let measure = self.measure_lines(&layout).len() as f64;
        let mut end = bottom + layout.font * (2.0 + 1.1 * measure);
        if frame.caption == Caption::Inside {
            end = head.paint_source(&mut body, frame, end);
        }
        head.wrap(body, frame, end)
    }

    /// An axis for these rows: samples far beyond all intervals do not stretch it.
    fn axis(&self) -> Axis {
        let values = self.rows.iter().flat_map(|row| match &row.mark {
            Drawing::Bar { estimate, .. } => vec![estimate.low, estimate.high],
            Drawing::Stack(parts) => vec![parts.iter().map(|(_, length, _)| length).sum()],
            Drawing::Points(points) => points.iter().flat_map(|(.., estimate)| [estimate.low, estimate.high]).collect(),
            Drawing::Reason(_) => Vec::new(),
        });
        let values: Vec<f64> = values.chain(self.line).collect();
        let reach = values.iter().copied().fold(0.0, f64::max) * 1.1;
        let samples = self.rows.iter().flat_map(|row| match &row.mark {
            Drawing::Bar { samples, .. } => samples.as_slice(),
            _ => &[],
        });
        let near = samples.copied().filter(|sample| *sample <= reach);
        Axis::holding(self.scale, self.unit, values.iter().copied().chain(near))
    }

    fn layout(&self, frame: &Frame) -> Layout {
        let font = frame.font;
        let widest =
            |texts: &mut dyn Iterator<Item = &str>, size: f64| texts.map(|t| width(t, size)).fold(0.0, f64::max);
        let value = widest(&mut self.rows.iter().map(|row| row.value.as_str()), font);
        let (left, right) = match frame.labels {
            Labels::Above => (2.0, frame.width - 12.0),
            Labels::Beside => {
                let names = widest(&mut self.rows.iter().map(|row| row.name.as_str()), font);
                let details = widest(&mut self.rows.iter().map(|row| row.detail.as_str()), font * 0.8);
                let left = (names.max(details) + font).min(frame.width * 0.42);
                (left, (frame.width - value - font * 1.5).max(left + frame.width * 0.2))
            }
        };
        Layout { font, left, right, labels: frame.labels, width: frame.width }
    }

    fn paint_legend(&self, svg: &mut Svg, layout: &Layout, mut y: f64) -> f64 {
        if self.legend.is_empty() {
            return y;
        }
        let size = layout.font * 0.9;
        let mut x = 2.0;
        for (index, (colour, name)) in self.legend.iter().enumerate() {
            let room = size * 1.6 + width(name, size) + size;
            if x > 2.0 && x + room > layout.width {
                x = 2.0;
                y += size * 1.6;
            }
            let points = self.rows.iter().any(|row| matches!(row.mark, Drawing::Points(_)));
            match points {
                true => marks::point(svg, index, (x + size * 0.6, y + size * 0.5), size * 0.42, *colour),
                false => svg.rect((x, y), (size, size), colour.class, colour.hex),
            }
            let hand = Hand { size, anchor: Anchor::Start, ink: Ink::Plain };
            svg.text((x + size * 1.5, y + size * 0.88), hand, name);
            x += room;
        }
        y + size * 2.1
    }

    fn paint_axis(&self, svg: &mut Svg, layout: &Layout, axis: &Axis, (top, bottom): (f64, f64)) {
        let room = layout.right - layout.left;
        let size = layout.font * 0.85;
        let hand = Hand { size, anchor: Anchor::Middle, ink: Ink::Faint };
        // Logarithmic ones stand unevenly: they need more room.
        let each = if self.scale == Scale::Linear { 4.2 } else { 5.5 };
        for (value, text) in axis.ticks(((room / (layout.font * each)) as usize).min(MOST_TICKS)) {
            let x = layout.x(axis, value);
            svg.line((x, top), (x, bottom), 1.0, "grid", "#d8dee4");
            // The text of a tick at either end stays within the picture.
            let half = width(&text, size) / 2.0;
            svg.text((x.clamp(half, (layout.width - half).max(half)), bottom + size * 1.4), hand, &text);
        }
        if let Some(value) = self.line.filter(|value| axis.holds(*value)) {
            let x = layout.x(axis, value);
            svg.line((x, top), (x, bottom), 2.0, "rule", "#3d444d");
        }
        let hand = Hand { anchor: Anchor::Start, ..hand };
        let lines = self.measure_lines(layout);
        let widest = lines.iter().map(|line| width(line, size)).fold(0.0, f64::max);
        let x = layout.left.min(layout.width - widest).max(2.0);
        for (index, line) in lines.iter().enumerate() {
            svg.text((x, bottom + size * (2.9 + 1.3 * index as f64)), hand, line);
        }
    }

    fn measure_lines(&self, layout: &Layout) -> Vec<String> {
        wrap(&self.measure, layout.font * 0.85, layout.width - 4.0)
    }

    /// Indices of its rows, in pieces that are each at most `height` high; one where all are little higher than that.
    pub(super) fn pieces(&self, frame: &Frame, height: f64) -> Vec<Vec<usize>> {
        let layout = self.layout(frame);
        let heights: Vec<f64> = self.rows.iter().map(|row| layout.height(row)).collect();
        if heights.iter().sum::<f64>() <= height * 1.35 {
            return vec![(0..self.rows.len()).collect()];
        }
        let mut pieces = vec![Vec::new()];
        let mut filled = 0.0;
        for (index, row) in heights.iter().enumerate() {
            if filled + row > height && filled > 0.0 {
                pieces.push(Vec::new());
                filled = 0.0;
            }
            filled += row;
            pieces.last_mut().into_iter().for_each(|piece| piece.push(index));
        }
        pieces
    }

    fn paint_row(&self, svg: &mut Svg, layout: &Layout, axis: &Axis, row: &Row, (y, height): (f64, f64)) {
        let font = layout.font;
        let plain = Hand { size: font, anchor: Anchor::Start, ink: Ink::Plain };
        let detail = Hand { size: font * 0.8, anchor: Anchor::Start, ink: Ink::Faint };
        let mut baseline = y + font * 1.2;
        for (lines, hand) in layout.name_lines(row, plain, detail) {
            for line in lines {
                svg.text((2.0, baseline), hand, &line);
                baseline += hand.size * 1.25;
            }
        }
        let strong = Hand { ink: Ink::Strong, ..plain };
        let lane = match layout.labels {
            Labels::Beside => {
                svg.text((layout.width - 2.0, y + font * 1.2), Hand { anchor: Anchor::End, ..strong }, &row.value);
                y + font * 0.35
            }
            Labels::Above => {
                if !row.value.is_empty() {
                    svg.text((2.0, baseline + font * 0.15), strong, &row.value);
                    baseline += font * 1.25;
                }
                baseline - font * 0.75
            }
        };
        let at = (lane, layout.mark_height(row));
        match &row.mark {
            Drawing::Bar { estimate, samples, colour, before } => {
                marks::bar(svg, layout, axis, at, (estimate, samples, *colour, *before));
            }
            Drawing::Stack(parts) => marks::stack(svg, layout, axis, at, parts),
            Drawing::Points(points) => marks::points(svg, layout, axis, at, points),
            Drawing::Reason(_) => {
                let hand = Hand { size: font * 0.85, anchor: Anchor::Start, ink: Ink::Trouble };
                for (index, line) in layout.reason(row).iter().enumerate() {
                    svg.text((layout.left, lane + font * 0.9 + index as f64 * hand.size * 1.25), hand, line);
                }
            }
        }
        svg.line((2.0, y + height), (layout.width - 2.0, y + height), 1.0, "grid", "#eaeef2");
    }
}
