//! For benches: reads a directory once, so that each later step of `ls` can be repeated by itself, on one thread.
//! That is for benches: a listing does each once.

use super::ask::need::Need;
use super::ask::options::Options;
use super::print::listing::Listed;
use super::read::crew::Crew;
use super::read::directory::{Reading, Tools};
use super::read::look_up::Place;
use super::read::owners::Owners;
use super::read::stats::Stats;
use super::show::line::Writer;
use super::show::page::Page;
use rustix::fs::{CWD, Mode, openat};
use rustix::io::Errno;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What was read of a directory for some options.
pub struct Held<'o> {
    options: &'o Options,
    owners: Owners,
    listed: Listed,
}

impl<'o> Held<'o> {
    /// Reads a directory to its end, and asks about each entry what `options` show of it.
    ///
    /// # Errors
    /// openat(2)'s.
    pub fn read(options: &'o Options, dir: &Path) -> Result<Self, Errno> {
        let fd = openat(CWD, dir, super::print::directory::OPEN, Mode::empty())?;
        let (owners, need) = (Owners::default(), Need::new(options));
        let reading = Reading { options, need: &need, owners: &owners, strategy: None, status: 2, crew: Crew::Alone };
        let place = Place { fd: fd.as_fd(), path: Some(dir.as_os_str().as_bytes()) };
        let listed = Listed::read(&reading, place, &mut Tools::new(reading), &mut Stats::default());
        Ok(Self { options, owners, listed })
    }

    /// Sorts its entries anew; says how many there are.
    pub fn sort(&self) -> usize {
        self.listed.in_order(self.options, Crew::Alone).len()
    }

    /// Writes all its lines, as one thread of a listing does it; says how many bytes they are.
    pub fn format(&self, lines: &mut Lines) -> usize {
        lines.0.clear();
        self.listed.print(&mut Writer::new(self.options, &self.owners), &mut lines.0);
        lines.0.bytes.len()
    }

    /// Its names, in order.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.listed.entries().iter().map(|shown| shown.name)
    }
}

/// Memory for [`Held::format`].
#[derive(Default)]
pub struct Lines(Page);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ls::{Asked, Screen, parse_arguments};

    #[test]
    fn what_is_held_is_what_ls_prints() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b", "a", "c d"] {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        let screen = Screen { is_terminal: false, columns: None };
        let asked = parse_arguments(["-1".into(), "--quoting-style=shell".into()], b"ls", screen, &mut |_| ());
        let Ok(Asked::Listing(options, _)) = asked else { panic!("no listing") };
        let held = Held::read(&options, dir.path()).unwrap();
        let mut lines = Lines::default();
        assert_eq!((held.sort(), held.format(&mut lines)), (3, lines.0.bytes.len()));
        assert_eq!(lines.0.bytes, b"a\nb\n'c d'\n");
        assert_eq!(held.names().collect::<Vec<_>>(), [&b"a"[..], b"b", b"c d"]);
    }
}
