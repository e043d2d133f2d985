//! Entries of a listing by their places: what is sorted, and what is shown in its order.

use crate::list::Kind;
use crate::ls::read::table::{Shown, Table};

/// An entry's place, with the beginning of its key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    pub(super) first: u64,
    pub(super) table: u32,
    pub(super) row: u32,
}

impl Item {
    /// The entry.
    #[inline]
    pub(crate) fn get<'t>(&self, tables: &'t [Table]) -> Option<Shown<'t>> {
        tables.get(self.table as usize).and_then(|table| table.get(self.row as usize))
    }

    /// Has its row fetched, which is to be shown soon.
    #[inline]
    pub(crate) fn prefetch_row(self, tables: &[Table]) {
        if let Some(table) = tables.get(self.table as usize) {
            table.prefetch_row(self.row as usize);
        }
    }

    /// Has the rest of the entry fetched.
    #[inline]
    pub(crate) fn prefetch(self, tables: &[Table]) {
        if let Some(table) = tables.get(self.table as usize) {
            table.prefetch(self.row as usize);
        }
    }

    /// Its name, if it is a directory.
    #[inline]
    pub(crate) fn directory(self, tables: &[Table]) -> Option<&[u8]> {
        let table = tables.get(self.table as usize)?;
        (table.kind(self.row as usize) == Some(Kind::Directory)).then(|| table.name(self.row as usize))
    }

    pub(super) fn place(self) -> (u32, u32) {
        (self.table, self.row)
    }
}

/// Some entries of a listing.
#[derive(Clone, Copy)]
pub(crate) struct Entries<'t> {
    pub(crate) tables: &'t [Table],
    pub(crate) items: &'t [Item],
}

/// Prefetch distance in entries: covers memory latency without exceeding the misses a core can have in flight.
const AHEAD: usize = 12;
impl<'t> Entries<'t> {
    pub(crate) fn len(self) -> usize {
        self.items.len()
    }

    #[inline]
    pub(crate) fn get(self, index: usize) -> Option<Shown<'t>> {
        self.items.get(index).and_then(|item| item.get(self.tables))
    }

    /// Hands over each entry in order. Sorted neighbours lie far apart in memory, so that every one would be waited for: rows
    /// are fetched some entries ahead, and halfway what they point to.
    pub(crate) fn each(self, mut found: impl FnMut(&Shown<'t>)) {
        let Self { tables, items } = self;
        for item in items.iter().take(2 * AHEAD) {
            item.prefetch_row(tables);
        }
        for item in items.iter().take(AHEAD) {
            item.prefetch(tables);
        }
        for (index, item) in items.iter().enumerate() {
            if let Some(far) = items.get(index + 2 * AHEAD) {
                far.prefetch_row(tables);
            }
            if let Some(near) = items.get(index + AHEAD) {
                near.prefetch(tables);
            }
            if let Some(shown) = item.get(tables) {
                found(&shown);
            }
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Shown<'t>> {
        self.items.iter().filter_map(move |item| item.get(self.tables))
    }
}
