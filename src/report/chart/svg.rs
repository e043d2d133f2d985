//! Writing SVG: elements, attributes, text, all escaped; nothing else.
//!
//! A crate that draws charts was tried and left: its text is not text, or its charts know no intervals and no dark
//! page. Colours stand in presentation attributes, which any style sheet overrides: alone, a chart is dark on white;
//! within a page, the page's classes colour it. No `style` attribute is written, so that a page may forbid them.

use std::fmt::{Display, Write};

/// Pieces of SVG, in the order in which they are painted.
#[derive(Debug, Default)]
pub(super) struct Svg {
    text: String,
}

/// Which end of a text is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// What a text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// As the page's own.
    Plain,
    /// Emphasised.
    Strong,
    /// Secondary.
    Faint,
    /// An error.
    Trouble,
}

/// A text's font and alignment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hand {
    pub(super) size: f64,
    pub(super) anchor: Anchor,
    pub(super) ink: Ink,
}

impl Svg {
    /// `<name attributes/>`
    pub(super) fn element(&mut self, name: &str, attributes: &[(&str, &dyn Display)]) {
        self.start(name, attributes);
        self.text.truncate(self.text.len() - 1);
        self.text.push_str("/>");
    }

    /// `<name attributes>`
    pub(super) fn start(&mut self, name: &str, attributes: &[(&str, &dyn Display)]) {
        self.text.push('<');
        self.text.push_str(name);
        for (key, value) in attributes {
            // Writing to a string does not fail.
            let _ = write!(self.text, " {key}=\"{}\"", escape(&value.to_string()));
        }
        self.text.push('>');
    }

    /// `</name>`
    pub(super) fn end(&mut self, name: &str) {
        let _ = write!(self.text, "</{name}>");
    }

    /// `<name>content</name>`
    pub(super) fn leaf(&mut self, name: &str, attributes: &[(&str, &dyn Display)], content: &str) {
        self.start(name, attributes);
        self.text.push_str(&escape(content));
        self.end(name);
    }

    /// A rectangle.
    pub(super) fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), class: &str, fill: &str) {
        let (x, y, width, height) = (Short(x), Short(y), Short(width.max(0.0)), Short(height));
        self.element(
            "rect",
            &[("x", &x), ("y", &y), ("width", &width), ("height", &height), ("class", &class), ("fill", &fill)],
        );
    }

    /// A straight line.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), width: f64, class: &str, stroke: &str) {
        let (x1, y1, x2, y2) = (Short(from.0), Short(from.1), Short(to.0), Short(to.1));
        self.element(
            "line",
            &[
                ("x1", &x1),
                ("y1", &y1),
                ("x2", &x2),
                ("y2", &y2),
                ("class", &class),
                ("stroke", &stroke),
                ("stroke-width", &Short(width)),
            ],
        );
    }

    /// A line of text; its baseline is at `at`.
    pub(super) fn text(&mut self, at: (f64, f64), hand: Hand, content: &str) {
        let anchor = match hand.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (class, fill, weight) = match hand.ink {
            Ink::Plain => ("ink", "#1b1f24", "400"),
            Ink::Strong => ("ink", "#1b1f24", "700"),
            Ink::Faint => ("faint", "#57606a", "400"),
            Ink::Trouble => ("trouble", "#a4260b", "400"),
        };
        self.leaf(
            "text",
            &[
                ("x", &Short(at.0)),
                ("y", &Short(at.1)),
                ("font-size", &Short(hand.size)),
                ("font-weight", &weight),
                ("text-anchor", &anchor),
                ("class", &class),
                ("fill", &fill),
            ],
            content,
        );
    }

    pub(super) fn into_string(self) -> String {
        self.text
    }
}

/// A number with as many decimals as a screen can show.
pub(super) struct Short(pub(super) f64);

impl Display for Short {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rounded = (self.0 * 10.0).round() / 10.0;
        // Neither NaN nor infinity is a coordinate, and -0 is a curiosity.
        let shown = if rounded.is_finite() && rounded != 0.0 { rounded } else { 0.0 };
        write!(f, "{shown}")
    }
}

/// Text as it may stand in XML, in content and between quotes. What XML 1.0 has no way to hold becomes U+FFFD.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' | '\r' => escaped.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// How wide a text is, about: a proportional font's widths differ, so the widest usual ones (DejaVu Sans) are taken.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '|' | '\'' | '!' => 0.32,
        'f' | 't' | 'r' | ' ' | '(' | ')' | '[' | ']' | '/' | '-' => 0.41,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.98,
        c if c.is_ascii_lowercase() || c.is_ascii_digit() => 0.635,
        // East Asian characters are as wide as high.
        c if u32::from(c) >= 0x1100 => 1.0,
        _ => 0.75,
    };
    text.chars().map(em).sum::<f64>() * size
}

/// A text in lines no wider than `room`; a word that is too wide is cut in pieces, nothing is dropped.
pub(super) fn wrap(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        for (index, piece) in pieces(word, size, room).into_iter().enumerate() {
            let Some(line) = lines.last_mut() else { continue };
            let joined =
                if line.is_empty() || index > 0 { format!("{line}{piece}") } else { format!("{line} {piece}") };
            if line.is_empty() || (index == 0 && width(&joined, size) <= room) {
                *line = joined;
            } else {
                lines.push(piece);
            }
        }
    }
    lines
}

fn pieces(word: &str, size: f64, room: f64) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for c in word.chars() {
        if let Some(piece) = pieces.last_mut() {
            if piece.is_empty() || width(piece, size) + width(c.encode_utf8(&mut [0; 4]), size) <= room {
                piece.push(c);
            } else {
                pieces.push(c.to_string());
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_can_end_an_element_or_an_attribute() {
        let mut svg = Svg::default();
        svg.leaf("text", &[("class", &"a\" onload=\"x")], "</text><script>&\u{1b}[31m");
        assert_eq!(
            svg.into_string(),
            "<text class=\"a&quot; onload=&quot;x\">&lt;/text&gt;&lt;script&gt;&amp;\u{fffd}[31m</text>"
        );
    }

    #[test]
    fn a_text_is_wrapped_and_none_of_it_lost() {
        let text =
            "cannot run here: this kernel has no io_uring, or a very-long-word-that-fits-nowhere-at-all forbids it";
        let lines = wrap(text, 10.0, 120.0);
        assert!(lines.len() > 3 && lines.iter().all(|line| width(line, 10.0) <= 120.0), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
    }

    #[test]
    fn a_coordinate_is_always_a_number() {
        assert_eq!([f64::NAN, f64::INFINITY, -0.0, 1.26].map(|x| Short(x).to_string()), ["0", "0", "0", "1.3"]);
    }
}
