//! Turns a directory entry into a row of a table: leaves it out or adds it, and looks up what the output shows.
//!
//! One gatherer a thread. Everything is asked relative to the directory's descriptor: GNU's ls goes by path, and the
//! kernel resolves it again for each call.

use super::canonical;
use super::marks::{EntryRef, Marker};
use super::owners::{OwnerCache, Owners};
use super::stats::{Call, Phase, Stats, Timing};
use super::table::{Cell, Complaint, Device, Mark, Table};
use crate::list::{Kind, Meta};
use crate::ls::ask::need::Need;
use crate::ls::ask::options::{Dereference, Hidden, Options};
use crate::ls::text::keys::Keys;
use crate::ls::text::messages;
use crate::ls::text::quote::{Also, Encoding, Quoting, Style};
use crate::sys::locale;
use crate::sys::xattr::Links;
use rustix::fs::{AtFlags, StatxFlags, readlinkat, statat, statx};
use rustix::io::Errno;
use std::ffi::CStr;
use std::os::fd::BorrowedFd;

/// A directory whose entries are gathered, or the command line.
#[derive(Clone, Copy)]
pub(crate) struct Place<'d> {
    /// What names are relative to.
    pub(crate) fd: BorrowedFd<'d>,
    /// The directory as messages name it; `None` for the command line.
    pub(crate) path: Option<&'d [u8]>,
}

/// Takes entries in.
pub(crate) struct Gatherer<'o> {
    options: &'o Options,
    need: &'o Need,
    owners: OwnerCache<'o>,
    /// Room for a quoted name.
    quoted: Vec<u8>,
    marker: Marker,
    link: Vec<u8>,
    /// The kernel has no statx(2), or a filter hides it.
    without_statx: bool,
    timing: Timing,
    pub(crate) stats: Stats,
}

impl<'o> Gatherer<'o> {
    pub(crate) fn new(options: &'o Options, need: &'o Need, owners: &'o Owners) -> Self {
        Self {
            options,
            need,
            owners: owners.lookup(options.numeric, options.encoding),
            quoted: Vec::new(),
            marker: Marker::default(),
            link: Vec::new(),
            without_statx: false,
            timing: if options.stats { Timing::On } else { Timing::Off },
            stats: Stats::default(),
        }
    }

    /// Whether the options leave the name out.
    #[inline]
    pub(crate) fn omits(&self, name: &CStr) -> bool {
        let options = self.options;
        let hidden = match (options.hidden, name.to_bytes()) {
            (Hidden::Show, _) => false,
            (Hidden::Omit, [b'.', ..]) | (Hidden::OmitDots, b"." | b"..") => true,
            _ => false,
        };
        let matches = |patterns: &[std::ffi::CString]| patterns.iter().any(|pattern| locale::matches(pattern, name));
        hidden
            || (!options.hide.is_empty() && options.hidden == Hidden::Omit && matches(&options.hide))
            || (!options.ignore.is_empty() && matches(&options.ignore))
    }

    /// Adds an entry of a directory to `table`, unless the options leave it out.
    #[inline]
    pub(crate) fn take(&mut self, place: Place<'_>, name: &CStr, kind: Kind, table: &mut Table) {
        if self.omits(name) {
            return;
        }
        self.push(name, kind, table);
        if self.need.is_names_only() {
            return;
        }
        let start = self.timing.start();
        self.look_up(place, name, kind, table);
        self.stats.spend(Phase::LookUp, start);
    }

    #[inline]
    fn push(&mut self, name: &CStr, kind: Kind, table: &mut Table) {
        table.push(name, kind);
        if self.need.keys == Keys::Collated {
            table.push_key(Keys::append);
        }
        if self.need.quotes && !table.widths.some_quoted {
            table.widths.some_quoted = self.options.names.adds_quotes(name.to_bytes(), &mut self.quoted);
        }
    }

    /// Adds an entry that a strategy has looked up, unless the options leave it out.
    pub(crate) fn take_known(
        &mut self,
        place: Place<'_>,
        name: &CStr,
        kind: Kind,
        meta: Option<&Meta>,
        table: &mut Table,
    ) {
        if self.omits(name) {
            return;
        }
        self.push(name, kind, table);
        if self.need.absolute {
            self.resolve(place, name, table);
        }
        if let Some(meta) = meta.filter(|_| self.need.stats(kind)) {
            table.set_cell(Cell::of_meta(meta));
        }
        self.finish(place, name, false, Device::default(), table);
    }

    fn look_up(&mut self, place: Place<'_>, name: &CStr, kind: Kind, table: &mut Table) {
        let follow = self.options.dereference == Dereference::Always;
        if self.need.absolute {
            self.resolve(place, name, table);
        }
        let mut device = Device::default();
        if self.need.stats(kind) {
            match self.stat(place.fd, name, follow) {
                Ok((cell, holder)) => {
                    device = holder;
                    table.set_cell(cell);
                }
                Err(errno) => {
                    table.complaints.push(access_failed(&full_name(place, name), errno, 1));
                    return;
                }
            }
        }
        self.finish(place, name, follow, device, table);
    }

    /// Adds an operand; `count` is the number of operands. If it cannot be stat'ed, adds a complaint and no row.
    pub(crate) fn take_argument(&mut self, place: Place<'_>, name: &CStr, count: usize, table: &mut Table) {
        let options = self.options;
        self.push(name, Kind::Unknown, table);
        if self.need.absolute {
            self.resolve(place, name, table);
        }
        let mut follow = options.dereference != Dereference::Never;
        let mut answer = self.stat(place.fd, name, follow);
        if options.dereference == Dereference::CommandLineDirectories {
            let itself = match &answer {
                Ok((cell, _)) => cell.kind() != Kind::Directory,
                Err(errno) => matches!(*errno, Errno::NOENT | Errno::LOOP),
            };
            if itself {
                follow = false;
                answer = self.stat(place.fd, name, follow);
            }
        }
        match answer {
            Err(errno) => {
                table.complaints.push(access_failed(name.to_bytes(), errno, 2));
                table.pop();
            }
            Ok((cell, device)) => {
                table.set_cell(cell);
                if cell.kind() == Kind::Directory && !options.directories_themselves {
                    table.set_argument();
                    // Its own line is never printed, and there is no other whose columns it could widen.
                    if count == 1 {
                        return;
                    }
                }
                self.finish(place, name, follow, device, table);
            }
        }
    }

    /// What comes after the stat: attributes, links, widths.
    fn finish(&mut self, place: Place<'_>, name: &CStr, follow: bool, device: Device, table: &mut Table) {
        let Some(kind) = table.last().map(|shown| shown.kind) else { return };
        if (self.need.marks || self.need.context) && !self.ask_marks(place, name, follow, kind, device, table) {
            return;
        }
        if kind == Kind::Symlink && self.need.targets {
            self.read_link(place, name, table);
        }
        table.widen(self.options, &mut self.owners);
    }

    /// What a stat says of an entry, and the device that holds it.
    fn stat(&mut self, dir: BorrowedFd<'_>, name: &CStr, follow: bool) -> Result<(Cell, Device), Errno> {
        self.stats.calls.add(Call::Statx);
        let links = if follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
        if !self.without_statx {
            match statx(dir, name, links | AtFlags::NO_AUTOMOUNT, self.need.mask) {
                Err(Errno::NOSYS) => self.without_statx = true,
                answer => {
                    let x = answer?;
                    let device = Device { major: x.stx_dev_major, minor: x.stx_dev_minor };
                    return Ok((Cell::new(&x, self.options), device));
                }
            }
        }
        let stat = statat(dir, name, links)?;
        Ok((Cell::of_stat(&stat, self.options), Device::of(stat.st_dev)))
    }

    /// Asks for what is marked behind the mode, and for contexts. Answers whether the entry is there, as far as that
    /// was asked.
    fn ask_marks(
        &mut self,
        place: Place<'_>,
        name: &CStr,
        follow: bool,
        kind: Kind,
        device: Device,
        table: &mut Table,
    ) -> bool {
        let asked = EntryRef {
            place,
            name,
            links: if follow { Links::Follow } else { Links::Keep },
            is_directory: kind == Kind::Directory,
            device,
        };
        let mut failed = None;
        if self.need.marks {
            match self.marker.mark(asked, &mut self.stats.calls) {
                Ok(mark) => {
                    if let Some(cell) = table.last_cell() {
                        cell.mark = mark;
                    }
                }
                // A file system may keep it to itself, or the entry has gone meanwhile.
                Err(Errno::ACCESS | Errno::NOENT) => {
                    if let Some(cell) = table.last_cell() {
                        cell.mark = Mark::Unknown;
                    }
                }
                Err(errno) => failed = Some(errno),
            }
        }
        if self.need.context && failed.is_none() {
            match self.marker.context(asked, &mut self.stats.calls) {
                Ok(Some(context)) => table.set_context(&context),
                Ok(None) => {}
                Err(errno) => {
                    // Nothing else was asked of it: whether it is there at all is what GNU tells of first.
                    if let Err(errno) = self.stat(place.fd, name, follow) {
                        table.complaints.push(access_failed(&full_name(place, name), errno, 1));
                        return false;
                    }
                    failed = Some(errno);
                }
            }
        }
        if let Some(errno) = failed {
            // GNU says so, and leaves the exit status alone.
            table.complaints.push(complaint(quoted_if_needed(&full_name(place, name)), errno, 0));
        }
        true
    }

    fn read_link(&mut self, place: Place<'_>, name: &CStr, table: &mut Table) {
        self.stats.calls.add(Call::Readlink);
        let buffer = std::mem::take(&mut self.link);
        match readlinkat(place.fd, name, buffer) {
            Ok(target) => {
                let mode = self.need.target_modes.then(|| self.target_mode(place.fd, name)).flatten();
                table.set_target(target.to_bytes(), mode);
                self.link = target.into_bytes();
            }
            Err(errno) => {
                let path = full_name(place, name);
                let status = if place.path.is_none() { 2 } else { 1 };
                table.complaints.push(failed_on(c"cannot read symbolic link %s", &path, errno, status));
            }
        }
    }

    fn target_mode(&mut self, dir: BorrowedFd<'_>, name: &CStr) -> Option<u32> {
        self.stats.calls.add(Call::Statx);
        if !self.without_statx {
            match statx(dir, name, AtFlags::NO_AUTOMOUNT, StatxFlags::TYPE | StatxFlags::MODE) {
                Err(Errno::NOSYS) => self.without_statx = true,
                answer => return answer.ok().map(|x| x.stx_mode.into()),
            }
        }
        statat(dir, name, AtFlags::empty()).ok().map(|stat| stat.st_mode)
    }

    fn resolve(&mut self, place: Place<'_>, name: &CStr, table: &mut Table) {
        let path = full_name(place, name);
        match canonical::resolve(&path) {
            Ok(absolute) => table.set_absolute(&absolute),
            Err(errno) => {
                let status = if place.path.is_none() { 2 } else { 1 };
                table.complaints.push(failed_on(c"error canonicalizing %s", &path, errno, status));
            }
        }
    }
}

/// The name as messages have it: with the directory in front, unless that is `.`.
pub(crate) fn full_name(place: Place<'_>, name: &CStr) -> Vec<u8> {
    let mut path = Vec::new();
    write_full_name(&mut path, place, name);
    path
}

/// Appends the same.
pub(super) fn write_full_name(into: &mut Vec<u8>, place: Place<'_>, name: &CStr) {
    if let Some(dir) = place.path.filter(|&dir| dir != b".") {
        into.extend_from_slice(dir);
        if !dir.is_empty() && !dir.ends_with(b"/") {
            into.push(b'/');
        }
    }
    into.extend_from_slice(name.to_bytes());
}

/// `cannot access 'x': No such file or directory`
pub(crate) fn access_failed(path: &[u8], errno: Errno, status: u8) -> Complaint {
    failed_on(c"cannot access %s", path, errno, status)
}

/// A message about a file, quoted for a shell.
pub(crate) fn failed_on(what: &'static CStr, path: &[u8], errno: Errno, status: u8) -> Complaint {
    let mut quoted = Vec::new();
    Quoting::new(Style::ShellEscapeAlways, Also::default(), Encoding::of_locale()).append(path, &mut quoted);
    complaint(messages::say(what, &[&quoted]), errno, status)
}

/// `ls: a/b: not listing already-listed directory`
pub(crate) fn already_listed(path: &[u8]) -> Complaint {
    let path = quoted_if_needed(path);
    Complaint { message: messages::say(c"%s: not listing already-listed directory", &[&path]), status: 2 }
}

fn quoted_if_needed(path: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::new();
    Quoting::new(Style::ShellEscape, Also::new(b":"), Encoding::of_locale()).append(path, &mut quoted);
    quoted
}

fn complaint(mut message: Vec<u8>, errno: Errno, status: u8) -> Complaint {
    message.extend_from_slice(b": ");
    message.extend_from_slice(&locale::error_text(errno.raw_os_error()));
    Complaint { message, status }
}
