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
use globset::{GlobBuilder, GlobMatcher};

/// What the title of a table says of its order.
const ORDER: &str = ", fastest first";

impl Collection {
    /// The same with only these rows in its tables, named by pattern, in the patterns' order. No pattern stands for all.
    ///
    /// # Errors
    /// When a pattern is none, or fits no row.
    pub fn with_rows(mut self, patterns: &[String]) -> Result<Self, Unrenderable> {
        for pattern in patterns {
            let glob = GlobBuilder::new(pattern)
                .build()
                .map_err(|error| Unrenderable(format!("--rows '{}': {}", Plain(pattern), error.kind())))?;
            let glob = glob.compile_matcher();
            let names = self.records.iter().flat_map(|named| &named.record.cases).map(|case| case.strategy.as_str());
            if !names.clone().any(|name| fits(&glob, pattern, name)) {
                let there = distinct(names).join(", ");
                return Err(Unrenderable(format!("--rows '{}' fits no row; there are {there}", Plain(pattern))));
            }
            // In its order among the patterns: what fits goes to the end, what fits none is dropped below.
            for record in self.records.iter_mut().map(|named| &mut named.record) {
                let is_it =
                    |case: usize| record.cases.get(case).is_some_and(|case| fits(&glob, pattern, &case.strategy));
                for view in record.views.iter_mut().filter(|view| view.kind == ViewKind::Table) {
                    let (fitting, others): (Vec<_>, Vec<_>) = view.rows.drain(..).partition(|row| is_it(row.case));
                    view.rows = [others, fitting].concat();
                }
            }
        }
        if !patterns.is_empty() {
            self.drop_unnamed(patterns);
        }
        Ok(self)
    }

    fn drop_unnamed(&mut self, patterns: &[String]) {
        let globs: Vec<GlobMatcher> = patterns
            .iter()
            .filter_map(|pattern| Some(GlobBuilder::new(pattern).build().ok()?.compile_matcher()))
            .collect();
        for record in self.records.iter_mut().map(|named| &mut named.record) {
            let is_named = |name: &str| globs.iter().zip(patterns).any(|(glob, pattern)| fits(glob, pattern, name));
            for view in record.views.iter_mut().filter(|view| view.kind == ViewKind::Table) {
                let case = |index: usize| record.cases.get(index);
                view.rows.retain(|row| case(row.case).is_some_and(|case| is_named(&case.strategy)));
                if let Some(title) = view.title.strip_suffix(ORDER) {
                    view.title = title.to_owned();
                }
            }
        }
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

fn fits(glob: &GlobMatcher, pattern: &str, name: &str) -> bool {
    pattern == name || glob.is_match(name)
}
