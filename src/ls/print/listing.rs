//! Formats a directory that was read and sorted, or the files of the command line.

use super::in_turn::Turns;
use crate::ls::ask::options::{Format, Notation, Options, Sort};
use crate::ls::read::crew::Crew;
use crate::ls::read::directory::{Collected, Reading, Tools};
use crate::ls::read::look_up::Place;
use crate::ls::read::stats::{Phase, Stats, Timing};
use crate::ls::read::table::{Complaint, Table};
use crate::ls::read::widths::Widths;
use crate::ls::show::columns;
use crate::ls::show::line::Writer;
use crate::ls::show::name::NameWriter;
use crate::ls::show::page::Page;
use crate::ls::sort::items::{Entries, Item};
use crate::ls::sort::sorted::sorted;
use fswalk::team::{into_inner, lock, with_helpers};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Entries in their order.
pub(crate) struct Listed {
    tables: Vec<Table>,
    items: Vec<Item>,
    widths: Widths,
    pub(crate) complaints: Vec<Complaint>,
}

/// Names below which one thread formats faster than another starts.
const PARALLEL: usize = 50_000;
/// The same of long lines.
const PARALLEL_LONG: usize = 6_000;
/// Lines that a thread formats at once.
const BLOCK: usize = 2048;

impl Listed {
    /// Reads a directory to its end, and sorts it.
    pub(crate) fn read<'o>(reading: &Reading<'o>, place: Place<'_>, tools: &mut Tools<'o>, stats: &mut Stats) -> Self {
        let collected = Collected::default();
        reading.read(place, tools, &collected);
        Self::sort(collected.into_tables(), reading.options, reading.crew, stats)
    }

    /// Sorts what was read.
    pub(crate) fn sort(mut tables: Vec<Table>, options: &Options, crew: Crew<'_>, stats: &mut Stats) -> Self {
        let timing = if options.stats { Timing::On } else { Timing::Off };
        let start = timing.start();
        let mut widths = Widths::default();
        let mut complaints = Vec::new();
        for table in &mut tables {
            widths.fold(&table.widths);
            complaints.append(&mut table.complaints);
        }
        let mut listed = Self { tables, items: Vec::new(), widths, complaints };
        listed.items = listed.in_order(options, crew);
        if options.sort != Sort::None {
            stats.spend(Phase::Sort, start);
        }
        listed
    }

    /// All entries in the order of `options`, whatever order they are in.
    pub(crate) fn in_order(&self, options: &Options, crew: Crew<'_>) -> Vec<Item> {
        let mut names = NameWriter::new(options);
        let some_quoted = self.widths.some_quoted;
        sorted(&self.tables, options, &mut |shown| names.columns(shown.name, some_quoted), crew)
    }

    /// Gives the memory of a small directory back, for the next one.
    pub(crate) fn recycle(self, tools: &mut Tools<'_>) {
        if let Some(table) = self.tables.into_iter().next() {
            tools.reuse(table);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(crate) fn entries(&self) -> Entries<'_> {
        Entries { tables: &self.tables, items: &self.items }
    }

    /// Takes directories named on the command line out, and answers their names in order.
    pub(crate) fn take_arguments(&mut self) -> Vec<Vec<u8>> {
        let Self { tables, items, .. } = self;
        let mut taken = Vec::new();
        items.retain(|item| match item.get(tables) {
            Some(shown) if shown.is_argument => {
                taken.push(shown.name.to_vec());
                false
            }
            _ => true,
        });
        taken
    }

    /// Appends the names of its directories, in order, each ended by a NUL.
    pub(crate) fn append_directories(&self, names: &mut Vec<u8>) {
        for item in &self.items {
            match item.directory(&self.tables) {
                None | Some(b"." | b"..") => {}
                Some(name) => {
                    names.extend_from_slice(name);
                    names.push(0);
                }
            }
        }
    }

    /// The line above a directory's entries, where disk usage is shown.
    pub(crate) fn total(&self, options: &Options, page: &mut Page) {
        if (options.format == Format::Long || options.blocks) && options.output == Notation::Text {
            if options.dired {
                page.extend(b"  ");
            }
            page.extend(&crate::ls::text::messages::total());
            page.push(b' ');
            options.block_units.append(self.widths.total_blocks_512, 512, &mut page.bytes);
            page.push(options.end);
        }
    }

    /// Writes all entries.
    pub(crate) fn print(&self, writer: &mut Writer<'_>, page: &mut Page) {
        let columns = self.widths.columns(writer.options);
        if is_by_line(writer.options) {
            let line_bytes = if writer.options.format == Format::Long { 80 } else { 24 };
            page.bytes.reserve(self.items.len() * line_bytes);
            self.entries().each(|shown| writer.whole_line(shown, &columns, page));
        } else {
            columns::lay_out(writer, self.entries(), &columns, page);
        }
    }

    /// Writes all entries in their turn, from several threads where they are many.
    pub(crate) fn print_all(&self, reading: &Reading<'_>, directory: &[u8], turns: &Turns<'_, '_>) -> Stats {
        let options = reading.options;
        let blocks = self.items.len().div_ceil(BLOCK);
        let next = AtomicUsize::new(0);
        let enough = if options.format == Format::Long { PARALLEL_LONG } else { PARALLEL };
        let parallel = self.items.len() >= enough && is_by_line(options);
        let work = || {
            let timing = if options.stats { Timing::On } else { Timing::Off };
            let start = timing.start();
            let mut stats = Stats::default();
            let mut writer = Writer::new(options, reading.owners);
            writer.enter(directory);
            let mut page = Page::default();
            if !is_by_line(options) {
                self.print(&mut writer, &mut page);
                stats.spend(Phase::Format, start);
                let _ = turns.deliver(0, &mut page, Vec::new());
                return stats;
            }
            let columns = self.widths.columns(options);
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(items) = self.items.chunks(BLOCK).nth(index).filter(|_| index < blocks) else { break };
                (Entries { tables: &self.tables, items }).each(|shown| writer.whole_line(shown, &columns, &mut page));
                if turns.deliver(index, &mut page, Vec::new()).is_break() {
                    break;
                }
            }
            stats.spend(Phase::Format, start);
            stats
        };
        let all = Mutex::new(Stats::default());
        let work = || {
            let stats = work();
            lock(&all).fold(&stats);
        };
        let threads = if parallel { reading.crew.threads() } else { 1 };
        with_helpers(1..threads, |_| work(), work);
        into_inner(all)
    }
}

/// Whether each entry has a line of its own.
fn is_by_line(options: &Options) -> bool {
    matches!(options.format, Format::Long | Format::Single)
}
