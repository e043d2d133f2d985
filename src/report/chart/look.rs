//! How charts look: the palette, and the frames that they are drawn for.
//!
//! The palette is Okabe and Ito's (<https://jfly.uni-koeln.de/color/>), darkened where a projector would wash it out:
//! every colour has a contrast of at least 3 to white (WCAG 2.2, 1.4.11). No chart depends on colour: series have names
//! beside them, and shapes. The page's style sheet has a lighter set for dark backgrounds, by class.

/// A series' colour: its class, and what it is on white.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour {
    pub(super) class: &'static str,
    pub(super) hex: &'static str,
}

/// Ordered such that neighbours differ in lightness too.
pub(super) const SERIES: [Colour; 7] = [
    Colour { class: "c0", hex: "#0072b2" },
    Colour { class: "c1", hex: "#d55e00" },
    Colour { class: "c2", hex: "#00896a" },
    Colour { class: "c3", hex: "#b0568a" },
    Colour { class: "c4", hex: "#3d444d" },
    Colour { class: "c5", hex: "#3c91c9" },
    Colour { class: "c6", hex: "#a87000" },
];

/// The colour of a series; with more series than colours, they repeat.
pub(super) fn series(index: usize) -> Colour {
    SERIES.get(index % SERIES.len()).copied().unwrap_or(Colour { class: "c0", hex: "#0072b2" })
}

/// Size and style of a chart, by where it will be seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Frame {
    /// Width; the height follows from the content.
    pub(super) width: f64,
    /// The size of its text, in the same unit.
    pub(super) font: f64,
    /// The size of its secondary text: axes, legends, second lines.
    pub(super) small: f64,
    /// Where a row's name stands.
    pub(super) labels: Labels,
    /// Largest height of a line chart.
    pub(super) rise: f64,
    /// Whether title and source are in the picture.
    pub(super) caption: Caption,
}

/// Where a row's name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Labels {
    /// Left of its bar.
    Beside,
    /// Over its bar, where there is no room beside it.
    Above,
}

/// Where a chart's title and source stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caption {
    /// In the page around the chart.
    Outside,
    /// In the picture, which is used alone.
    Inside,
}

impl Frame {
    /// A page on a screen, or on paper.
    pub(in super::super) const PAGE: Self =
        Self { width: 960.0, font: 14.0, small: 12.0, rise: 340.0, labels: Labels::Beside, caption: Caption::Outside };
    /// A page on a phone.
    pub(in super::super) const PHONE: Self =
        Self { width: 340.0, font: 13.0, small: 11.0, rise: 160.0, labels: Labels::Above, caption: Caption::Outside };
    /// A slide of 1280 by 720: type of a thirtieth of its height, 24, reaches the last row. Nothing on it is smaller.
    pub(in super::super) const SLIDE: Self =
        Self { width: 1180.0, font: 25.0, small: 24.0, rise: 370.0, labels: Labels::Beside, caption: Caption::Outside };
    /// How high a chart may be on a slide whose title has two lines: rows that are beyond have no place on it.
    pub(in super::super) const SLIDE_HEIGHT: f64 = 525.0;
    /// Larger type for a slide, the largest first: few rows fill it as many do.
    pub(super) const SLIDE_FONTS: [f64; 3] = [33.0, 30.0, 27.0];
    /// A file for somebody else's slide.
    pub(in super::super) const ALONE: Self =
        Self { width: 1200.0, font: 21.0, small: 17.5, rise: 430.0, labels: Labels::Beside, caption: Caption::Inside };
}
