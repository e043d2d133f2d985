//! Renders a collection of records: as a document, or its charts as pictures.

use super::chart::{self, Chart, Frame};
use super::collection::Collection;
use super::splice::Spliced;
use super::{csv, deck, document, markdown, page, picture};
use crate::escape;
use std::fmt;

/// Formats of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// Tables for a README or an issue.
    Markdown,
    /// A page.
    Html,
    /// A deck.
    Slides,
    /// A line per row.
    Csv,
}

/// How its charts are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pictures {
    /// As SVG.
    Svg,
    /// As PNG.
    Png,
}

/// Why something could not be made, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrenderable(pub String);

impl fmt::Display for Unrenderable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unrenderable {}

impl From<minijinja::Error> for Unrenderable {
    fn from(error: minijinja::Error) -> Self {
        Self(format!("{error:#}"))
    }
}

/// The collection as a document. `made_by` is the command that makes it again: it stands in it.
///
/// # Errors
/// When a template cannot be filled.
pub fn make(collection: &Collection, document: Document, made_by: &[String]) -> Result<String, Unrenderable> {
    let text = match document {
        Document::Markdown => markdown::render(collection),
        Document::Html => page::render(collection, made_by)?,
        Document::Slides => deck::render(collection, made_by)?,
        Document::Csv => csv::collection(collection),
    };
    Ok(escape::lines(&text).into_owned())
}

/// The charts, each with a name for its file.
///
/// # Errors
/// When one cannot be drawn.
pub fn pictures(collection: &Collection, pictures: Pictures) -> Result<Vec<(String, Vec<u8>)>, Unrenderable> {
    let draw = |chart: &Chart| match pictures {
        Pictures::Svg => Ok((format!("{}.svg", chart.slug), chart.svg(&Frame::ALONE).into_bytes())),
        Pictures::Png => Ok((format!("{}.png", chart.slug), picture::png(chart)?)),
    };
    let prices = collection.prices.as_ref().and_then(chart::prices);
    let sections = collection.records.iter().flat_map(|named| document::of_record(collection, named));
    let together = document::together(collection).into_iter().flat_map(|section| section.charts);
    let charts: Vec<Chart> = sections.flat_map(|section| section.charts).chain(together).chain(prices).collect();
    charts.iter().map(draw).collect()
}

/// A text with the collection's tables between its markers.
///
/// # Errors
/// When a section has no end, or names a view that its record does not have.
pub fn spliced(collection: &Collection, text: &str, made_by: &[String]) -> Result<Spliced, Unrenderable> {
    markdown::spliced(collection, text, made_by)
}
