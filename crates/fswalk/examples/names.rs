//! Prints the path of everything below the directories named, hidden entries too, in no order; without an argument, below the current
//! directory. The lines are those of `fd -u . [DIRECTORY]...`: a directory ends in a slash.

use fswalk::{Entry, Error, Next, Visitor, Walk};
use std::env::args_os;
use std::io::{self, Write};
use std::ops::ControlFlow;

/// One per thread: lines that are not written yet.
struct Lines {
    bytes: Vec<u8>,
    /// How much of each path is left out: the `./` of a root that nobody named.
    left_out: usize,
}

/// Lines are written in pieces of about this size.
const PIECE_BYTES: usize = 32 * 1024;

impl Lines {
    fn write(&mut self) -> ControlFlow<()> {
        // One call holds the lock for a whole piece, so that threads do not mix their lines.
        let written = io::stdout().write_all(&self.bytes);
        self.bytes.clear();
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

impl Visitor for Lines {
    type State = ();

    fn entry(&mut self, entry: &Entry<'_>, (): &()) -> Next {
        let start = self.bytes.len();
        entry.append_path(&mut self.bytes);
        self.bytes.drain(start..start + self.left_out);
        self.bytes.extend_from_slice(if entry.file_type().is_dir() { b"/\n" } else { b"\n" });
        if self.bytes.len() >= PIECE_BYTES && self.write().is_break() { Next::Stop } else { Next::Enter }
    }

    #[allow(clippy::print_stderr)]
    fn error(&mut self, error: Error) -> ControlFlow<()> {
        eprintln!("names: {error}");
        ControlFlow::Continue(())
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let _ = self.write();
    }
}

fn main() {
    let mut roots = args_os().skip(1);
    let first = roots.next();
    let left_out = if first.is_none() { "./".len() } else { 0 };
    // The roots themselves, at depth 0, are not printed.
    let walk = Walk::new(first.unwrap_or_else(|| ".".into())).min_depth(1);
    roots.fold(walk, Walk::add).visit(|| Lines { bytes: Vec::new(), left_out });
}
