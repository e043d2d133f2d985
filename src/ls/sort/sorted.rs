//! Sorts a listing as the options say.
//!
//! An item is 16 bytes: the first eight bytes of its key, and where its entry is. Most comparisons end at these eight
//! bytes and never touch the names: the prefix that most keys share is left out of them (a million names `file-...`
//! differ nowhere in their first eight bytes). GNU's sort is stable; here equal entries are ordered by their places, so
//! that a faster, unstable sort gives the same order.
//!
//! In most locales strcoll(3) says which of two names comes first, and takes long. So names are turned into keys once
//! (strxfrm), and sorted by them: a guess, since glibc's keys do not always order as strcoll does (`3_a` and `_3a` in
//! en_US). Then strcoll mends it, at about one comparison an entry.

use super::items::Item;
use super::nearly;
use super::version;
use crate::ls::ask::options::{Options, Sort};
use crate::ls::read::crew::Crew;
use crate::ls::read::table::{Shown, Table};
use crate::ls::text::keys::Keys;
use crate::sys::locale;
use fswalk::team::{lock, with_helpers};
use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSliceMut;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::ffi::CString;
use std::sync::Mutex;

/// Below this many, one thread sorts faster than two start.
const PARALLEL: usize = 20_000;

/// All entries of the tables, in order. `crew` is who may sort.
pub(crate) fn sorted(tables: &[Table], options: &Options, widths: Widths<'_>, crew: Crew<'_>) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::with_capacity(tables.iter().map(Table::len).sum());
    for (table, index) in tables.iter().zip(0..) {
        items.extend((0..table.len() as u32).map(|row| Item { first: 0, table: index, row }));
    }
    if options.sort == Sort::None {
        return items;
    }
    let threads = if items.len() < PARALLEL { 1 } else { crew.threads() };
    let has_prefix = options.sort == Sort::Name && items.len() >= WORTH_PREFIX;
    let prefix = if has_prefix { usual_prefix(&items, tables) } else { Vec::new() };
    let collated = tables.iter().any(Table::has_keys);
    let order = Comparator { tables, options, prefix, collated };
    fill(&mut items, &order, widths, threads);
    if options.directories_first {
        let leads = |item: &Item| item.get(tables).is_some_and(|shown| shown.leads_to_directory());
        let (mut directories, mut others): (Vec<Item>, Vec<Item>) = items.into_iter().partition(leads);
        order.sort(&mut directories, threads);
        order.sort(&mut others, threads);
        directories.append(&mut others);
        return directories;
    }
    order.sort(&mut items, threads);
    items
}

/// Columns of names, for the order by width.
pub(crate) type Widths<'w> = &'w mut dyn FnMut(&Shown<'_>) -> usize;

/// How names are compared.
#[derive(Clone, Copy)]
enum NameOrder {
    ByKey,
    ByLocale,
}

struct Comparator<'t> {
    tables: &'t [Table],
    options: &'t Options,
    /// What most keys begin with.
    prefix: Vec<u8>,
    /// Keys are a guess, and strcoll(3) is right.
    collated: bool,
}

fn fill(items: &mut [Item], order: &Comparator<'_>, widths: Widths<'_>, threads: usize) {
    if order.options.sort == Sort::Width {
        for item in items {
            item.first = item.get(order.tables).map_or(0, |shown| widths(&shown) as u64);
        }
        return;
    }
    if order.options.sort == Sort::Extension {
        return rank_extensions(items, order);
    }
    let fill = |items: &mut [Item]| items.iter_mut().for_each(|item| item.first = order.first(*item));
    if threads < 2 {
        return fill(items);
    }
    let parts = Mutex::new(items.chunks_mut(items.len().div_ceil(threads)));
    // The lock is free again when the work starts: the guard goes with the statement.
    let next = || lock(&parts).next();
    let work = || {
        while let Some(part) = next() {
            fill(part);
        }
    };
    with_helpers(1..threads, |_| work(), work);
}

/// Extensions are few: each is collated once, and an entry's number is its extension's place.
fn rank_extensions(items: &mut [Item], order: &Comparator<'_>) {
    let of = |item: &Item| extension(order.tables[item.table as usize].name(item.row as usize));
    let mut ranks: HashMap<&[u8], u64> = items.iter().map(|item| (of(item), 0)).collect();
    if order.collated {
        let text = |extension: &[u8]| CString::new(extension).expect("names hold no NUL");
        let mut keys = Vec::new();
        let mut extensions: Vec<(Vec<u8>, CString, &[u8])> = Vec::new();
        for &extension in ranks.keys() {
            keys.clear();
            Keys::append(&text(extension), &mut keys);
            extensions.push((keys.clone(), text(extension), extension));
        }
        extensions.sort_unstable();
        let mut extensions: Vec<&(Vec<u8>, CString, &[u8])> = extensions.iter().collect();
        let compare = |a: &CString, b: &CString| locale::compare(a, b);
        nearly::sort(&mut extensions, &|a, b| compare(&a.1, &b.1));
        // Extensions that collate as equals are equal.
        let alike = extensions.chunk_by(|a, b| compare(&a.1, &b.1) == Ordering::Equal);
        ranks = alike.zip(0..).flat_map(|(alike, rank)| alike.iter().map(move |(.., it)| (*it, rank))).collect();
    } else {
        let mut extensions: Vec<&[u8]> = ranks.keys().copied().collect();
        extensions.sort_unstable();
        ranks = extensions.into_iter().zip(0..).collect();
    }
    for item in items {
        item.first = ranks[of(item)];
    }
}

/// Number of items from which the usual prefix is worth a sorted sample.
const WORTH_PREFIX: usize = 512;
/// Number of keys in the sample.
const SAMPLE: usize = 64;

/// The usual prefix: what at least the middle half of a sample of the keys begins with.
fn usual_prefix(items: &[Item], tables: &[Table]) -> Vec<u8> {
    let key = |item: &Item| tables[item.table as usize].key(item.row as usize);
    let mut sample: Vec<&[u8]> = items.iter().step_by(items.len().div_ceil(SAMPLE).max(1)).map(key).collect();
    sample.sort_unstable();
    let (Some(low), Some(high)) = (sample.get(sample.len() / 4), sample.get(sample.len() * 3 / 4)) else {
        return Vec::new();
    };
    // Sorted, all that lies between two keys begins with what the two have in common.
    let common = low.iter().zip(*high).take_while(|(a, b)| a == b).count();
    low[..common].to_vec()
}

impl Comparator<'_> {
    fn sort(&self, items: &mut [Item], threads: usize) {
        let guess = |a: &Item, b: &Item| self.guess(*a, *b);
        let truth = |a: &Item, b: &Item| self.truth(*a, *b);
        let mends = self.collated && self.options.sort != Sort::Version;
        let pool = if threads < 2 || items.len() < PARALLEL {
            None
        } else {
            // Where no thread can be started, this one does the work.
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok()
        };
        let Some(pool) = pool else {
            items.sort_unstable_by(guess);
            if mends {
                nearly::sort(items, &truth);
            }
            return;
        };
        pool.install(|| {
            items.par_sort_unstable_by(guess);
            if mends {
                let part = items.len().div_ceil(threads);
                items.par_chunks_mut(part).for_each(|part| nearly::sort(part, &truth));
                let ends = items.chunks(part).scan(0, |end, part| {
                    *end += part.len();
                    Some(*end)
                });
                let ends = ends.collect();
                nearly::join_all(items, ends, &truth);
            }
        });
    }

    /// The number that decides most comparisons.
    fn first(&self, item: Item) -> u64 {
        let table = &self.tables[item.table as usize];
        let row = item.row as usize;
        match self.options.sort {
            Sort::Name => self.head(table.key(row)),
            // The largest and the latest come first; what is not known counts as zero.
            Sort::Size => !ordered(table.cell(row).map_or(0, |cell| cell.size_bytes as i64)),
            Sort::Time => !ordered(table.cell(row).map_or(0, |cell| cell.seconds)),
            Sort::Extension | Sort::Version | Sort::Width | Sort::None => 0,
        }
    }

    /// The eight bytes after the usual prefix. A key without it comes before all that have it, or after: among
    /// themselves such keys are compared whole.
    #[inline]
    fn head(&self, key: &[u8]) -> u64 {
        match key.strip_prefix(self.prefix.as_slice()) {
            Some(rest) => head(rest),
            None if key < self.prefix.as_slice() => 0,
            None => u64::MAX,
        }
    }

    /// The order by keys: where names are their own, the order.
    #[inline]
    fn guess(&self, a: Item, b: Item) -> Ordering {
        self.whole(a.first.cmp(&b.first).then_with(|| self.rest(a, b, NameOrder::ByKey)), a, b)
    }

    /// The order by strcoll. The first number of a name is a guess, too.
    fn truth(&self, a: Item, b: Item) -> Ordering {
        let first = if self.options.sort == Sort::Name { Ordering::Equal } else { a.first.cmp(&b.first) };
        self.whole(first.then_with(|| self.rest(a, b, NameOrder::ByLocale)), a, b)
    }

    #[inline]
    fn whole(&self, order: Ordering, a: Item, b: Item) -> Ordering {
        let order = if self.options.reverse { order.reverse() } else { order };
        order.then_with(|| a.place().cmp(&b.place()))
    }

    /// What decides where the first numbers are equal.
    #[cold]
    fn rest(&self, a: Item, b: Item, names: NameOrder) -> Ordering {
        let (a_table, b_table) = (&self.tables[a.table as usize], &self.tables[b.table as usize]);
        let (a_row, b_row) = (a.row as usize, b.row as usize);
        let names = || match names {
            NameOrder::ByKey => a_table.key(a_row).cmp(b_table.key(b_row)),
            NameOrder::ByLocale => locale::compare(a_table.c_name(a_row), b_table.c_name(b_row)),
        };
        match self.options.sort {
            Sort::Name | Sort::Extension | Sort::Size | Sort::Width | Sort::None => names(),
            Sort::Time => {
                let nanos = |table: &Table, row| table.cell(row).map_or(0, |cell| cell.nanos);
                nanos(b_table, b_row).cmp(&nanos(a_table, a_row)).then_with(names)
            }
            Sort::Version => {
                let (a, b) = (a_table.name(a_row), b_table.name(b_row));
                version::compare(a, b).then_with(|| a.cmp(b))
            }
        }
    }
}

/// A number that compares unsigned as `value` does signed.
fn ordered(value: i64) -> u64 {
    value as u64 ^ (1 << 63)
}

/// From the last period on; nothing where there is none.
fn extension(name: &[u8]) -> &[u8] {
    name.iter().rposition(|&byte| byte == b'.').map(|dot| &name[dot..]).unwrap_or_default()
}

/// The first eight bytes, zeroes for those that are not there, as a number that compares as they do. Keys hold no
/// zeroes.
#[inline]
fn head(key: &[u8]) -> u64 {
    match key.first_chunk::<8>() {
        Some(bytes) => u64::from_be_bytes(*bytes),
        None => {
            let mut bytes = [0; 8];
            bytes[..key.len()].copy_from_slice(key);
            u64::from_be_bytes(bytes)
        }
    }
}
