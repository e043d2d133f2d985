//! Charts of records.
//!
//! In comes a record and one of its views; out comes a [`Chart`], which is drawn for a page, a phone, a slide or a file
//! ([`Frame`]). Open `view.rs` first: it charts the times of a table or ladder. One file per kind of chart says which
//! figures it takes from a record; [`rows`] and [`lines`] draw them; [`svg`] writes.

mod axis;
mod beside;
mod calls;
mod explained;
mod heat;
mod lines;
mod look;
mod marks;
mod prices;
mod row;
mod rows;
mod svg;
mod sweep;
mod talk;
mod view;

pub(super) use beside::Figures;
pub(super) use look::Frame;
pub(super) use talk::{Cast, climb, floor, ranking, samples};

use super::collection::Together;
use crate::bench::Saved;
use crate::measure::record::{Record, ViewRecord};
use heat::Heat;
use lines::Lines;
use look::Caption;
use row::Drawing;
use rows::Rows;
use svg::{Anchor, Hand, Ink, Svg, wrap};

/// A chart, ready to be drawn.
#[derive(Debug, Clone)]
pub(super) struct Chart {
    /// A short name: of a file, of a place in a page.
    pub(super) slug: String,
    /// What it shows, in a line.
    pub(super) title: String,
    /// What it shows, for readers who cannot see it.
    pub(super) about: String,
    /// Where its figures come from.
    pub(super) source: String,
    figure: Figure,
}

#[derive(Debug, Clone)]
enum Figure {
    Rows(Rows),
    Lines(Lines),
    Heat(Heat),
}

/// A chart's texts.
struct Head<'a> {
    id: String,
    title: &'a str,
    about: &'a str,
    source: &'a str,
}

impl Chart {
    /// The chart as SVG, complete: alone it is a file, within a page an image with a title and a description.
    pub(super) fn svg(&self, frame: &Frame) -> String {
        let id = format!("{}-{}", self.slug, frame.width);
        let head = Head { id, title: &self.title, about: &self.about, source: &self.source };
        match &self.figure {
            Figure::Rows(rows) => rows.svg(&head, frame),
            Figure::Lines(lines) => lines.svg(&head, frame),
            Figure::Heat(heat) => heat.svg(&head, frame),
        }
    }

    /// The chart as SVG for a slide: in the largest type in which it fits.
    pub(super) fn slide(&self) -> String {
        let larger = Frame::SLIDE_FONTS.map(|font| Frame { font, small: font * 0.9, ..Frame::SLIDE });
        let fits = |frame: &Frame| match &self.figure {
            Figure::Rows(rows) => rows.fitting(frame, Frame::SLIDE_HEIGHT) == rows.rows.len(),
            Figure::Heat(heat) => {
                heat.fitting(frame, Frame::SLIDE_HEIGHT) == heat.rows.len() && heat.breaks_no_heading(frame)
            }
            Figure::Lines(_) => false,
        };
        self.svg(&larger.into_iter().find(fits).unwrap_or(Frame::SLIDE))
    }

    /// The same with as many rows as a slide has room for, in their order: those that are named, then the first; and how
    /// many it has no room for.
    pub(super) fn fitted(&self, named: &[&str]) -> Cast {
        let mut chart = self.clone();
        let keep = |names: Vec<&str>, most: usize| -> Vec<bool> {
            let stay = names.iter().filter(|name| named.contains(name)).count();
            let mut others = most.saturating_sub(stay);
            let mut keeps = |name: &&str| {
                named.contains(name)
                    || (others > 0 && {
                        others -= 1;
                        true
                    })
            };
            names.iter().map(&mut keeps).collect()
        };
        let left_out = match &mut chart.figure {
            Figure::Rows(rows) => {
                let names = rows.rows.iter().map(|row| row.name.as_str()).collect();
                let kept = keep(names, rows.fitting(&Frame::SLIDE, Frame::SLIDE_HEIGHT));
                retain(&mut rows.rows, &kept)
            }
            Figure::Heat(heat) => {
                let names = heat.rows.iter().map(|band| band.name.as_str()).collect();
                let kept = keep(names, heat.fitting(&Frame::SLIDE, Frame::SLIDE_HEIGHT));
                retain(&mut heat.rows, &kept)
            }
            Figure::Lines(_) => 0,
        };
        Cast { chart, left_out }
    }

    /// The same with the second line of each row's name behind the first: more rows have room.
    pub(super) fn on_one_line(&self) -> Self {
        let mut chart = self.clone();
        if let Figure::Rows(rows) = &mut chart.figure {
            for row in &mut rows.rows {
                row.name = price_name(&row.name, &std::mem::take(&mut row.detail));
            }
        }
        chart
    }

    /// The same without the rows that have no figure.
    pub(super) fn with_figures(&self) -> Self {
        let mut chart = self.clone();
        if let Figure::Rows(rows) = &mut chart.figure {
            rows.rows.retain(|row| !matches!(row.mark, Drawing::Reason(_)));
            rows.rows.iter_mut().for_each(|row| row.detail.clear());
        }
        chart
    }
}

/// Keeps what is to be kept; says how many went.
fn retain<T>(rows: &mut Vec<T>, kept: &[bool]) -> usize {
    let all = rows.len();
    let mut kept = kept.iter();
    rows.retain(|_| kept.next().copied().unwrap_or(false));
    all - rows.len()
}

/// The chart of a view.
pub(super) fn of_view(record: &Record, view: &ViewRecord, slug: &str) -> Chart {
    view::chart(record, view, slug)
}

/// The charts of a view beside that of its times: system calls, and sweeps over thread counts.
pub(super) fn more_of_view(record: &Record, view: &ViewRecord, slug: &str) -> Vec<Chart> {
    calls_of_view(record, view, slug).into_iter().chain(sweep_of_view(record, view, slug)).collect()
}

/// The chart of a view's sweep over thread counts, if it is one.
pub(super) fn sweep_of_view(record: &Record, view: &ViewRecord, slug: &str) -> Option<Chart> {
    sweep::chart(record, view, slug)
}

/// The chart of a view's system calls, if they were counted.
pub(super) fn calls_of_view(record: &Record, view: &ViewRecord, slug: &str) -> Option<Chart> {
    calls::chart(record, view, slug)
}

/// The chart of several records side by side.
pub(super) fn beside(together: &Together<'_>, shown: Figures) -> Option<Chart> {
    beside::chart(together, shown)
}

/// The chart of what calls cost, if any was priced.
pub(super) fn prices(saved: &Saved) -> Option<Chart> {
    prices::chart(saved)
}

/// A call's row where it has one line: `fstatat: the same name again`.
pub(super) fn price_name(call: &str, about: &str) -> String {
    if about.is_empty() { call.to_owned() } else { format!("{call}: {about}") }
}

/// What calls and user mode should take beside what was measured, if that is known of any.
pub(super) fn explained(saved: &Saved) -> Option<Chart> {
    explained::chart(saved)
}

impl Head<'_> {
    /// Title, if it belongs into the picture; says where the figures may begin.
    fn paint(&self, svg: &mut Svg, frame: &Frame) -> f64 {
        if frame.caption == Caption::Outside {
            return frame.font * 0.4;
        }
        let size = frame.font * 1.35;
        let hand = Hand { size, anchor: Anchor::Start, ink: Ink::Strong };
        let mut y = size * 0.5;
        for line in wrap(self.title, size * 1.05, frame.width - 4.0) {
            y += size * 1.25;
            svg.text((2.0, y), hand, &line);
        }
        y + size
    }

    /// Where the figures come from, under them; says where it ends.
    fn paint_source(&self, svg: &mut Svg, frame: &Frame, mut y: f64) -> f64 {
        let size = frame.font * 0.7;
        let hand = Hand { size, anchor: Anchor::Start, ink: Ink::Faint };
        y += size * 0.8;
        for line in wrap(self.source, size, frame.width - 4.0) {
            y += size * 1.35;
            svg.text((2.0, y), hand, &line);
        }
        y + size
    }

    /// The whole picture.
    fn wrap(&self, body: Svg, frame: &Frame, height: f64) -> String {
        let margin = if frame.caption == Caption::Inside { frame.font * 1.5 } else { 0.0 };
        let (width, height) = (frame.width + 2.0 * margin, (height + 2.0 * margin).ceil());
        let view_box = format!("{} {} {width} {height}", svg::Short(-margin), svg::Short(-margin));
        let (title, about) = (format!("{}-title", self.id), format!("{}-about", self.id));
        let labels = format!("{title} {about}");
        let mut svg = Svg::default();
        svg.start(
            "svg",
            &[
                ("xmlns", &"http://www.w3.org/2000/svg"),
                ("viewBox", &view_box),
                ("width", &width),
                ("height", &height),
                ("role", &"img"),
                ("aria-labelledby", &labels),
                ("font-family", &"system-ui, 'DejaVu Sans', 'Liberation Sans', Arial, sans-serif"),
            ],
        );
        svg.leaf("title", &[("id", &title)], self.title);
        svg.leaf("desc", &[("id", &about)], self.about);
        svg.rect((-margin, -margin), (width, height), "paper", "#ffffff");
        let mut text = svg.into_string();
        text.push_str(&body.into_string());
        text.push_str("</svg>\n");
        text
    }
}
