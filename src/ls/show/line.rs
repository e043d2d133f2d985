//! One entry's line: its name with what stands before it, or all of the long format.

use super::clock::Clock;
use super::json;
use super::name::{NameWriter, Which, indicator, set_normal};
use super::page::Page;
use crate::list::Kind;
use crate::ls::ask::options::{Format, Indicators, Notation, Options};
use crate::ls::read::owners::{IdKind, OwnerCache, Owners};
use crate::ls::read::table::{Cell, Mark, NO_TIME, Shown};
use crate::ls::read::widths::Columns;
use crate::ls::text::width;

/// Writes entries; one a thread.
pub(crate) struct Writer<'o> {
    pub(crate) options: &'o Options,
    pub(crate) names: NameWriter<'o>,
    owners: OwnerCache<'o>,
    clock: Option<Clock<'o>>,
    text: Vec<u8>,
    /// The directory whose entries follow, for output that names it with each.
    directory: Vec<u8>,
}

impl<'o> Writer<'o> {
    pub(crate) fn new(options: &'o Options, owners: &'o Owners) -> Self {
        Self {
            options,
            names: NameWriter::new(options),
            owners: owners.lookup(options.numeric, options.encoding),
            clock: Clock::new(options),
            text: Vec::new(),
            directory: Vec::new(),
        }
    }

    /// The entries of `directory` follow.
    pub(crate) fn enter(&mut self, directory: &[u8]) {
        self.directory.clear();
        self.directory.extend_from_slice(directory);
    }

    /// Writes an entry on a line of its own, as `-1` or `-l`.
    #[inline]
    pub(crate) fn whole_line(&mut self, shown: &Shown<'_>, columns: &Columns, page: &mut Page) {
        if self.options.output == Notation::Json {
            json::append(shown, &self.directory, self.options, &mut self.owners, &mut page.bytes);
        } else if self.options.format == Format::Long {
            set_normal(self.options.colors.as_ref(), page);
            self.long(shown, columns, page);
        } else {
            self.short(shown, columns, 0, page);
        }
        page.push(self.options.end);
    }

    /// Writes the name and what `-i`, `-s`, `-Z` and `-F` put around it.
    pub(crate) fn short(&mut self, shown: &Shown<'_>, columns: &Columns, start_column: usize, page: &mut Page) {
        let options = self.options;
        set_normal(options.colors.as_ref(), page);
        let commas = options.format == Format::Commas;
        let width = |columns: usize| if commas { 0 } else { columns };
        if options.inode {
            inode(shown.cell, width(columns.inode), page);
            page.push(b' ');
        }
        if options.blocks {
            self.blocks(shown.cell, width(columns.blocks), page);
            page.push(b' ');
        }
        if options.context {
            page.right(shown.context.unwrap_or(b"?"), width(columns.context));
            page.push(b' ');
        }
        self.names.entry(shown, Which::Itself, columns.some_quoted, start_column, page);
        self.indicator(shown.cell.map(|cell| cell.mode.into()), shown.kind, page);
    }

    /// Columns that [`Self::short`] takes.
    pub(crate) fn short_columns(&mut self, shown: &Shown<'_>, columns: &Columns) -> usize {
        let options = self.options;
        let mut total = 0;
        let mut own = Page::default();
        let commas = options.format == Format::Commas;
        if options.inode {
            // In a comma-separated list, GNU counts the digits of what is not known too.
            let ino = shown.cell.map_or(0, |cell| cell.ino);
            own.number(ino, 0);
            total += if commas { own.bytes.len() } else { columns.inode } + 1;
            own.clear();
        }
        if options.blocks {
            self.blocks(shown.cell, 0, &mut own);
            // Else GNU counts what was looked up, which may be nothing: then not even a question mark.
            total += if commas { own.bytes.len() } else { columns.blocks } + 1;
        }
        if options.context {
            total += 1 + if commas { shown.context.map_or(1, <[u8]>::len) } else { columns.context };
        }
        total += self.names.columns(shown.name, columns.some_quoted);
        total + usize::from(indicator(options, shown.cell.map(|cell| cell.mode.into()), shown.kind).is_some())
    }

    fn indicator(&self, mode: Option<u32>, kind: Kind, page: &mut Page) {
        if let Some(indicator) = indicator(self.options, mode, kind) {
            page.push(indicator);
        }
    }

    fn blocks(&mut self, cell: Option<&Cell>, columns: usize, page: &mut Page) {
        match cell {
            None => page.right(b"?", columns),
            Some(cell) => {
                self.text.clear();
                self.options.block_units.append(cell.blocks_512, 512, &mut self.text);
                self.right_text(columns, page);
            }
        }
    }

    /// Appends `self.text` at the right of `columns`, by its width on a terminal.
    fn right_text(&self, columns: usize, page: &mut Page) {
        page.pad(columns.saturating_sub(width::columns(&self.text, self.options.encoding)));
        page.extend(&self.text);
    }

    fn long(&mut self, shown: &Shown<'_>, columns: &Columns, page: &mut Page) {
        let options = self.options;
        if options.dired {
            page.extend(b"  ");
        }
        let line_start = page.bytes.len();
        if options.inode {
            inode(shown.cell, columns.inode, page);
            page.push(b' ');
        }
        if options.blocks {
            self.blocks(shown.cell, columns.blocks, page);
            page.push(b' ');
        }
        mode(shown, columns.some_marked, page);
        page.push(b' ');
        match shown.cell {
            Some(cell) => page.number(cell.links.into(), columns.links),
            None => page.right(b"?", columns.links),
        }
        page.push(b' ');
        if options.owner {
            self.owner(IdKind::User, shown.cell.map(|cell| cell.uid), columns.owner, page);
        }
        if options.group {
            self.owner(IdKind::Group, shown.cell.map(|cell| cell.gid), columns.group, page);
        }
        if options.author {
            self.owner(IdKind::User, shown.cell.map(|cell| cell.uid), columns.owner, page);
        }
        if options.context {
            let context = shown.context.unwrap_or(b"?");
            page.extend(context);
            page.pad(columns.context.saturating_sub(width::columns(context, options.encoding)) + 1);
        }
        // Where GNU starts to count when it guesses whether a colored name wraps.
        let has_middle = options.owner || options.group || options.author || options.context;
        let start = if has_middle { page.bytes.len() } else { line_start };
        self.size(shown.cell, columns, page);
        self.time(shown.cell, page);
        self.long_name(shown, columns, start, page);
    }

    fn long_name(&mut self, shown: &Shown<'_>, columns: &Columns, start: usize, page: &mut Page) {
        let before = page.bytes.len() - start;
        let length = self.names.entry(shown, Which::Itself, columns.some_quoted, before, page);
        if shown.kind != Kind::Symlink {
            self.indicator(shown.cell.map(|cell| cell.mode.into()), shown.kind, page);
        } else if let Some(link) = shown.link {
            page.extend(b" -> ");
            self.names.entry(shown, Which::Target, columns.some_quoted, before + length + 4, page);
            if self.options.indicators != Indicators::None {
                self.indicator(Some(link.mode), Kind::Unknown, page);
            }
        }
    }

    fn owner(&mut self, of: IdKind, id: Option<u32>, columns: usize, page: &mut Page) {
        let Some(id) = id else {
            page.push(b'?');
            page.pad(columns.saturating_sub(1) + 1);
            return;
        };
        let named = self.owners.get(of, id);
        let padding = named.columns.map_or(0, |own| columns.saturating_sub(own));
        if named.is_name {
            page.extend(&named.text);
            page.pad(padding);
        } else {
            page.pad(padding);
            page.extend(&named.text);
        }
        page.push(b' ');
    }

    fn size(&mut self, cell: Option<&Cell>, columns: &Columns, page: &mut Page) {
        match cell {
            None => page.right(b"?", columns.size),
            Some(cell) if matches!(cell.kind(), Kind::Block | Kind::Character) => {
                let blanks = columns.size.saturating_sub(columns.major + 2 + columns.minor);
                page.number(cell.device.major.into(), columns.major + blanks);
                page.extend(b", ");
                page.number(cell.device.minor.into(), columns.minor);
            }
            Some(cell) if self.options.size_units == crate::ls::text::human::Units::blocks(1) => {
                page.number(cell.size_bytes, columns.size);
            }
            Some(cell) => {
                self.text.clear();
                self.options.size_units.append(cell.size_bytes, 1, &mut self.text);
                self.right_text(columns.size, page);
            }
        }
        page.push(b' ');
    }

    fn time(&mut self, cell: Option<&Cell>, page: &mut Page) {
        if let Some(clock) = &mut self.clock {
            match cell.filter(|cell| cell.nanos != NO_TIME) {
                Some(cell) => clock.append(cell.seconds, cell.nanos, &mut page.bytes),
                None => clock.append_unknown(&mut page.bytes),
            }
        }
        page.push(b' ');
    }
}

fn inode(cell: Option<&Cell>, columns: usize, page: &mut Page) {
    match cell.filter(|cell| cell.ino != 0) {
        Some(cell) => page.number(cell.ino, columns),
        None => page.right(b"?", columns),
    }
}

/// `drwxr-xr-x`, and a mark if any entry has one.
fn mode(shown: &Shown<'_>, some_marked: bool, page: &mut Page) {
    let letter = |kind| match kind {
        Kind::File => b'-',
        kind => kind.letter(),
    };
    let Some(cell) = shown.cell else {
        page.push(letter(shown.kind));
        page.extend(b"?????????");
        if some_marked {
            page.push(b'?');
        }
        return;
    };
    let mode = u32::from(cell.mode);
    let class = |shift: u32, special: u32, letters: [u8; 2]| {
        let bits = mode >> shift;
        let bit = |bit: u32, letter| if bits & bit != 0 { letter } else { b'-' };
        let execute = match (mode & special != 0, bits & 1 != 0) {
            (true, true) => letters[0],
            (true, false) => letters[1],
            (false, true) => b'x',
            (false, false) => b'-',
        };
        [bit(4, b'r'), bit(2, b'w'), execute]
    };
    page.push(letter(cell.kind()));
    page.extend(&class(6, 0o4000, *b"sS"));
    page.extend(&class(3, 0o2000, *b"sS"));
    page.extend(&class(0, 0o1000, *b"tT"));
    if some_marked {
        page.push(match cell.mark {
            Mark::None => b' ',
            Mark::Unknown => b'?',
            Mark::Context => b'.',
            Mark::Acl => b'+',
        });
    }
}
