//! Writes pages to standard output in large pieces and messages to standard error, and keeps the exit status.

use crate::ls::ask::options::Options;
use crate::ls::read::stats::{Call, Phase, Stats, Timing};
use crate::ls::read::table::Complaint;
use crate::ls::show::name;
use crate::ls::show::page::{Page, Pages};
use crate::ls::text::quote::STYLES;
use crate::sys::signal;
use std::io::{self, Write};

/// Written at once: as much as a pipe holds.
const PIECE_BYTES: usize = 64 * 1024;

/// Memory of a page that is kept for the next one.
const KEPT_BYTES: usize = 1 << 20;

/// The way out. `W` is standard output, `E` standard error.
pub(crate) struct Output<'o> {
    options: &'o Options,
    out: &'o mut (dyn Write + Send),
    errors: &'o mut (dyn Write + Send),
    program: Vec<u8>,
    waiting: Vec<u8>,
    /// Bytes counted so far, waiting ones included: what `--dired` tells places by.
    position: usize,
    names: Vec<usize>,
    headings: Vec<usize>,
    has_colors: bool,
    has_headings: bool,
    status: u8,
    failure: Option<io::Error>,
    pub(crate) stats: Stats,
}

impl<'o> Output<'o> {
    pub(crate) fn new(
        options: &'o Options,
        program: &[u8],
        out: &'o mut (dyn Write + Send),
        errors: &'o mut (dyn Write + Send),
    ) -> Self {
        Self {
            options,
            out,
            errors,
            program: program.to_vec(),
            waiting: Vec::new(),
            position: 0,
            names: Vec::new(),
            headings: Vec::new(),
            has_colors: false,
            has_headings: false,
            status: 0,
            failure: None,
            stats: Stats::default(),
        }
    }

    /// Writes a page.
    pub(crate) fn page(&mut self, page: &Page) {
        let drop = usize::from(page.blank_first && !std::mem::replace(&mut self.has_headings, true));
        // What is dropped comes before everything that has a place.
        self.names.extend(page.names.iter().map(|place| place + self.position - drop));
        self.headings.extend(page.headings.iter().map(|place| place + self.position - drop));
        self.position += page.bytes.len() - page.uncounted - drop;
        let first_color = page.first_color.filter(|_| !self.has_colors);
        let (before, after) = page.bytes.split_at(first_color.unwrap_or(drop));
        self.bytes(&before[drop..]);
        if let (Some(_), Some(colors)) = (first_color, &self.options.colors) {
            self.has_colors = true;
            if self.options.terminal && rustix::termios::tcgetpgrp(rustix::stdio::stdout()).is_ok() {
                // Best effort, as GNU's: colors that stay are no reason not to list.
                let _ = signal::last_words(&name::default_color(colors));
            }
            self.bytes(&name::reset(colors));
        }
        self.bytes(after);
    }

    /// Writes pages and what is told between them, and empties them.
    pub(crate) fn pages(&mut self, pages: &mut Pages) {
        for (page, complaints) in pages.take_done() {
            self.page(&page);
            self.complain(&complaints);
        }
        self.page(&pages.page);
        if pages.page.bytes.capacity() > KEPT_BYTES {
            pages.page = Page::default();
        }
        pages.page.clear();
        if self.is_watched() {
            self.flush();
        }
    }

    /// Whether somebody sees what is written when it is.
    pub(crate) fn is_watched(&self) -> bool {
        self.options.terminal
    }

    /// Whether nothing has been written yet.
    pub(crate) fn is_untouched(&self) -> bool {
        self.position == 0 && !self.has_colors
    }

    /// Writes an empty line.
    pub(crate) fn blank_line(&mut self) {
        self.position += 1;
        self.bytes(b"\n");
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if self.waiting.len() + bytes.len() < PIECE_BYTES {
            self.waiting.extend_from_slice(bytes);
            return;
        }
        self.flush();
        if bytes.len() < PIECE_BYTES {
            self.waiting.extend_from_slice(bytes);
        } else {
            self.write(bytes);
        }
    }

    /// Writes what waits.
    pub(crate) fn flush(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        self.write(&waiting);
        self.waiting = waiting;
        self.waiting.clear();
    }

    fn write(&mut self, mut bytes: &[u8]) {
        let timing = if self.options.stats { Timing::On } else { Timing::Off };
        let start = timing.start();
        while !bytes.is_empty() && self.failure.is_none() {
            self.stats.calls.add(Call::Write);
            match self.out.write(bytes) {
                Ok(0) => self.failure = Some(io::ErrorKind::WriteZero.into()),
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failure = Some(error),
            }
        }
        self.stats.spend(Phase::Write, start);
    }

    /// Whether nothing more can be written: the listing may as well end.
    pub(crate) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Says what could not be had.
    pub(crate) fn complain(&mut self, complaints: &[Complaint]) {
        for complaint in complaints {
            // On a terminal a message comes after what was listed before it.
            if self.options.terminal {
                self.flush();
            }
            self.status = match (self.status, complaint.status) {
                (_, 2) => 2,
                (0, status) => status,
                (status, _) => status,
            };
            let line = [self.program.as_slice(), b": ", &complaint.message, b"\n"].concat();
            // Nobody may be listening there: that is no failure.
            let _ = self.errors.write_all(&line);
        }
    }

    /// Writes what comes after everything, and answers the exit status.
    pub(crate) fn finish(mut self) -> (Result<u8, io::Error>, Stats) {
        if let Some(colors) = self.options.colors.as_ref().filter(|_| self.has_colors) {
            self.bytes(&name::restore(colors));
        }
        if self.options.dired {
            let mut tail = Vec::new();
            for (title, places) in [("//DIRED//", &self.names), ("//SUBDIRED//", &self.headings)] {
                if !places.is_empty() {
                    tail.extend_from_slice(title.as_bytes());
                    for place in places {
                        tail.extend_from_slice(format!(" {place}").as_bytes());
                    }
                    tail.push(b'\n');
                }
            }
            let style = self.options.names.style();
            let style = STYLES.iter().find(|(_, known)| *known == style).map_or("literal", |(name, _)| name);
            tail.extend_from_slice(format!("//DIRED-OPTIONS// --quoting-style={style}\n").as_bytes());
            self.bytes(&tail);
        }
        self.flush();
        let flushed = if self.failure.is_none() { self.out.flush().err() } else { None };
        match self.failure.or(flushed) {
            Some(error) => (Err(error), self.stats),
            None => (Ok(self.status), self.stats),
        }
    }
}
