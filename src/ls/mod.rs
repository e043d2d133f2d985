//! `ls`: prints what GNU's prints, byte for byte, asks the kernel only for what the output shows, and uses every core.
//!
//! In come arguments ([`parse_arguments`]); out go bytes ([`list`]). Open `ask/options.rs` first, then follow the
//! rooms:
//!
//! ```text
//! text     quoting, widths, numbers, times, palette, messages
//! ask      the command line -> Options -> Need: what the output shows, and so what must be asked
//! read     a directory -> Table: by one or several threads, looked up as it is read
//! sort     items of 16 bytes, on collation keys, mended by strcoll
//! show     entries -> Page: formatted by any thread
//! print    Page -> Output: written in order
//! ```
//!
//! Each room uses those above it and none below. An entry goes from `read` to `print` and visits each once.
//!
//! Invariants: what is printed depends on the options and the directory, never on how many threads there were; an
//! entry that cannot be had costs that entry; nothing is allocated an entry but the growth of a table.

mod ask;
mod print;
mod read;
mod show;
mod sort;
mod text;

pub mod bench;

pub use ask::asked::{Asked, Program, Refused, Screen};
pub use ask::{described, help, options};
pub use options::Options;
pub use text::messages::{memory_exhausted, try_help, write_error};

use ask::need::Need;
use print::directory::Heading;
use print::listing::Listed;
use print::output::Output;
use print::recursive;
use read::crew::Crew;
use read::directory::{Reading, Tools};
use read::look_up::Place;
use read::owners::Owners;
use read::table::Table;
use rustix::fs::CWD;
use show::line;
use show::page::Page;
use std::ffi::{CString, OsString};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;
use std::time::Instant;

/// Reads the arguments after the program's name, which messages call `program`. Those that are no reason to stop are
/// handed to `warn`, without that name.
///
/// # Errors
/// What makes no sense.
pub fn parse_arguments(
    arguments: impl IntoIterator<Item = OsString>,
    program: &[u8],
    screen: Screen,
    warn: &mut dyn FnMut(&[u8]),
) -> Result<Asked, Refused> {
    let able = |options: &Options| match &options.strategy {
        Some(name) => read::strategy::find(name, options).map(drop),
        None => Ok(()),
    };
    ask::switches::parse(arguments, program, screen, able, warn)
}

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
    let need = Need::new(options);
    let owners = Owners::default();
    let threads = options.threads.map_or_else(OnceLock::new, OnceLock::from);
    // Whoever read the command line has made sure that it delivers.
    let strategy = options.strategy.as_ref().and_then(|name| read::strategy::find(name, options).ok());
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
        recursive::list(reading, directories, output);
        return;
    }
    for path in directories {
        let heading = if alone { Heading::Omit } else { Heading::Show };
        print::directory::list(reading, &path, heading, tools, output);
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
        if !directories.is_empty() && reading.options.output == options::Notation::Text {
            output.blank_line();
        }
    }
    directories
}
