//! A deck that needs nothing else: the question, the method, what was found, a chart a slide, and how to repeat it.
//!
//! It is for a stage: [`plan`] says what it shows. Everything is in the page, which a speaker has at hand for questions.

mod plan;
mod slide;
mod text;

use super::Unrenderable;
use super::collection::Collection;
use super::html::Template;
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
    let mut slides = vec![text::title(collection), text::question(), text::method(collection)];
    slides.extend(told.slides);
    slides.push(text::conclusion(told.claims));
    slides.extend(text::objections(collection));
    slides.extend(text::environment(collection));
    slides.push(text::reproduce(collection, made_by));
    // Each slide a place of its own: the browser finds its way back there.
    for (index, slide) in slides.iter_mut().enumerate() {
        slide.id = format!("slide-{}", index + 1);
    }
    TEMPLATE.fill(&Deck { title: text::TITLE.to_owned(), slides })
}
