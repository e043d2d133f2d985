//! A deck that needs nothing else: the question, the method, the ladders step by step, a chart a slide, and how to repeat it.
//!
//! No row is dropped for want of room: a slide shows the first ones and the baseline, the appendix has all. Where records stand side
//! by side, each one's own charts are in the appendix, too, except the first one's.

mod slide;
mod text;

use super::Unrenderable;
use super::chart::Chart;
use super::collection::{Collection, Named};
use super::document::{self, Section};
use super::html::Template;
use super::{claim, text as plain};
use crate::measure::ViewKind;
use crate::measure::record::ViewRecord;
use serde::Serialize;
use slide::Slide;

const TEMPLATE: Template = Template {
    name: "deck.html",
    text: include_str!("deck.html"),
    style: include_str!("deck.css"),
    script: include_str!("deck.js"),
};

#[derive(Serialize)]
struct Deck {
    title: String,
    slides: Vec<Slide>,
}

/// The deck. `made_by` is the command that makes it again.
pub(super) fn render(collection: &Collection, made_by: &[String]) -> Result<String, Unrenderable> {
    let mut slides = vec![text::title(collection), text::question(), text::method(collection)];
    slides.extend(text::objections(collection));
    let mut appendix = Vec::new();
    for (index, named) in collection.records.iter().enumerate() {
        for (section, view) in document::of_record(collection, named).iter().zip(&named.record.views) {
            let repeated = is_repeated(collection, view);
            if !repeated {
                slides.extend(of_view(collection, named, section, view));
            }
            let all = section.charts.iter().filter(|chart| repeated || chart.pieces().len() > 1);
            appendix.extend(all.flat_map(|chart| whole(collection, index, chart)));
        }
    }
    for section in document::together(collection) {
        for chart in &section.charts {
            slides.extend(whole(collection, usize::MAX, chart));
        }
    }
    slides.push(text::conclusion(collection));
    slides.extend(text::environment(collection));
    slides.push(text::reproduce(collection, made_by));
    slides.extend(appendix);
    number(&mut slides);
    TEMPLATE.fill(&Deck { title: text::TITLE.to_owned(), slides })
}

/// Whether a view stands beside another record's that was shown before.
fn is_repeated(collection: &Collection, view: &ViewRecord) -> bool {
    collection.beside().iter().any(|together| {
        let mut members = together.members.iter();
        members.position(|member| std::ptr::eq(member.view, view)).is_some_and(|at| at > 0)
    })
}

/// A view's slides: its chart, and what goes beyond.
fn of_view(collection: &Collection, named: &Named, section: &Section, view: &ViewRecord) -> Vec<Slide> {
    let record = &named.record;
    let mut slides = Vec::new();
    for (index, chart) in section.charts.iter().enumerate() {
        let shortened = if view.kind == ViewKind::Ladder { chart.clone() } else { chart.shortened() };
        let mut slide = Slide::of_chart(&shortened);
        slide.kicker = kicker(collection, named, &section.title);
        slide.notes =
            format!("{}\n\n{}\n\n{}", section.claim, chart.about, section_notes(record.rounds.count, view.kind));
        if index == 0 {
            slide.title = claim::short(record, view);
            slide.claim.clone_from(&section.claim);
            if view.kind == ViewKind::Ladder {
                slide.steps = text::steps(record, view);
            }
            let hidden = chart.rows().saturating_sub(shortened.rows());
            if hidden > 0 {
                slide.claim = format!("{} {hidden} more rows: see the appendix.", section.claim);
            }
        }
        slides.push(slide);
    }
    slides
}

fn section_notes(rounds: usize, kind: ViewKind) -> String {
    let how = match kind {
        ViewKind::Ladder => {
            "Each row changes one factor of the row above it. The gain is the median of the ratios within a round"
        }
        _ => "Ratios are to the baseline's time in the same round",
    };
    format!("{how}; {rounds} rounds. Dots are samples, the line over a bar is the 95 % interval of its median.")
}

/// All rows of a chart, on as many slides as they need.
fn whole(collection: &Collection, record: usize, chart: &Chart) -> Vec<Slide> {
    let pieces = chart.pieces();
    let count = pieces.len();
    let slides = pieces.iter().enumerate().map(|(index, piece)| {
        let mut slide = Slide::of_chart(piece);
        if count > 1 {
            slide.title = format!("{} ({} of {count})", chart.title, index + 1);
        }
        slide.kicker = match collection.records.get(record) {
            Some(named) => format!("Appendix: {}", plain::printable(&named.name)),
            None => "Side by side".to_owned(),
        };
        slide.notes.clone_from(&piece.about);
        slide
    });
    slides.collect()
}

fn kicker(collection: &Collection, named: &Named, title: &str) -> String {
    let warning = if document::is_debug(&named.record) { "DEBUG BUILD, times mean nothing: " } else { "" };
    match collection.records.len() {
        1 => format!("{warning}{title}"),
        _ => format!("{warning}{}: {title}", plain::printable(&named.name)),
    }
}

/// Each slide a place of its own: the browser finds its way back there.
fn number(slides: &mut [Slide]) {
    for (index, slide) in slides.iter_mut().enumerate() {
        slide.id = format!("slide-{}", index + 1);
    }
}
