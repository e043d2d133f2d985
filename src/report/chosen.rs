//! Chooses what of a collection is shown: rows of tables, and columns of Markdown.
//!
//! A document has room for few of them. What is computed stays: a ratio is to the same baseline, whatever is shown. A
//! ladder's rows belong together and stay.

use super::Unrenderable;
use super::collection::Collection;
use super::slug::distinct;
use super::tables;
use crate::escape::Plain;
use crate::measure::ViewKind;
use crate::measure::record::{Record, RowRecord};
use crate::pattern::Pattern;

/// What the title of a table says of its order.
const ORDER: &str = ", fastest first";

impl Collection {
    /// The same with only these rows in its tables, named by pattern, in the patterns' order; a row that fits several stands
    /// where the last of them has it. No pattern stands for all.
    ///
    /// # Errors
    /// When a pattern is none, or fits no row.
    pub fn with_rows(mut self, patterns: &[String]) -> Result<Self, Unrenderable> {
        if patterns.is_empty() {
            return Ok(self);
        }
        let names = || self.records.iter().flat_map(|named| &named.record.cases).map(|case| case.strategy.as_str());
        let mut compiled = Vec::new();
        for text in patterns {
            let pattern = Pattern::new(text).map_err(|why| Unrenderable(format!("--rows '{}': {why}", Plain(text))))?;
            if !names().any(|name| pattern.fits(name)) {
                let there = distinct(names()).join(", ");
                return Err(Unrenderable(format!("--rows '{}' fits no row; there are {there}", Plain(text))));
            }
            compiled.push(pattern);
        }
        for Record { views, cases, .. } in self.records.iter_mut().map(|named| &mut named.record) {
            let place = |row: &RowRecord| {
                let name = &cases.get(row.case)?.strategy;
                compiled.iter().rposition(|pattern| pattern.fits(name))
            };
            for view in views.iter_mut().filter(|view| view.kind == ViewKind::Table) {
                view.rows.retain(|row| place(row).is_some());
                view.rows.sort_by_key(place);
                if let Some(title) = view.title.strip_suffix(ORDER) {
                    view.title = title.to_owned();
                }
            }
        }
        Ok(self)
    }

    /// The same with only these columns in Markdown tables. No name stands for all.
    ///
    /// # Errors
    /// When no table has a column of that name: it says which there are.
    pub fn with_columns(mut self, columns: &[String]) -> Result<Self, Unrenderable> {
        let views = self.records.iter().flat_map(|named| named.record.views.iter().map(|view| (&named.record, view)));
        let there: Vec<_> = views.flat_map(|(record, view)| tables::of(record, view).columns).collect();
        if let Some(unknown) = columns.iter().find(|name| !there.iter().any(|column| column.names(name))) {
            let names = distinct(there.iter().map(|column| column.name())).join(", ");
            return Err(Unrenderable(format!("no table has a column '{}'; there are {names}", Plain(unknown))));
        }
        self.columns = columns.to_vec();
        Ok(self)
    }
}
