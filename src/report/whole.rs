//! Renders a collection of records: as a document, or its charts as pictures.

use super::chart::{self, Chart, Frame};
use super::collection::Collection;
use super::splice::Spliced;
use super::{
    Format, Grid, Kernel, Screen, criterion, csv, deck, document, json, markdown, page, picture, side, terminal, text,
};
use crate::escape;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use std::fmt;
use std::path::Path;

/// What a collection of records can be made into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// Tables, as of one record.
    Tables(Format),
    /// One page that needs nothing else.
    Html,
    /// One deck that needs nothing else.
    Slides,
    /// Each chart as a picture.
    Pictures(Pictures),
}

/// How charts are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pictures {
    /// As vectors.
    Svg,
    /// In pixels.
    Png,
}

impl ValueEnum for Document {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Tables(Format::Table),
            Self::Tables(Format::Markdown),
            Self::Html,
            Self::Slides,
            Self::Tables(Format::Csv),
            Self::Tables(Format::Json),
            Self::Pictures(Pictures::Svg),
            Self::Pictures(Pictures::Png),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Tables(format) => return format.to_possible_value(),
            Self::Html => ("html", "One page that needs nothing else"),
            Self::Slides => ("slides", "One deck that needs nothing else"),
            Self::Pictures(Pictures::Svg) => ("svg", "Each chart as a vector picture"),
            Self::Pictures(Pictures::Png) => ("png", "Each chart as a picture in pixels"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl Document {
    /// The ending of its files' names.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Tables(Format::Table) => "txt",
            Self::Tables(Format::Markdown) => "md",
            Self::Tables(Format::Csv) => "csv",
            Self::Tables(Format::Json) => "json",
            Self::Html | Self::Slides => "html",
            Self::Pictures(Pictures::Svg) => "svg",
            Self::Pictures(Pictures::Png) => "png",
        }
    }

    /// What a file of that name holds, as its ending says: `.html` is a page. `None` where the ending says nothing.
    pub fn of_name(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        let ending = match ending.as_str() {
            "htm" => "html",
            "markdown" => "md",
            other => other,
        };
        Self::value_variants().iter().copied().find(|document| document.ending() == ending)
    }
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

/// What was made of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// One text.
    Text(String),
    /// Files, each with its name.
    Files(Vec<(String, Vec<u8>)>),
}

/// Makes a document of the collection. `made_by` is the command that makes it again: it stands in pages and decks.
/// `screen` is where a table goes.
///
/// # Errors
/// When a template cannot be filled, or a chart cannot be drawn.
pub fn make(
    collection: &Collection,
    document: Document,
    made_by: &[String],
    screen: &Screen,
) -> Result<Made, Unrenderable> {
    let text = match document {
        // Escaped where they are laid out; the colors are to be kept.
        Document::Tables(Format::Table) => return Ok(Made::Text(tables(collection, screen))),
        Document::Tables(Format::Markdown) => markdown::render(collection),
        Document::Tables(Format::Csv) => csv::collection(collection),
        Document::Tables(Format::Json) => match &collection.records[..] {
            [only] => json(&only.record),
            several => json(&several.iter().map(|named| &named.record).collect::<Vec<_>>()),
        },
        Document::Html => page::render(collection, made_by)?,
        Document::Slides => deck::render(collection, made_by)?,
        Document::Pictures(kind) => return Ok(Made::Files(pictures(collection, kind)?)),
    };
    Ok(Made::Text(escape::lines(&text).into_owned()))
}

/// Each record as `compare` showed it, below what several have in common.
fn tables(collection: &Collection, screen: &Screen) -> String {
    let several = collection.records.len() > 1;
    let beside: Vec<Grid> = collection.beside().iter().map(side::ratios).collect();
    let pairs: Vec<Grid> = collection.warm_and_cold().iter().map(side::times).collect();
    let mut text = terminal::grids(&[beside, pairs].concat(), &[], screen);
    for (index, named) in collection.records.iter().enumerate() {
        if several {
            let line = if index > 0 { "\n" } else { "" };
            text.push_str(&format!("{line}== {} ==\n\n", text::printable(&named.name)));
        }
        text.push_str(&terminal::record(&named.record, Kernel::Hidden, screen));
    }
    if let Some(saved) = &collection.prices {
        text.push('\n');
        text.push_str(&terminal::grids(&criterion::grids(saved), &criterion::notes(saved), screen));
    }
    text
}

/// The charts, each with a name for its file.
fn pictures(collection: &Collection, pictures: Pictures) -> Result<Vec<(String, Vec<u8>)>, Unrenderable> {
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
