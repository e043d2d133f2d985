//! An HTML page that needs nothing else: every figure with its samples, and where it was measured.

use super::collection::{Collection, Named};
use super::document::{self, Drawn, Samples, Section, Table};
use super::html::Template;
use super::slug::slug;
use super::{Unrenderable, chart, criterion, verdict};
use crate::bench::Saved;
use crate::measure::ViewKind;
use serde::Serialize;

const TEMPLATE: Template = Template {
    name: "page.html",
    text: include_str!("page.html"),
    style: include_str!("page.css"),
    script: include_str!("page.js"),
};

#[derive(Serialize)]
struct Page {
    title: String,
    subtitle: String,
    answer: Option<Answer>,
    objections: Vec<String>,
    together: Vec<PageSection>,
    records: Vec<Shelf>,
    prices: Option<PriceSection>,
    made_by: String,
}

/// What the reader came for.
#[derive(Serialize)]
struct Answer {
    text: String,
    chart: Option<Drawn>,
}

/// A record's part of the page.
#[derive(Serialize)]
struct Shelf {
    id: String,
    name: String,
    debug: bool,
    sections: Vec<PageSection>,
    facts: Vec<String>,
    command: String,
    conditions: Option<Table>,
    versions: Vec<String>,
}

/// What calls cost.
#[derive(Serialize)]
struct PriceSection {
    chart: Option<Drawn>,
    claim: String,
    grids: Vec<Table>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct PageSection {
    id: String,
    title: String,
    claim: String,
    charts: Vec<Drawn>,
    grid: Table,
    kernel: Option<Table>,
    samples: Vec<Samples>,
    /// The same as a picture.
    spread: Option<Drawn>,
}

/// The page. `made_by` is the command that makes it again.
pub(super) fn render(collection: &Collection, made_by: &[String]) -> Result<String, Unrenderable> {
    let page = Page {
        title: "Ways of listing directories, compared".to_owned(),
        subtitle: subtitle(collection),
        answer: answer(collection),
        objections: collection.objections(),
        together: document::together(collection).iter().map(|section| shown(section, Vec::new(), None)).collect(),
        records: collection.records.iter().map(|named| shelf(collection, named)).collect(),
        prices: collection.prices.as_ref().map(prices),
        made_by: document::shell(made_by),
    };
    TEMPLATE.fill(&page)
}

fn subtitle(collection: &Collection) -> String {
    match collection.records.len() {
        1 => document::subtitle(collection),
        many => format!("{many} records: {}", document::subtitle(collection)),
    }
}

/// The verdict on what matters most, and its picture in few rows.
fn answer(collection: &Collection) -> Option<Answer> {
    let (record, view) = document::answer(collection)?;
    let chart = match view.kind {
        ViewKind::Ladder => chart::climb(record, view, "answer", None),
        ViewKind::Table => chart::ranking(record, view, "answer", &|_| true).map(|cast| cast.chart),
        ViewKind::Builds | ViewKind::Past => None,
    };
    let text = verdict::of(record, view);
    (!text.is_empty()).then(|| Answer { text, chart: chart.as_ref().map(Drawn::of) })
}

fn prices(saved: &Saved) -> PriceSection {
    PriceSection {
        chart: chart::prices(saved).as_ref().map(Drawn::of),
        claim: criterion::resolution(saved).unwrap_or_default(),
        grids: criterion::grids(saved).iter().map(Table::of).collect(),
        notes: criterion::notes(saved),
    }
}

fn shelf(collection: &Collection, named: &Named) -> Shelf {
    let record = &named.record;
    let sections = document::of_record(collection, named);
    Shelf {
        id: format!("record-{}", slug(&named.name)),
        name: super::text::printable(&named.name),
        debug: document::is_debug(record),
        sections: sections
            .iter()
            .zip(&record.views)
            .map(|(section, view)| {
                let spread = chart::samples(record, view, &section.id);
                shown(section, document::samples(record, view), spread.as_ref().map(Drawn::of))
            })
            .collect(),
        facts: document::facts(record),
        command: document::shell(&record.command),
        conditions: document::conditions(record),
        versions: document::versions(record),
    }
}

fn shown(section: &Section, samples: Vec<Samples>, spread: Option<Drawn>) -> PageSection {
    PageSection {
        id: section.id.clone(),
        title: section.title.clone(),
        claim: section.claim.clone(),
        charts: section.charts.iter().map(Drawn::of).collect(),
        grid: Table::of(&section.grid),
        kernel: section.kernel.as_ref().map(Table::of),
        samples,
        spread,
    }
}
