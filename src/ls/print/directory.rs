//! Lists directories one after another, when the listing is not recursive.

use super::in_turn::Turns;
use super::listing::Listed;
use super::output::Output;
use super::stream::Stream;
pub(crate) use crate::list::OPEN;
use crate::ls::ask::options::Notation;
use crate::ls::read::canonical;
use crate::ls::read::directory::{Reading, Tools};
use crate::ls::read::look_up::{Place, failed_on};
use crate::ls::read::stats::{Call, Stats};
use crate::ls::read::table::Complaint;
use crate::ls::show::line::Writer;
use crate::ls::show::page::Page;
use rustix::fs::{CWD, Mode, openat};
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};

/// The longest path that the kernel takes, its NUL included.
const PATH_MAX: usize = 4096;

/// Whether the directory is named above its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heading {
    Show,
    Omit,
}

/// Lists one directory.
pub(crate) fn list<'o>(
    reading: Reading<'o>,
    path: &[u8],
    heading_is: Heading,
    tools: &mut Tools<'o>,
    output: &mut Output<'o>,
) {
    output.stats.calls.add(Call::Openat);
    let fd = match open(path) {
        Ok(fd) => fd,
        Err(errno) => {
            output.complain(&[failed_on(c"cannot open directory %s", path, errno, reading.status)]);
            return;
        }
    };
    let place = Place { fd: fd.as_fd(), path: Some(path) };
    if heading_is == Heading::Show {
        let mut writer = Writer::new(reading.options, reading.owners);
        let mut page = Page::default();
        let mut complaints = Vec::new();
        heading(&mut writer, path, &mut complaints, &mut page);
        output.complain(&complaints);
        output.page(&page);
    }
    let mut stats = Stats::default();
    if reading.options.streams() {
        let stream = Stream::new(reading, path, Turns::new(output));
        reading.read(place, tools, &stream);
        stats.fold(&stream.into_stats());
    } else {
        let listed = Listed::read(&reading, place, tools, &mut stats);
        output.complain(&listed.complaints);
        let mut page = Page::default();
        listed.total(reading.options, &mut page);
        output.page(&page);
        if !listed.is_empty() {
            stats.fold(&listed.print_all(&reading, path, &Turns::new(output)));
        }
    }
    output.stats.fold(&stats);
}

/// Writes the line above a directory's entries, if the output has such lines.
pub(crate) fn heading(writer: &mut Writer<'_>, path: &[u8], complaints: &mut Vec<Complaint>, page: &mut Page) {
    let options = writer.options;
    if options.output != Notation::Text {
        return;
    }
    page.blank_line();
    if options.dired {
        page.extend(b"  ");
    }
    let mut absolute = None;
    if options.hyperlink_host.is_some() {
        match canonical::resolve(path) {
            Ok(resolved) => absolute = Some(resolved),
            Err(errno) => complaints.push(failed_on(c"error canonicalizing %s", path, errno, 1)),
        }
    }
    writer.names.heading(path, absolute.as_deref(), page);
    page.extend(b":\n");
}

/// Opens a directory by a path of any length.
pub(crate) fn open(path: &[u8]) -> Result<OwnedFd, Errno> {
    let mut rest = path;
    let mut from: Option<OwnedFd> = None;
    while rest.len() >= PATH_MAX {
        // As much as the kernel takes at once, up to a slash.
        let window = rest.get(..PATH_MAX - 1).unwrap_or(rest);
        let Some(slash) = window.iter().rposition(|&byte| byte == b'/').filter(|&slash| slash > 0) else { break };
        let piece = &rest[..slash];
        let next = match &from {
            Some(fd) => openat(fd, piece, OPEN, Mode::empty()),
            None => openat(CWD, piece, OPEN, Mode::empty()),
        };
        from = Some(next?);
        rest = &rest[slash + 1..];
    }
    match &from {
        Some(fd) => openat(fd, rest, OPEN, Mode::empty()),
        None => openat(CWD, rest, OPEN, Mode::empty()),
    }
}
