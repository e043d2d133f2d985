//! A table whose cells are coloured by their figure: what several records say of many rows, at a glance.
//!
//! Points with intervals were tried: of six file systems and as many rows they lie on each other. A cell has its figure in
//! words, so no colour must be told from another; its interval is said under the pointer, and stands in the page's table.

use super::Head;
use super::look::{Caption, Frame, Labels};
use super::svg::{Anchor, Hand, Ink, Short, Svg, width, wrap};
use std::fmt::Display;

/// The chart.
#[derive(Debug, Clone)]
pub(super) struct Heat {
    /// What a cell's figure is, in words.
    pub(super) measure: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Band>,
}

/// A row, with a cell for each column.
#[derive(Debug, Clone)]
pub(super) struct Band {
    pub(super) name: String,
    pub(super) cells: Vec<Option<Cell>>,
}

/// A figure.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// Times as fast: above 1 is better.
    pub(super) speed: f64,
    /// Whether it is surely not 1.
    pub(super) sure: bool,
    pub(super) text: String,
    /// All of it in words.
    pub(super) words: String,
}

/// A speed of so much, or of its inverse, has the full colour; or the largest there is.
const FULL: f64 = 4.0;

/// How wide a heading may be whose neighbours are on another line, in columns.
const STAGGERED: f64 = 1.6;

/// The strongest colour still leaves its text a contrast of 4.5, on white and on black.
const STRONGEST: f64 = 0.55;

impl Heat {
    /// How high a row is.
    fn pitch(frame: &Frame) -> f64 {
        match frame.labels {
            Labels::Beside => frame.font * 1.8,
            Labels::Above => frame.font * 3.1,
        }
    }

    /// Where its cells begin, and how wide each is.
    fn grid(&self, frame: &Frame) -> (f64, f64) {
        let names = self.rows.iter().map(|row| width(&row.name, frame.font)).fold(0.0, f64::max);
        let left = match frame.labels {
            Labels::Beside => (names + frame.font).min(frame.width * 0.4),
            Labels::Above => 2.0,
        };
        (left, (frame.width - left) / self.columns.len().max(1) as f64)
    }

    /// Whether each word of its headings has room.
    pub(super) fn breaks_no_heading(&self, frame: &Frame) -> bool {
        let (_, each) = self.grid(frame);
        self.columns.iter().flat_map(|name| name.split(' ')).all(|word| width(word, frame.small) <= each - 4.0)
    }

    /// How many of its rows find room in a chart of that height, below headings of one word each.
    pub(super) fn fitting(&self, frame: &Frame, height: f64) -> usize {
        let measure = wrap(&self.measure, frame.small, frame.width - 4.0).len() as f64;
        let headings = if self.breaks_no_heading(frame) { 1.2 } else { 2.4 };
        let around = frame.font * 1.5 + frame.small * (0.6 + headings + 1.3 * measure);
        (((height - around) / Self::pitch(frame)) as usize).min(self.rows.len())
    }

    /// The chart as SVG.
    pub(super) fn svg(&self, head: &Head<'_>, frame: &Frame) -> String {
        let mut body = Svg::default();
        let (font, small) = (frame.font, frame.small);
        let mut y = head.paint(&mut body, frame);
        let (left, each) = self.grid(frame);
        // Where a word would be cut in pieces, every second heading is a line higher, and reaches over its neighbours; and
        // smaller, where that does not do, as on a phone.
        let is_staggered = !self.breaks_no_heading(frame);
        let room = if is_staggered { each * STAGGERED } else { each - 4.0 };
        let words = self.columns.iter().flat_map(|name| name.split(' '));
        let widest = words.map(|word| width(word, small)).fold(1.0, f64::max);
        let size = small * (room / widest).min(1.0);
        let faint = Hand { size, anchor: Anchor::Middle, ink: Ink::Faint };
        let headings: Vec<Vec<String>> = self.columns.iter().map(|name| wrap(name, size, room + 1.0)).collect();
        let lines = headings.iter().map(Vec::len).max().unwrap_or(0);
        let stagger = if is_staggered { lines } else { 0 };
        for (column, heading) in headings.iter().enumerate() {
            let below = if column % 2 == 0 { stagger } else { 0 };
            for (line, text) in heading.iter().enumerate() {
                let down = (below + lines - heading.len() + line + 1) as f64 * small * 1.2;
                // The last one stays within the picture.
                let most = frame.width - width(text, size) / 2.0;
                body.text(((left + each * (column as f64 + 0.5)).min(most), y + down), faint, text);
            }
        }
        y += (lines + stagger) as f64 * small * 1.2 + font * 0.5;
        let speeds = self.rows.iter().flat_map(|row| &row.cells).flatten().map(|cell| cell.speed);
        let full = speeds.map(|speed| speed.max(1.0 / speed)).filter(|speed| speed.is_finite()).fold(FULL, f64::max);
        for row in &self.rows {
            Self::paint_row(&mut body, frame, row, (left, y, each), full);
            y += Self::pitch(frame);
        }
        let words = Hand { size: small, anchor: Anchor::Start, ..faint };
        for line in wrap(&self.measure, small, frame.width - 4.0) {
            y += small * 1.3;
            body.text((2.0, y), words, &line);
        }
        let mut end = y + small * 0.6;
        if frame.caption == Caption::Inside {
            end = head.paint_source(&mut body, frame, end);
        }
        head.wrap(body, frame, end)
    }

    fn paint_row(svg: &mut Svg, frame: &Frame, row: &Band, (left, y, each): (f64, f64, f64), full: f64) {
        let font = frame.font;
        let best = row.cells.first().and_then(Option::as_ref).map(|cell| cell.speed.to_string());
        let (from, height) = (Short(y), Short(Self::pitch(frame)));
        let mut attributes: Vec<(&str, &dyn Display)> =
            vec![("class", &"band"), ("data-y", &from), ("data-height", &height), ("data-name", &row.name)];
        attributes.extend(best.as_ref().map(|best| ("data-value", best as &dyn Display)));
        svg.start("g", &attributes);
        let hand = Hand { size: font, anchor: Anchor::Start, ink: Ink::Plain };
        let top = match frame.labels {
            Labels::Beside => y,
            Labels::Above => y + font * 1.3,
        };
        svg.text((2.0, y + font * 1.15), hand, &row.name);
        for (column, cell) in row.cells.iter().enumerate() {
            let x = left + each * column as f64;
            let middle = Hand { anchor: Anchor::Middle, size: font.min(each / 4.2), ..hand };
            let at = (x + each / 2.0, top + font * 1.15);
            let Some(cell) = cell else {
                svg.text(at, Hand { ink: Ink::Faint, ..middle }, "–");
                continue;
            };
            cell.paint(svg, (x, top, each), frame.font, full);
            svg.text(at, middle, &cell.text);
            svg.end("g");
        }
        svg.end("g");
    }
}

impl Cell {
    /// The beginning of its group, and its colour.
    fn paint(&self, svg: &mut Svg, (x, y, width): (f64, f64, f64), font: f64, full: f64) {
        svg.start("g", &[("class", &"row")]);
        svg.leaf("title", &[], &self.words);
        let strength = if self.sure { (self.speed.ln() / full.ln()).clamp(-1.0, 1.0) } else { 0.0 };
        let (class, hex) = if strength > 0.0 { ("c0", "#0072b2") } else { ("c1", "#d55e00") };
        // A little of the colour even where the gain is small: what is surely something looks like something.
        let opacity = if strength == 0.0 { 0.0 } else { 0.08 + (STRONGEST - 0.08) * strength.abs() };
        svg.element(
            "rect",
            &[
                ("x", &Short(x + 1.5)),
                ("y", &Short(y)),
                ("width", &Short(width - 3.0)),
                ("height", &Short(font * 1.65)),
                ("class", &class),
                ("fill", &hex),
                ("fill-opacity", &format!("{opacity:.2}")),
                ("pointer-events", &"all"),
            ],
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opacity(speed: f64, sure: bool) -> f64 {
        let mut svg = Svg::default();
        Cell { speed, sure, text: String::new(), words: String::new() }.paint(&mut svg, (0.0, 0.0, 9.0), 9.0, 4.0);
        let text = svg.into_string();
        text.split("fill-opacity=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
    }

    #[test]
    fn what_may_be_no_difference_has_no_colour_and_no_colour_hides_its_text() {
        assert_eq!([opacity(3.0, false), opacity(0.3, false)], [0.0, 0.0]);
        assert!(opacity(1.01, true) > 0.05, "what is sure is seen");
        assert!(opacity(2.0, true) > opacity(1.2, true));
        assert_eq!([opacity(1e9, true), opacity(1e-9, true)], [STRONGEST, STRONGEST]);
    }
}
