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
use super::svg::{Anchor, Hand, Ink, Short, Svg, width, wrap};
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
    /// The last row that is painted: the others have their room, and wait for a later slide.
    pub(super) until: Option<usize>,
}

impl Rows {
    /// Rows along an axis, and nothing besides.
    pub(super) fn new(scale: Scale, unit: Unit, measure: impl Into<String>, rows: Vec<Row>) -> Self {
        Self { scale, unit, measure: measure.into(), line: None, legend: Vec::new(), rows, until: None }
    }

    /// How high its legend and its axis are, about.
    fn around(&self, layout: &Layout) -> f64 {
        let legend = if self.legend.is_empty() { 0.0 } else { layout.small * 2.1 };
        layout.font * (2.4 + 1.1 * self.measure_lines(layout).len() as f64) + legend
    }

    /// How many of its rows, from the first, find room in a chart of that height.
    pub(super) fn fitting(&self, frame: &Frame, height: f64) -> usize {
        let layout = self.layout(frame);
        let room = height - self.around(&layout);
        let ends = self.rows.iter().scan(0.0, |end, row| {
            *end += layout.height(row);
            Some(*end)
        });
        ends.take_while(|end| *end <= room).count()
    }

    /// The chart as SVG.
    pub(super) fn svg(&self, head: &Head<'_>, frame: &Frame) -> String {
        let axis = self.axis();
        let layout = self.layout(frame);
        let mut body = Svg::default();
        let mut y = head.paint(&mut body, frame);
        y = self.paint_legend(&mut body, &layout, y);
        let top = y;
        let mut heights: Vec<f64> = self.rows.iter().map(|row| layout.height(row)).collect();
        // What a later slide shows keeps its room, so that nothing moves between slides; where they stand one below the
        // other, nothing moves.
        if frame.labels == Labels::Above {
            heights.truncate(self.until.map_or(heights.len(), |until| until + 1));
        }
        let bottom = top + heights.iter().sum::<f64>();
        self.paint_axis(&mut body, &layout, &axis, (top, bottom));
        for (index, (row, height)) in self.rows.iter().zip(&heights).enumerate() {
            if self.until.is_none_or(|until| index <= until) {
                start_row(&mut body, row, (y, *height));
                // What is between the marks answers the pointer, too.
                body.rect((0.0, y), (layout.width, *height), "hit", "none");
                self.paint_row(&mut body, &layout, &axis, row, (y, *height));
                body.end("g");
            }
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
            Drawing::Held(parts, measured) => {
                vec![parts.iter().map(|(_, length, _)| length).sum(), measured.low, measured.high]
            }
            Drawing::Samples(samples, estimate) => {
                samples.iter().copied().chain([estimate.low, estimate.high]).collect()
            }
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
        let (font, small) = (frame.font, frame.small);
        let widest =
            |texts: &mut dyn Iterator<Item = &str>, size: f64| texts.map(|t| width(t, size)).fold(0.0, f64::max);
        let value = widest(&mut self.rows.iter().map(|row| row.value.as_str()), font);
        let (left, right) = match frame.labels {
            Labels::Above => (2.0, frame.width - 12.0),
            Labels::Beside => {
                let names = widest(&mut self.rows.iter().map(|row| row.name.as_str()), font);
                let details = widest(&mut self.rows.iter().map(|row| row.detail.as_str()), small);
                let left = (names.max(details) + font).min(frame.width * 0.42);
                (left, (frame.width - value - font * 1.5).max(left + frame.width * 0.2))
            }
        };
        Layout { font, small, left, right, labels: frame.labels, width: frame.width }
    }

    fn paint_legend(&self, svg: &mut Svg, layout: &Layout, mut y: f64) -> f64 {
        if self.legend.is_empty() {
            return y;
        }
        let size = layout.small;
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
        let size = layout.small;
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
        wrap(&self.measure, layout.small, layout.width - 4.0)
    }

    fn paint_row(&self, svg: &mut Svg, layout: &Layout, axis: &Axis, row: &Row, (y, height): (f64, f64)) {
        let font = layout.font;
        let plain = Hand { size: font, anchor: Anchor::Start, ink: Ink::Plain };
        let detail = Hand { size: layout.small, anchor: Anchor::Start, ink: Ink::Faint };
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
            Drawing::Held(parts, measured) => marks::held(svg, layout, axis, at, (parts, measured)),
            Drawing::Samples(samples, estimate) => marks::samples(svg, layout, axis, at, (samples, estimate)),
            Drawing::Points(points) => marks::points(svg, layout, axis, at, points),
            Drawing::Reason(_) => {
                let hand = Hand { size: layout.small, anchor: Anchor::Start, ink: Ink::Trouble };
                for (index, line) in layout.reason(row).iter().enumerate() {
                    svg.text((layout.left, lane + font * 0.9 + index as f64 * hand.size * 1.25), hand, line);
                }
            }
        }
        svg.line((2.0, y + height), (layout.width - 2.0, y + height), 1.0, "grid", "#eaeef2");
    }
}

/// The beginning of a row's group: what it says, and by what it sorts.
fn start_row(svg: &mut Svg, row: &Row, (y, height): (f64, f64)) {
    let (y, height) = (Short(y), Short(height));
    let value = row.mark.value().map(|value| value.to_string());
    let mut attributes: Vec<(&str, &dyn std::fmt::Display)> =
        vec![("class", &"row"), ("data-y", &y), ("data-height", &height), ("data-name", &row.name)];
    attributes.extend(value.as_ref().map(|value| ("data-value", value as &dyn std::fmt::Display)));
    svg.start("g", &attributes);
    svg.leaf("title", &[], &row.words);
}
