//! Unsorted names, printed as they are read: bounded memory, whatever the directory's size.

use super::in_turn::Turns;
use crate::ls::read::directory::{Deliver, Reading};
use crate::ls::read::stats::{Phase, Stats, Timing};
use crate::ls::read::table::Table;
use crate::ls::read::widths::Columns;
use crate::ls::show::line::Writer;
use crate::ls::show::page::Page;
use fswalk::team::{into_inner, lock};
use std::ops::ControlFlow;
use std::sync::Mutex;

/// Formats what is delivered, and writes it in its turn.
pub(crate) struct Stream<'s, 'o> {
    reading: Reading<'o>,
    directory: &'s [u8],
    turns: Turns<'s, 'o>,
    /// Time spent formatting, which the threads' readings include.
    stats: Mutex<Stats>,
}

impl<'s, 'o> Stream<'s, 'o> {
    pub(crate) fn new(reading: Reading<'o>, directory: &'s [u8], turns: Turns<'s, 'o>) -> Self {
        Self { reading, directory, turns, stats: Mutex::new(Stats::default()) }
    }

    pub(crate) fn into_stats(self) -> Stats {
        into_inner(self.stats)
    }
}

impl<'o> Deliver for Stream<'_, 'o> {
    type Local = (Writer<'o>, Page);

    fn local(&self) -> Self::Local {
        let mut writer = Writer::new(self.reading.options, self.reading.owners);
        writer.enter(self.directory);
        (writer, Page::default())
    }

    fn deliver(&self, (writer, page): &mut Self::Local, index: usize, table: &mut Table) -> ControlFlow<()> {
        let timing = if self.reading.options.stats { Timing::On } else { Timing::Off };
        let start = timing.start();
        // Each entry stands alone: no column is wider than its own text.
        let columns = Columns::default();
        for shown in table.iter() {
            writer.whole_line(&shown, &columns, page);
        }
        if timing == Timing::On {
            lock(&self.stats).spend(Phase::Format, start);
        }
        self.turns.deliver(index, page, std::mem::take(&mut table.complaints))
    }

    fn stretch(&self) -> usize {
        1
    }
}
