//! Records as Markdown: side by side first, then each; or one section of a README.

use super::collection::{Collection, Named};
use super::grid::Grid;
use super::{Kernel, Unrenderable, criterion, document, footer, grids, side, slug, splice, tables, text, verdict};
use crate::escape;
use crate::measure::record::{Record, ViewRecord};

/// All records.
pub(super) fn render(collection: &Collection) -> String {
    let mut out = String::new();
    let objections = collection.objections();
    for objection in &objections {
        out.push_str(&format!("- {}\n", text::escape_markdown(objection)));
    }
    if !objections.is_empty() {
        out.push('\n');
    }
    let (beside, pairs) = (collection.beside(), collection.warm_and_cold());
    for grid in beside.iter().map(side::ratios).chain(pairs.iter().map(side::times)) {
        out.push_str(&text::markdown_section(&grid));
    }
    for named in &collection.records {
        if collection.records.len() > 1 {
            out.push_str(&format!("## {}\n\n", text::escape_markdown(&named.name)));
        }
        out.push_str(&record(&named.record, Kernel::Hidden, &collection.columns));
        out.push('\n');
    }
    if let Some(saved) = &collection.prices {
        out.push_str(&text::marked(&[], &criterion::grids(saved), &criterion::notes(saved)));
    }
    format!("{}\n", out.trim_end())
}

/// A text with the sections of these records renewed.
pub(super) fn spliced(
    collection: &Collection,
    text: &str,
    made_by: &[String],
) -> Result<splice::Spliced, Unrenderable> {
    splice::splice(text, &|name| {
        let (record, view) = name.split_once('/').map_or((name, None), |(record, view)| (record, Some(view)));
        let Some(named) = collection.records.iter().find(|named| named.name == record) else { return Ok(None) };
        let section = section(named, view, made_by, &collection.columns)?;
        Ok(Some(escape::lines(&section).into_owned()))
    })
}

/// One record: its verdicts, its tables with these columns (all, if none is named), and how it was measured.
pub(super) fn record(record: &Record, kernel: Kernel, columns: &[String]) -> String {
    let verdicts: Vec<String> = record.views.iter().map(|view| verdict::of(record, view)).collect();
    let grids: Vec<Grid> = grids(record, kernel).into_iter().map(|grid| grid.only(columns)).collect();
    let below = [footer::lines(record), footer::advice(record)].concat();
    text::marked(&verdicts, &grids, &below)
}

fn section(named: &Named, view: Option<&str>, made_by: &[String], columns: &[String]) -> Result<String, Unrenderable> {
    let record = &named.record;
    let mut out = match view {
        None => self::record(record, Kernel::Hidden, columns),
        Some(wanted) => {
            let slugs = slug::numbered(record.views.iter().map(|view| view.title.as_str()));
            let view = slugs.iter().position(|slug| slug == wanted).and_then(|index| record.views.get(index));
            let view = view.ok_or_else(|| {
                Unrenderable(format!("{} has no “{wanted}”; it has {}", named.name, slugs.join(", ")))
            })?;
            one(named, view, columns)
        }
    };
    if document::is_debug(record) {
        out.insert_str(0, "**Debug build: these times mean nothing.**\n\n");
    }
    out.push_str(&format!(
        "\nMeasured with <code>{}</code>; put here by <code>{}</code>.\n",
        text::escape_markdown(&document::shell(&record.command)),
        text::escape_markdown(&document::shell(made_by))
    ));
    Ok(out)
}

fn one(named: &Named, view: &ViewRecord, columns: &[String]) -> String {
    let grid = tables::of(&named.record, view).only(columns);
    let source = footer::source(&named.record, view);
    let derived = footer::derived(view.kind, &named.record.shown(view));
    let below = [footer::floor(&named.record, view).map(|floor| format!("Floor: {floor}")), derived];
    let below = below.into_iter().flatten().map(|line| format!("{line}. ")).collect::<String>();
    let verdict = text::escape_markdown(&verdict::of(&named.record, view));
    let table = text::markdown_section(&grid);
    format!("{table}{verdict}\n\n{}\n", text::escape_markdown(&format!("{below}{source}")))
}
