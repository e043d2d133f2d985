//! Widths of the long format's columns, computed while the directory is read: by each thread for its part, then
//! combined.

use super::owners::{IdKind, OwnerCache};
use super::table::{Mark, Shown};
use crate::list::Kind;
use crate::ls::ask::options::{Format, Options};
use crate::ls::text::human::{Units, decimal};

/// The widest of each column, and what else depends on all entries. Numbers that only grow are kept themselves.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Widths {
    ino: Option<u64>,
    links: u32,
    major: u32,
    minor: u32,
    /// Whether there is a device file: only then its numbers count.
    has_devices: bool,
    blocks_512: u64,
    /// Whether there is an entry whose disk usage is known.
    has_blocks: bool,
    block_columns: usize,
    size_bytes: u64,
    size_columns: usize,
    has_sizes: bool,
    /// Columns of owners.
    pub owner: usize,
    /// Columns of groups.
    pub group: usize,
    /// Bytes of security contexts.
    pub context: usize,
    /// Disk usage of all, in blocks of 512 bytes.
    pub total_blocks_512: u64,
    /// A name has quotes around it.
    pub some_quoted: bool,
    /// An entry has a mark behind its mode.
    pub some_marked: bool,
}

/// Columns ready for use.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Columns {
    /// Of inode numbers.
    pub inode: usize,
    /// Of disk usage.
    pub blocks: usize,
    /// Of link counts.
    pub links: usize,
    /// Of owners.
    pub owner: usize,
    /// Of groups.
    pub group: usize,
    /// Of security contexts.
    pub context: usize,
    /// Of major device numbers.
    pub major: usize,
    /// Of minor device numbers.
    pub minor: usize,
    /// Of sizes.
    pub size: usize,
    /// A name has quotes around it.
    pub some_quoted: bool,
    /// An entry has a mark behind its mode.
    pub some_marked: bool,
}

impl Widths {
    /// Takes in an entry whose stat did not fail.
    pub(crate) fn add(&mut self, shown: &Shown<'_>, options: &Options, owners: &mut OwnerCache<'_>) {
        if options.context {
            self.context = self.context.max(shown.context.map_or(1, <[u8]>::len));
        }
        let Some(cell) = shown.cell else { return };
        self.ino = self.ino.max(Some(cell.ino));
        // As GNU adds: what a file system says of blocks may be anything.
        self.total_blocks_512 = self.total_blocks_512.wrapping_add(cell.blocks_512);
        if options.format == Format::Long || options.blocks {
            self.has_blocks = true;
            self.blocks_512 = self.blocks_512.max(cell.blocks_512);
            if !options.block_units.grow() {
                self.block_columns = self.block_columns.max(length(&options.block_units, cell.blocks_512, 512));
            }
        }
        if options.format != Format::Long {
            return;
        }
        self.some_marked |= cell.mark != Mark::None;
        if options.owner || options.author {
            self.owner = self.owner.max(owners.get(IdKind::User, cell.uid).columns.unwrap_or(0));
        }
        if options.group {
            self.group = self.group.max(owners.get(IdKind::Group, cell.gid).columns.unwrap_or(0));
        }
        self.links = self.links.max(cell.links);
        if matches!(cell.kind(), Kind::Block | Kind::Character) {
            self.has_devices = true;
            self.major = self.major.max(cell.device.major);
            self.minor = self.minor.max(cell.device.minor);
        } else {
            self.has_sizes = true;
            self.size_bytes = self.size_bytes.max(cell.size_bytes);
            if !options.size_units.grow() {
                self.size_columns = self.size_columns.max(length(&options.size_units, cell.size_bytes, 1));
            }
        }
    }

    /// Takes in what another thread gathered.
    pub(crate) fn fold(&mut self, other: &Self) {
        self.ino = self.ino.max(other.ino);
        self.links = self.links.max(other.links);
        self.major = self.major.max(other.major);
        self.minor = self.minor.max(other.minor);
        self.has_devices |= other.has_devices;
        self.has_blocks |= other.has_blocks;
        self.blocks_512 = self.blocks_512.max(other.blocks_512);
        self.block_columns = self.block_columns.max(other.block_columns);
        self.size_bytes = self.size_bytes.max(other.size_bytes);
        self.size_columns = self.size_columns.max(other.size_columns);
        self.has_sizes |= other.has_sizes;
        self.owner = self.owner.max(other.owner);
        self.group = self.group.max(other.group);
        self.context = self.context.max(other.context);
        self.total_blocks_512 = self.total_blocks_512.wrapping_add(other.total_blocks_512);
        self.some_quoted |= other.some_quoted;
        self.some_marked |= other.some_marked;
    }

    /// The columns.
    pub(crate) fn columns(&self, options: &Options) -> Columns {
        let widest = |units: &Units, largest, unit_bytes, columns| {
            if units.grow() { length(units, largest, unit_bytes) } else { columns }
        };
        let (major, minor) =
            if self.has_devices { (digits(self.major.into()), digits(self.minor.into())) } else { (0, 0) };
        let devices = if self.has_devices { major + 2 + minor } else { 0 };
        let sizes = if self.has_sizes { widest(&options.size_units, self.size_bytes, 1, self.size_columns) } else { 0 };
        let blocks = widest(&options.block_units, self.blocks_512, 512, self.block_columns);
        Columns {
            inode: self.ino.map_or(0, digits),
            blocks: if self.has_blocks { blocks } else { 0 },
            links: digits(self.links.into()),
            owner: self.owner,
            group: self.group,
            context: self.context,
            major,
            minor,
            size: sizes.max(devices),
            some_quoted: self.some_quoted,
            some_marked: self.some_marked,
        }
    }
}

/// Bytes of a number in these units. They are ASCII but for what a locale puts between groups of digits.
fn length(units: &Units, count: u64, unit_bytes: u64) -> usize {
    let mut text = Vec::with_capacity(40);
    units.append(count, unit_bytes, &mut text);
    crate::ls::text::width::columns(&text, crate::ls::text::quote::Encoding::of_locale())
}

fn digits(number: u64) -> usize {
    decimal(number.into(), &mut [0; 40]).len()
}
