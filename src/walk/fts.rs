//! libc's fts(3), as BSD's and many other tools use it: it changes into each directory, so that names resolve relative.
//!
//! The process's working directory moves while it runs: only for a process of one thread, which a worker is. It must lstat
//! every entry to tell kinds (its `FTS_NOSTAT` tells directories only), so only names are asked for without.

use super::{Open, Row, Run, peer};
use crate::error::Error;
use crate::list::{Entry, Kind, Sinks, Want, meta_of_stat};
use crate::sys::fts::{Info, Stats, Walk};
use fswalk::walk::path::below;
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

struct Fts;

impl Run for Fts {
    fn run(&mut self, root: &Path, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        let failed = |errno: rustix::io::Errno| Error::new("fts_open", root, errno);
        let bytes = root.as_os_str().as_bytes();
        let path = CString::new(bytes).map_err(|_| failed(rustix::io::Errno::INVAL))?;
        let stats = if want == Want::Names { Stats::Unkept } else { Stats::All };
        let below = below(bytes);
        let mut sink = sinks.sink();
        let mut walk = Walk::open(&path, stats).map_err(failed)?;
        while let Some(entry) = walk.next() {
            let entry = entry.map_err(|errno| Error::new("fts_read", root, errno))?;
            let level = entry.level();
            let next = match entry.info() {
                Info::DirectoryAgain => continue,
                Info::UnreadableDirectory | Info::Failed if level == 0 => {
                    return Err(Error::new("fts_read", root, entry.errno()));
                }
                // An unreadable directory was reported as a directory before.
                Info::UnreadableDirectory | Info::Failed => {
                    sink.error(Error::at("fts_read", entry.path(), entry.errno()))
                }
                _ if level == 0 => continue,
                info @ (Info::Directory | Info::Cycle | Info::NotStatted | Info::Other) => {
                    let meta = entry.stat().map(meta_of_stat);
                    let directory = matches!(info, Info::Directory | Info::Cycle);
                    sink.entry(&Entry {
                        dir: peer::parent_below(entry.path(), entry.name(), below),
                        name: entry.name(),
                        kind: meta.map_or(if directory { Kind::Directory } else { Kind::Unknown }, |meta| meta.kind()),
                        ino: entry.ino().unwrap_or(0),
                        position: None,
                        meta: meta.as_ref().filter(|_| want == Want::Metadata),
                    })
                }
            };
            if next.is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "fts",
    about: "libc's fts, which changes into each directory; kinds cost it an lstat",
    wants: &Want::ALL,
    factors: peer::libc(Want::Kinds),
    open: Open::Alone(|_| Ok(Box::new(Fts))),
}];
