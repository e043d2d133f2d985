//! Records as Markdown: side by side first, then each; or one section of a README.

use super::collection::{Collection, Named};
use super::{Format, Kernel, Unrenderable, Width, criterion, document, footer, side, slug, splice, tables, text};
use crate::escape;
use crate::measure::record::ViewRecord;

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
        out.push_str(&super::render(&named.record, Format::Markdown, Kernel::Hidden, Width::Any));
        out.push('\n');
    }
    if let Some(saved) = &collection.prices {
        out.push_str(&text::marked(&criterion::grids(saved), &criterion::notes(saved)));
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
        let section = section(named, view, made_by)?;
        Ok(Some(escape::lines(&section).into_owned()))
    })
}

fn section(named: &Named, view: Option<&str>, made_by: &[String]) -> Result<String, Unrenderable> {
    let record = &named.record;
    let mut out = match view {
        None => super::render(record, Format::Markdown, Kernel::Hidden, Width::Any),
        Some(wanted) => {
            let slugs = slug::numbered(record.views.iter().map(|view| view.title.as_str()));
            let view = slugs.iter().position(|slug| slug == wanted).and_then(|index| record.views.get(index));
            let view = view.ok_or_else(|| {
                Unrenderable(format!("{} has no “{wanted}”; it has {}", named.name, slugs.join(", ")))
            })?;
            one(named, view)
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

fn one(named: &Named, view: &ViewRecord) -> String {
    let grid = tables::of(&named.record, view);
    let source = footer::source(&named.record, view);
    let derived = footer::derived(view.kind, &named.record.shown(view));
    let below = [footer::floor(&named.record, view).map(|floor| format!("Floor: {floor}")), derived];
    let below = below.into_iter().flatten().map(|line| format!("{line}. ")).collect::<String>();
    format!("{}{}\n", text::markdown_section(&grid), text::escape_markdown(&format!("{below}{source}")))
}
