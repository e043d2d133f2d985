//! Entries as they are kept between reading and printing: a table per stretch of a directory, its names in one arena.
//!
//! ```text
//! rows    { name, kind, cell?, extra? }   16 bytes an entry
//! cells   what statx said                 64 bytes, only for entries that were asked about
//! extras  link target, context            only for entries that have one
//! texts   the bytes of these
//! ```

use super::owners::OwnerCache;
use crate::list::Kind;
use crate::ls::ask::options::{Options, Stamp};
use crate::sys::prefetch::prefetch;
use rustix::fs::{Stat, Statx};
use std::ffi::CStr;
use std::ops::Range;

/// No cell, no extra.
const NONE: u32 = u32::MAX;

/// A stretch of a directory, in its order.
#[derive(Default)]
pub(crate) struct Table {
    names: Vec<u8>,
    rows: Vec<Row>,
    cells: Vec<Cell>,
    extras: Vec<Extra>,
    texts: Vec<u8>,
    /// Collation keys one after another, and where each ends; empty where names are their own keys.
    keys: Vec<u8>,
    key_ends: Vec<u32>,
    /// What went wrong, in order.
    pub complaints: Vec<Complaint>,
    /// What the columns need.
    pub widths: super::widths::Widths,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    name_start: u32,
    name_length: u16,
    kind: Kind,
    is_argument: bool,
    cell: u32,
    extra: u32,
}

/// What a stat of an entry said: of its times only the one that is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    /// Inode number.
    pub ino: u64,
    /// Size.
    pub size_bytes: u64,
    /// Disk usage in blocks of 512 bytes.
    pub blocks_512: u64,
    /// The time: seconds since the epoch.
    pub seconds: i64,
    /// The device that a device file is, or the one that holds the file: whichever the kind asks for.
    pub device: Device,
    /// The time: nanoseconds; [`NO_TIME`] where the file system does not keep it.
    pub nanos: u32,
    /// Hard links.
    pub links: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Kind and permissions.
    pub mode: u16,
    /// Access control lists and contexts.
    pub mark: Mark,
}

/// A device's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Device {
    /// Which driver.
    pub major: u32,
    /// Which of its devices.
    pub minor: u32,
}

impl Device {
    /// From a `dev_t`.
    pub(crate) fn of(device: u64) -> Self {
        Self { major: libc::major(device), minor: libc::minor(device) }
    }
}

/// [`Cell::nanos`] of a time that there is not.
pub(crate) const NO_TIME: u32 = u32::MAX;

/// What stands behind the mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// Nothing.
    None,
    /// It could not be asked for: `?`
    Unknown,
    /// A security context: `.`
    Context,
    /// An access control list: `+`
    Acl,
}

/// What only some entries have.
#[derive(Debug, Clone, Default)]
struct Extra {
    target: Option<Range<u32>>,
    /// What the target is, if it is there.
    target_mode: Option<u32>,
    context: Option<Range<u32>>,
    absolute: Option<Range<u32>>,
}

/// Something that could not be had.
#[derive(Debug, Clone)]
pub(crate) struct Complaint {
    /// The whole message, without the program's name.
    pub message: Vec<u8>,
    /// What it makes of the exit status: 0, 1 or 2.
    pub status: u8,
}

/// An entry, ready to be shown.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'t> {
    /// Its name.
    pub name: &'t [u8],
    /// Its kind, as far as known.
    pub kind: Kind,
    /// It was named on the command line and is a directory to be listed.
    pub is_argument: bool,
    /// What its stat said, if it was asked and answered.
    pub cell: Option<&'t Cell>,
    /// What it points to.
    pub link: Option<Link<'t>>,
    /// Its security context.
    pub context: Option<&'t [u8]>,
    /// Its resolved path.
    pub absolute: Option<&'t [u8]>,
}

/// A symbolic link's other end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link<'t> {
    /// The text of the link; `None` if it could not be read.
    pub target: &'t [u8],
    /// The target was looked at, and is there.
    pub is_ok: bool,
    /// Its mode; 0 if it was not looked at.
    pub mode: u32,
}

impl Shown<'_> {
    /// Its mode, 0 where not known.
    pub(crate) fn mode(&self) -> u32 {
        self.cell.map_or(0, |cell| u32::from(cell.mode))
    }

    /// Whether it is a directory.
    pub(crate) fn is_directory(&self) -> bool {
        self.kind == Kind::Directory
    }

    /// Whether it is a directory or a link to one.
    pub(crate) fn leads_to_directory(&self) -> bool {
        self.is_directory() || self.link.is_some_and(|link| Kind::from_mode(link.mode) == Kind::Directory)
    }
}

impl Cell {
    /// What `x` says, with the time that `options` ask for.
    #[inline]
    pub(crate) fn new(x: &Statx, options: &Options) -> Self {
        let time = match options.stamp {
            Stamp::Modified => x.stx_mtime,
            Stamp::Changed => x.stx_ctime,
            Stamp::Accessed => x.stx_atime,
            Stamp::Born => x.stx_btime,
        };
        let kept = options.stamp != Stamp::Born || x.stx_mask & rustix::fs::StatxFlags::BTIME.bits() != 0;
        let is_device = matches!(Kind::from_mode(x.stx_mode.into()), Kind::Block | Kind::Character);
        let (major, minor) =
            if is_device { (x.stx_rdev_major, x.stx_rdev_minor) } else { (x.stx_dev_major, x.stx_dev_minor) };
        Self {
            ino: x.stx_ino,
            size_bytes: x.stx_size,
            blocks_512: x.stx_blocks,
            seconds: if kept { time.tv_sec } else { -1 },
            device: Device { major, minor },
            nanos: if kept { time.tv_nsec } else { NO_TIME },
            links: x.stx_nlink,
            uid: x.stx_uid,
            gid: x.stx_gid,
            mode: x.stx_mode,
            mark: Mark::None,
        }
    }

    /// What fstatat(2) says, which keeps no time of birth.
    pub(crate) fn of_stat(stat: &Stat, options: &Options) -> Self {
        let (seconds, nanos) = match options.stamp {
            Stamp::Modified => (stat.st_mtime, stat.st_mtime_nsec as u32),
            Stamp::Changed => (stat.st_ctime, stat.st_ctime_nsec as u32),
            Stamp::Accessed => (stat.st_atime, stat.st_atime_nsec as u32),
            Stamp::Born => (-1, NO_TIME),
        };
        let is_device = matches!(Kind::from_mode(stat.st_mode), Kind::Block | Kind::Character);
        Self {
            ino: stat.st_ino,
            size_bytes: stat.st_size as u64,
            blocks_512: stat.st_blocks as u64,
            seconds,
            device: Device::of(if is_device { stat.st_rdev } else { stat.st_dev }),
            nanos,
            links: u32::try_from(stat.st_nlink).unwrap_or(u32::MAX),
            uid: stat.st_uid,
            gid: stat.st_gid,
            mode: stat.st_mode as u16,
            mark: Mark::None,
        }
    }

    /// The kind that its mode holds.
    pub(crate) fn kind(&self) -> Kind {
        Kind::from_mode(self.mode.into())
    }
}

impl Table {
    /// How many entries it has.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Adds an entry that nothing but the name and kind is known of.
    #[inline]
    pub(crate) fn push(&mut self, name: &CStr, kind: Kind) {
        let bytes = name.to_bytes_with_nul();
        self.rows.push(Row {
            name_start: self.names.len() as u32,
            name_length: (bytes.len() - 1) as u16,
            kind,
            is_argument: false,
            cell: NONE,
            extra: NONE,
        });
        self.names.extend_from_slice(bytes);
    }

    /// Says what the last entry's stat said.
    #[inline]
    pub(crate) fn set_cell(&mut self, cell: Cell) {
        let index = self.cells.len() as u32;
        if let Some(row) = self.rows.last_mut() {
            row.kind = cell.kind();
            row.cell = index;
            self.cells.push(cell);
        }
    }

    /// The last entry's cell.
    pub(crate) fn last_cell(&mut self) -> Option<&mut Cell> {
        let cell = self.rows.last()?.cell;
        self.cells.get_mut(cell as usize)
    }

    /// Says that the last entry is a directory named on the command line, to be listed.
    pub(crate) fn set_argument(&mut self) {
        if let Some(row) = self.rows.last_mut() {
            row.is_argument = true;
        }
    }

    /// Takes the last entry away again.
    pub(crate) fn pop(&mut self) {
        if let Some(row) = self.rows.pop() {
            self.names.truncate(row.name_start as usize);
            if self.key_ends.pop().is_some() {
                self.keys.truncate(self.key_ends.last().map_or(0, |&end| end as usize));
            }
        }
    }

    /// Says where the last entry points to, and what is there.
    pub(crate) fn set_target(&mut self, target: &[u8], mode: Option<u32>) {
        let range = self.text(target);
        let extra = self.extra();
        extra.target = Some(range);
        extra.target_mode = mode;
    }

    /// Says the last entry's security context.
    pub(crate) fn set_context(&mut self, context: &[u8]) {
        let range = self.text(context);
        self.extra().context = Some(range);
    }

    /// Says the last entry's resolved path.
    pub(crate) fn set_absolute(&mut self, absolute: &[u8]) {
        let range = self.text(absolute);
        self.extra().absolute = Some(range);
    }

    fn text(&mut self, text: &[u8]) -> Range<u32> {
        let start = self.texts.len() as u32;
        self.texts.extend_from_slice(text);
        start..self.texts.len() as u32
    }

    /// Of the last entry.
    fn extra(&mut self) -> &mut Extra {
        let next = self.extras.len() as u32;
        let row = self.rows.last_mut().expect("an entry was pushed");
        if row.extra == NONE {
            row.extra = next;
            self.extras.push(Extra::default());
        }
        &mut self.extras[row.extra as usize]
    }

    /// Adds the collation key of the last entry: what `append` appends.
    pub(crate) fn push_key(&mut self, append: impl FnOnce(&CStr, &mut Vec<u8>)) {
        let row = self.rows.last().expect("an entry was pushed");
        let name = CStr::from_bytes_until_nul(&self.names[row.name_start as usize..]);
        append(name.expect("each name is kept with its NUL"), &mut self.keys);
        self.key_ends.push(self.keys.len() as u32);
    }

    /// The name of an entry.
    #[inline]
    pub(crate) fn name(&self, index: usize) -> &[u8] {
        let row = &self.rows[index];
        let start = row.name_start as usize;
        &self.names[start..start + usize::from(row.name_length)]
    }

    /// The name of an entry as the C library takes it.
    #[inline]
    pub(crate) fn c_name(&self, index: usize) -> &CStr {
        let row = &self.rows[index];
        let start = row.name_start as usize;
        let name = &self.names[start..=start + usize::from(row.name_length)];
        CStr::from_bytes_with_nul(name).expect("each name is kept with its NUL")
    }

    /// The collation key of an entry: its name where names are their own keys.
    #[inline]
    pub(crate) fn key(&self, index: usize) -> &[u8] {
        if self.key_ends.is_empty() {
            return self.name(index);
        }
        let start = if index == 0 { 0 } else { self.key_ends[index - 1] };
        &self.keys[start as usize..self.key_ends[index] as usize]
    }

    /// Whether entries have keys other than their names.
    pub(crate) fn has_keys(&self) -> bool {
        !self.key_ends.is_empty()
    }

    /// The kind of an entry.
    #[inline]
    pub(crate) fn kind(&self, index: usize) -> Option<Kind> {
        self.rows.get(index).map(|row| row.kind)
    }

    /// What a stat of the entry said.
    #[inline]
    pub(crate) fn cell(&self, index: usize) -> Option<&Cell> {
        self.rows.get(index).and_then(|row| self.cells.get(row.cell as usize))
    }

    /// Has the row of an entry fetched, which is to be shown soon.
    #[inline]
    pub(crate) fn prefetch_row(&self, index: usize) {
        if let Some(row) = self.rows.get(index) {
            prefetch(row);
        }
    }

    /// Has an entry's name and stat fetched.
    #[inline]
    pub(crate) fn prefetch(&self, index: usize) {
        let Some(row) = self.rows.get(index) else { return };
        if let Some(first) = self.names.get(row.name_start as usize) {
            prefetch(first);
        }
        if let Some(cell) = self.cells.get(row.cell as usize) {
            prefetch(&cell.ino);
            prefetch(&cell.mode);
        }
    }

    /// An entry.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<Shown<'_>> {
        let row = self.rows.get(index)?;
        let cell = self.cells.get(row.cell as usize);
        let mut shown = Shown {
            name: self.name(index),
            kind: row.kind,
            is_argument: row.is_argument,
            cell,
            link: None,
            context: None,
            absolute: None,
        };
        if let Some(extra) = self.extras.get(row.extra as usize) {
            let text = |range: &Option<Range<u32>>| {
                range.as_ref().and_then(|range| self.texts.get(range.start as usize..range.end as usize))
            };
            shown.link = text(&extra.target).map(|target| Link {
                target,
                is_ok: extra.target_mode.is_some(),
                mode: extra.target_mode.unwrap_or(0),
            });
            shown.context = text(&extra.context);
            shown.absolute = text(&extra.absolute);
        }
        Some(shown)
    }

    /// The last entry.
    pub(crate) fn last(&self) -> Option<Shown<'_>> {
        self.get(self.len().checked_sub(1)?)
    }

    /// Makes the columns wide enough for the last entry.
    pub(crate) fn widen(&mut self, options: &Options, owners: &mut OwnerCache<'_>) {
        let mut widths = self.widths;
        if let Some(shown) = self.last() {
            widths.add(&shown, options, owners);
        }
        self.widths = widths;
    }

    /// All entries, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Shown<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// Gives back memory that is not used.
    pub(crate) fn shrink(&mut self) {
        self.names.shrink_to_fit();
        self.rows.shrink_to_fit();
        self.cells.shrink_to_fit();
        self.keys.shrink_to_fit();
        self.key_ends.shrink_to_fit();
    }

    /// Empties it, keeping its memory.
    pub(crate) fn clear(&mut self) {
        self.names.clear();
        self.rows.clear();
        self.cells.clear();
        self.extras.clear();
        self.texts.clear();
        self.keys.clear();
        self.key_ends.clear();
        self.complaints.clear();
        self.widths = super::widths::Widths::default();
    }
}
