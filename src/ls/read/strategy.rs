//! `--strategy`: directories read by a row of the registry in place of ls's own reader. What is printed never changes.
//!
//! A strategy must deliver all that the options ask of each entry; nothing is asked again behind its back. What ls asks
//! besides is about other things than the entries: the command line, `.` and `..`, and where links point to.

use super::look_up::{Gatherer, Place, access_failed};
use super::table::{Cell, Complaint, Device, Mark, Table};
use crate::error::Error;
use crate::list::{Dir, Entry, Kind, Lister, Meta, Order, Projection, Row, Sink, Standing, Want};
use crate::ls::ask::need::Need;
use crate::ls::ask::options::{Dereference, Hidden, Options, Sort, Stamp};
use crate::strategy::Strategy;
use rustix::io::Errno;
use std::ffi::{CStr, OsStr};
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The row of that name, if it delivers what the options ask for.
///
/// # Errors
/// Why it cannot, in words that name those that can.
pub(crate) fn find(name: &str, options: &Options) -> Result<&'static Row, String> {
    let need = Need::new(options);
    let beyond = [
        (need.marks, "access control lists and security contexts (--no-acl leaves them out)"),
        (need.context, "security contexts"),
        (options.stamp != Stamp::Modified && options.want() == Want::Metadata, "times other than the modification's"),
        (options.dereference == Dereference::Always, "what links point to (-L)"),
    ];
    if let Some((_, what)) = beyond.into_iter().find(|(needed, _)| *needed) {
        return Err(format!("no strategy delivers {what}"));
    }
    let rows = Strategy::all().filter_map(|strategy| match strategy {
        Strategy::Directory(row) => Some(row),
        Strategy::Tree { .. } => None,
    });
    let able: Vec<&'static Row> = rows
        .filter(|row| row.wants.contains(&options.want()) && row.standing == Standing::Ranked)
        .filter(|row| row.projection == Projection::Whole && !row.factors.is_below_system_calls())
        .filter(|row| options.sort != Sort::None || row.order == Order::Directory)
        .collect();
    able.iter().copied().find(|row| row.name == name).ok_or_else(|| {
        let names: Vec<&str> = able.iter().map(|row| row.name).collect();
        format!("strategy '{name}' cannot deliver this listing: these can: {}", names.join(", "))
    })
}

/// Reads a directory with the lister, into the table.
pub(crate) fn read(
    lister: &mut dyn Lister,
    options: &Options,
    place: Place<'_>,
    gatherer: &mut Gatherer<'_>,
    table: &mut Table,
) -> Result<(), Errno> {
    let path = Path::new(OsStr::from_bytes(place.path.unwrap_or(b".")));
    // Of another file system than the strategy is for, say: nothing is listed.
    lister.prepare(path).map_err(|_| Errno::OPNOTSUPP)?;
    if options.hidden == Hidden::Show {
        for name in [c".", c".."] {
            gatherer.take(place, name, Kind::Directory, table);
        }
    }
    let mut taker = Taker { place, gatherer, table, name: Vec::new() };
    lister
        .list(&mut Dir::root(path), options.want(), &mut taker)
        .map_err(|error| Errno::from_io_error(&error.source).unwrap_or(Errno::IO))
}

/// Takes in what a lister reports.
struct Taker<'t, 'o> {
    place: Place<'t>,
    gatherer: &'t mut Gatherer<'o>,
    table: &'t mut Table,
    name: Vec<u8>,
}

impl Sink for Taker<'_, '_> {
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        self.name.clear();
        self.name.extend_from_slice(entry.name);
        self.name.push(0);
        if let Ok(name) = CStr::from_bytes_with_nul(&self.name) {
            self.gatherer.take_known(self.place, name, entry.kind, entry.meta, self.table);
        }
        ControlFlow::Continue(())
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        let errno = Errno::from_io_error(&error.source).unwrap_or(Errno::IO);
        let complaint: Complaint = access_failed(error.path.as_os_str().as_bytes(), errno, 1);
        self.table.complaints.push(complaint);
        ControlFlow::Continue(())
    }
}

impl Cell {
    /// What a strategy's lookup said.
    pub(crate) fn of_meta(meta: &Meta) -> Self {
        let is_device = matches!(meta.kind(), Kind::Block | Kind::Character);
        let device = if is_device { meta.rdev } else { meta.dev };
        Self {
            ino: meta.ino,
            size_bytes: meta.size_bytes,
            blocks_512: meta.blocks_512,
            seconds: meta.mtime_seconds,
            device: Device::of(device),
            nanos: meta.mtime_nanos,
            links: u32::try_from(meta.links).unwrap_or(u32::MAX),
            uid: meta.uid,
            gid: meta.gid,
            mode: meta.mode as u16,
            mark: Mark::None,
        }
    }
}
