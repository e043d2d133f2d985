//! Printing a listing: GNU's `ls`, byte for byte, asking the kernel only for what the output shows, from every core.
//!
//! ```text
//! switches -> Options -> Need        what the output shows, and so what must be asked
//! read, gather -> Table              one directory, by one or several threads, looked up as it is read
//! sort -> listed                     items of 16 bytes, on collation keys, mended by strcoll
//! line, columns, name -> Page        formatted by any thread
//! turn, order -> Output              written in order
//! ```
//!
//! Invariants: what is printed depends on the options and the directory, never on how many threads there were; an
//! entry that cannot be had costs that entry; nothing is allocated an entry but the growth of a table.

mod argmatch;
mod canonical;
mod colors;
mod columns;
mod directory;
mod entry;
mod gather;
mod getopt;
mod human;
mod json;
mod later;
mod line;
mod listed;
mod marks;
mod messages;
mod name;
mod nearly;
mod need;
mod number;
mod order;
mod output;
mod owners;
mod page;
mod quote;
mod read;
mod rest;
mod sort;
mod stats;
mod strategy;
mod stream;
mod strftime;
mod switches;
mod table;
mod time;
mod tree;
mod turn;
mod version;
mod width;
mod widths;

pub mod held;
pub mod help;
pub mod options;

pub use messages::{memory_exhausted, try_help, write_error};
pub use options::Options;
pub use switches::{Asked, Refused, Screen, read};

use directory::Heading;
use entry::Table;
use gather::Place;
use listed::Listed;
use output::Output;
use owners::Owners;
use page::Page;
use read::{Crew, Reading, Tools};
use rustix::fs::CWD;
use std::ffi::{CString, OsStr, OsString};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;
use std::time::Instant;

/// Lists files and directories to `out`, messages to `errors`, each with `program` before it. Answers the exit status:
/// 1 where an entry could not be had, 2 where something named could not.
///
/// # Errors
/// When `out` cannot be written to.
pub fn list(
    options: &Options,
    operands: &[OsString],
    program: &[u8],
    out: &mut (dyn Write + Send),
    errors: &mut (dyn Write + Send),
) -> io::Result<u8> {
    let started = Instant::now();
    let need = need::Need::new(options);
    let owners = Owners::default();
    let threads = options.threads.map_or_else(OnceLock::new, OnceLock::from);
    // Whoever read the command line has made sure that it delivers.
    let strategy = options.strategy.as_ref().and_then(|name| strategy::find(name, options).ok());
    let reading = Reading { options, need: &need, owners: &owners, strategy, status: 2, crew: Crew::All(&threads) };
    let mut output = Output::new(options, program, out, errors);
    let mut tools = Tools::new(reading);
    run(reading, operands, &mut tools, &mut output);
    output.stats.fold(&tools.gatherer.stats);
    let (status, stats) = output.finish();
    if options.stats {
        // Nobody may be listening there: that is no failure.
        let _ = errors.write_all(stats.show(started.elapsed()).as_bytes());
    }
    status
}

fn run<'o>(reading: Reading<'o>, operands: &[OsString], tools: &mut Tools<'o>, output: &mut Output<'o>) {
    let options = reading.options;
    let here = [OsString::from(".")];
    let directories = if operands.is_empty() && !options.directories_themselves {
        vec![b".".to_vec()]
    } else {
        let operands = if operands.is_empty() { &here } else { operands };
        files(reading, operands, tools, output)
    };
    // A single directory needs no name above it, unless others come below.
    let alone = output.is_untouched() && operands.len() <= 1 && directories.len() == 1;
    if options.recursive {
        tree::list(reading, directories, output);
        return;
    }
    for path in directories {
        let heading = if alone { Heading::Omit } else { Heading::Show };
        directory::list(reading, &path, heading, tools, output);
        if output.has_failed() {
            return;
        }
    }
}

/// Lists what the command line names, but for directories: these are answered, in order.
fn files<'o>(
    reading: Reading<'o>,
    operands: &[OsString],
    tools: &mut Tools<'o>,
    output: &mut Output<'_>,
) -> Vec<Vec<u8>> {
    let mut table = Table::default();
    let place = Place { fd: CWD, path: None };
    for operand in operands {
        // Arguments come from the kernel and hold no NUL; what does names nothing.
        let name = CString::new(operand.as_bytes()).unwrap_or_default();
        tools.gatherer.take_argument(place, &name, operands.len(), &mut table);
    }
    let mut listed = Listed::sort(vec![table], reading.options, reading.crew, &mut output.stats);
    output.complain(&listed.complaints);
    let directories = listed.take_arguments();
    if !listed.is_empty() {
        let mut writer = line::Writer::new(reading.options, reading.owners);
        let mut page = Page::default();
        listed.print(&mut writer, &mut page);
        output.page(&page);
        if !directories.is_empty() && reading.options.output == options::Output::Text {
            output.blank_line();
        }
    }
    directories
}

/// Which of three programs one is: they differ in what they do unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Program {
    /// `ls`
    #[default]
    Ls,
    /// `dir`: in columns, names escaped, wherever the output goes.
    Dir,
    /// `vdir`: the same in the long format.
    Vdir,
}

impl Program {
    /// Which one is called so, whatever the way to it.
    pub fn called(name: &OsStr) -> Option<Self> {
        match name.as_bytes().rsplit(|&byte| byte == b'/').next() {
            Some(b"ls") => Some(Self::Ls),
            Some(b"dir") => Some(Self::Dir),
            Some(b"vdir") => Some(Self::Vdir),
            _ => None,
        }
    }
}
