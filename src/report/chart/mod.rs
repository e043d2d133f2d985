//! Charts of records.
//!
//! In comes a record and one of its views; out comes a [`Chart`], which is drawn for a page, a phone, a slide or a file
//! ([`Frame`]). Open `view.rs` first: it charts the times of a table or ladder. One file per kind of chart says which
//! figures it takes from a record; [`rows`] and [`lines`] draw them; [`svg`] writes.

mod axis;
mod beside;
mod calls;
mod lines;
mod look;
mod marks;
mod prices;
mod row;
mod rows;
mod svg;
mod sweep;
mod view;

pub(super) use beside::Figures;
pub(super) use look::Frame;

use super::collection::Together;
use super::slug::distinct;
use crate::bench::Saved;
use crate::measure::record::{Record, ViewRecord};
use lines::Lines;
use look::Caption;
use row::{Drawing, Row};
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
        }
    }

    /// The chart as SVG, as wide as a slide has room for: where its rows are many, it is drawn on a larger sheet of the
    /// same form, and all of it is smaller.
    pub(super) fn slide(&self) -> String {
        let Figure::Rows(rows) = &self.figure else { return self.svg(&Frame::SLIDE) };
        let larger = (rows.height(&Frame::SLIDE) / Frame::SLIDE_ROWS).max(1.0);
        self.svg(&Frame { width: Frame::SLIDE.width * larger, ..Frame::SLIDE })
    }

    /// What a shortened chart leaves out, in words: how many rows, and the reasons of those without a figure.
    pub(super) fn left_out(&self, shortened: &Self) -> String {
        let (Figure::Rows(all), Figure::Rows(shown)) = (&self.figure, &shortened.figure) else { return String::new() };
        let out: Vec<&Row> =
            all.rows.iter().filter(|row| !shown.rows.iter().any(|other| other.words == row.words)).collect();
        let reasons =
            out.iter().filter(|row| matches!(row.mark, Drawing::Reason(_))).map(|row| format!(" {}.", row.words));
        match out.len() {
            0 => String::new(),
            1 => format!("One more row is in the page.{}", reasons.collect::<String>()),
            many => format!("{many} more rows are in the page.{}", reasons.collect::<String>()),
        }
    }

    /// The same in pieces for which a slide has room; one, if it has room for all.
    pub(super) fn pieces(&self) -> Vec<Self> {
        let Figure::Rows(rows) = &self.figure else { return vec![self.clone()] };
        let pieces = rows.pieces(&Frame::SLIDE, Frame::SLIDE_ROWS);
        match pieces.len() {
            1 => vec![self.clone()],
            _ => pieces
                .iter()
                .enumerate()
                .map(|(n, kept)| self.with(&format!("{}-{}", self.slug, n + 1), kept))
                .collect(),
        }
    }

    /// As many rows as fit into one of those pieces: those that must stay, the first of each family (`python/...`),
    /// then the others in their order.
    pub(super) fn shortened(&self) -> Self {
        let Figure::Rows(rows) = &self.figure else { return self.clone() };
        let pieces = rows.pieces(&Frame::SLIDE, Frame::SLIDE_ROWS);
        let (1.., Some(room)) = (pieces.len() - 1, pieces.first().map(Vec::len)) else { return self.clone() };
        let family = |row: &Row| row.name.split_inclusive('/').next().map(str::to_owned);
        let families: Vec<_> = rows.rows.iter().map(family).collect();
        let leads =
            |index: &usize| families.iter().position(|other| Some(other) == families.get(*index)) == Some(*index);
        let all = 0..rows.rows.len();
        let wanted = rows.stay.iter().copied().chain(all.clone().filter(leads)).chain(all);
        let mut kept = distinct(wanted);
        kept.truncate(room);
        self.with(&format!("{}-short", self.slug), &kept)
    }

    fn with(&self, slug: &str, kept: &[usize]) -> Self {
        let mut chart = self.clone();
        slug.clone_into(&mut chart.slug);
        if let Figure::Rows(rows) = &mut chart.figure {
            let mut index = 0..;
            rows.rows.retain(|_| index.next().is_some_and(|index| kept.contains(&index)));
        }
        chart
    }
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
