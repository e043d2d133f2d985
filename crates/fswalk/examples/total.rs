//! Prints the disk usage, in bytes, of each directory in the one named, or in the current one, and of all of it: the lines of
//! `du -B1 -d1 [DIRECTORY]`.

use fswalk::{Directory, Entry, Error, Next, Visitor, Walk, Want};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::env::args_os;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// What a directory hands down: a sum to add to, and the number of the top that it is below.
#[derive(Default)]
struct Sum {
    top: usize,
    bytes: AtomicU64,
}

/// A directory that is printed: the root or one in it.
struct Top {
    number: usize,
    bytes: u64,
}

/// A file with several links counts once: in the top with the least number of those that hold a link. That is where du(1), which
/// goes in directory order, finds it first.
type Linked = HashMap<(u64, u64), (usize, u64)>;

/// What the threads share.
#[derive(Default)]
struct Totals {
    tops: Mutex<HashMap<PathBuf, Top>>,
    /// How many numbers are given away: the root has the first, what is in it the next ones, in directory order.
    numbers: AtomicUsize,
    /// By device and inode number: the number of a top, and bytes that are in no sum.
    linked: Mutex<Linked>,
}

/// One per thread.
struct Adder<'t> {
    totals: &'t Totals,
    linked: Linked,
}

impl Visitor for Adder<'_> {
    type State = Sum;

    fn enter(&mut self, directory: &Directory<'_>, above: Option<&Sum>) -> Option<Sum> {
        let top = match above {
            Some(above) if directory.depth() > 1 => above.top,
            _ => self.totals.tops.lock().unwrap().get(&*directory.path()).map_or(0, |top| top.number),
        };
        Some(Sum { top, bytes: AtomicU64::new(0) })
    }

    fn entry(&mut self, entry: &Entry<'_>, sum: &Sum) -> Next {
        let meta = match entry.metadata() {
            Ok(meta) => meta,
            Err(error) => {
                report(&error);
                return Next::Enter;
            }
        };
        let (depth, bytes) = (entry.depth(), meta.blocks_512 * 512);
        let number = if depth <= 1 { self.totals.numbers.fetch_add(1, Relaxed) } else { sum.top };
        if depth == 0 || depth == 1 && meta.is_dir() {
            self.totals.tops.lock().unwrap().insert(entry.path(), Top { number, bytes });
        }
        if meta.links > 1 && !meta.is_dir() && depth > 0 {
            add_linked(&mut self.linked, (meta.dev, meta.ino), (number, bytes));
        } else {
            sum.bytes.fetch_add(bytes, Relaxed);
        }
        // A link to a directory is a link, also where it is the root.
        if meta.is_dir() { Next::Enter } else { Next::Skip }
    }

    fn leave(&mut self, directory: &Directory<'_>, sum: Sum, above: Option<&Sum>) {
        let bytes = sum.bytes.into_inner();
        if let Some(above) = above {
            above.bytes.fetch_add(bytes, Relaxed);
        }
        if directory.depth() <= 1
            && let Some(top) = self.totals.tops.lock().unwrap().get_mut(&*directory.path())
        {
            top.bytes += bytes;
        }
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        report(&error);
        ControlFlow::Continue(())
    }
}

impl Drop for Adder<'_> {
    fn drop(&mut self) {
        let mut linked = self.totals.linked.lock().unwrap();
        for (file, found) in self.linked.drain() {
            add_linked(&mut linked, file, found);
        }
    }
}

fn add_linked(linked: &mut Linked, file: (u64, u64), (number, bytes): (usize, u64)) {
    let (first, _) = linked.entry(file).or_insert((number, bytes));
    *first = number.min(*first);
}

#[allow(clippy::print_stderr)]
fn report(error: &Error) {
    eprintln!("total: {error}");
}

fn main() -> io::Result<()> {
    let totals = Totals::default();
    Walk::new(args_os().nth(1).unwrap_or_else(|| ".".into()))
        .want(Want::Metadata)
        .visit(|| Adder { totals: &totals, linked: Linked::new() });

    let mut linked: HashMap<usize, u64> = HashMap::new();
    for (number, bytes) in totals.linked.into_inner().unwrap().into_values() {
        *linked.entry(number).or_default() += bytes;
    }
    let mut tops = Vec::from_iter(totals.tops.into_inner().unwrap());
    // The root is last, as du has it.
    tops.sort_by_key(|(_, top)| Reverse(top.number));
    for (_, top) in &mut tops {
        top.bytes +=
            if top.number == 0 { linked.values().sum() } else { linked.get(&top.number).copied().unwrap_or(0) };
    }
    let mut lines = Vec::new();
    for (path, top) in tops {
        write!(lines, "{}\t", top.bytes)?;
        lines.extend_from_slice(path.as_os_str().as_bytes());
        lines.push(b'\n');
    }
    io::stdout().write_all(&lines)
}
