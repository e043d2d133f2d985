//! From a record to something to read: a table for terminals, Markdown, CSV, JSON, a page, charts, slides.
//!
//! In comes a [`crate::measure::Record`], or several ([`Collection`]), or a trace; out comes text, or pictures. Open
//! `grid.rs` first: it makes a view's cells of text, which all formats lay out. `chart/` draws, `page/` and `deck/`
//! fill templates, `criterion/` shows what `cargo bench` measured.
//!
//! A [`Grid`] holds a view's cells as text; each format lays the same grids out. Nothing here measures or lists.

mod chart;
mod chosen;
mod claim;
mod collection;
mod compared;
pub mod criterion;
mod csv;
mod deck;
mod document;
mod explanation;
mod factors;
mod footer;
mod gallery;
mod grid;
mod html;
mod kernel;
mod key;
mod markdown;
mod number;
mod page;
mod picture;
mod prediction;
mod screen;
mod side;
mod slug;
mod splice;
mod step;
mod tables;
mod terminal;
mod text;
mod trace;
mod traced;
mod verdict;
mod whole;

pub use collection::{Collection, Named, Talk};
pub use explanation::{Form, explanation};
pub use gallery::{Unread, gallery};
pub use grid::{Align, Column, Grid, Row, Tone};
pub use number::{bytes, count, counted, counted_kind, duration, signed, significant};
pub use prediction::prediction;
pub use screen::{Detail, Paint, Screen, Width};
pub use splice::Spliced;
pub use trace::trace;
pub use traced::Traced;
pub use whole::{Document, Made, Pictures, Unrenderable, make, spliced};

use crate::escape;
use crate::measure::Record;

/// How a record is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Tables for a terminal.
    Table,
    /// Markdown, for a README or an issue.
    Markdown,
    /// One line per row of each view.
    Csv,
    /// The whole record, every sample included.
    Json,
}

/// Whether tables of what the kernel counted follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// They do.
    Shown,
    /// They do not.
    Hidden,
}

/// The record in that format, ending in a newline. `screen` is where a table goes.
pub fn render(record: &Record, format: Format, kernel: Kernel, screen: &Screen) -> String {
    match format {
        Format::Table => terminal::record(record, kernel, screen),
        Format::Markdown => markdown::record(record, kernel, &[]),
        Format::Csv => csv::render(record),
        Format::Json => json(record),
    }
}

/// A grid as lines for a screen, each ending in a newline.
pub fn lay_out(grid: &Grid, screen: &Screen) -> String {
    terminal::table_lines(grid, screen).iter().map(|line| format!("{line}\n")).collect()
}

fn grids(record: &Record, kernel: Kernel) -> Vec<Grid> {
    let mut grids: Vec<Grid> = record.views.iter().map(|view| tables::of(record, view)).collect();
    if kernel == Kernel::Shown {
        grids.extend(record.views.iter().map(|view| kernel::grid(record, view)));
    }
    grids
}

fn json(record: &impl serde::Serialize) -> String {
    // NaN becomes null.
    let mut json = escape::json(record).expect("a record holds only numbers, strings and lists");
    json.push('\n');
    json
}
