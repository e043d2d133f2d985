//! A deck that needs nothing else, told as a story: the question, what the naive loop makes the kernel do, the ladder a
//! step a slide, other languages, walkers, cold caches, threads, file systems, what a call costs, what lies below; three
//! sentences to take home, and how to repeat it. What a questioner may ask for stands behind the end.
//!
//! `opening.rs` and `closing.rs` have what frames the figures, [`plan`] says which figures are shown, one file a chapter
//! makes its slides. A part whose record is missing is left out. Each title is a claim, and no two are the same.

mod closing;
mod ladders;
mod languages;
mod opening;
mod plan;
mod slide;
mod tables;

use super::Unrenderable;
use super::collection::Collection;
use super::html::Template;
use super::slug::numbered;
use super::text::printable;
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
    let told = plan::told(collection);
    let mut slides = opening::slides(collection);
    slides.extend(told.slides);
    slides.push(closing::home(told.findings));
    slides.push(closing::reproduce(collection, made_by));
    slides.extend(closing::backup(collection));
    TEMPLATE.fill(&Deck { title: opening::title_of(collection), slides: told_apart(slides) })
}

/// The slides, no two with one title or one place in the address.
fn told_apart(mut slides: Vec<Slide>) -> Vec<Slide> {
    let ids = numbered(slides.iter().map(|slide| slide.id.as_str()));
    let mut titles: Vec<String> = Vec::new();
    for (slide, id) in slides.iter_mut().zip(ids) {
        slide.id = id;
        if titles.contains(&slide.title) {
            slide.title = printable(&format!("{} ({})", slide.title, slide.source));
        }
        titles.push(slide.title.clone());
    }
    slides
}
