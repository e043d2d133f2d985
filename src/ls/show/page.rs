//! A piece of output, made by any thread and written in its turn.

use crate::ls::read::table::Complaint;

/// Bytes to be written, and what depends on their final position.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) bytes: Vec<u8>,
    /// Where the first color sequence stands: the first of all output has a reset before it.
    pub(crate) first_color: Option<usize>,
    /// `--dired`: where names begin and end, from the start of the page.
    pub(crate) names: Vec<usize>,
    /// The same of headings.
    pub(crate) headings: Vec<usize>,
    /// Bytes that `--dired` does not count: colors.
    pub(crate) uncounted: usize,
    /// It begins with a blank line, to be left out if no heading has been written before.
    pub(crate) blank_first: bool,
}

/// Pages, and between them what could not be had.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    /// Finished ones, each with what is told after it.
    done: Vec<(Page, Vec<Complaint>)>,
    done_bytes: usize,
    /// The one to be written to.
    pub(crate) page: Page,
}

impl Pages {
    /// What could not be had is told here.
    pub(crate) fn complain(&mut self, complaints: &mut Vec<Complaint>) {
        if !complaints.is_empty() {
            let told = complaints.iter().map(|complaint| complaint.message.len()).sum::<usize>();
            self.done_bytes += self.page.bytes.len() + told;
            self.done.push((std::mem::take(&mut self.page), std::mem::take(complaints)));
        }
    }

    /// Takes the finished ones.
    pub(crate) fn take_done(&mut self) -> impl Iterator<Item = (Page, Vec<Complaint>)> {
        self.done_bytes = 0;
        self.done.drain(..)
    }

    /// How much that is.
    pub(crate) fn bytes(&self) -> usize {
        self.done_bytes + self.page.bytes.len()
    }
}

/// What a stretch of bytes is to `--dired`, which tells positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DiredPlace {
    Name,
    Heading,
    Untold,
}

impl Page {
    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    #[inline]
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn pad(&mut self, columns: usize) {
        self.bytes.extend(std::iter::repeat_n(b' ', columns));
    }

    /// Appends `text` at the right of `columns`.
    pub(crate) fn right(&mut self, text: &[u8], columns: usize) {
        self.pad(columns.saturating_sub(text.len()));
        self.extend(text);
    }

    /// Appends a number at the right of `columns`.
    pub(crate) fn number(&mut self, number: u64, columns: usize) {
        let mut digits = [0; 40];
        self.right(crate::ls::text::human::decimal(number.into(), &mut digits), columns);
    }

    /// A part of a color sequence.
    pub(crate) fn color(&mut self, part: &[u8]) {
        self.first_color.get_or_insert(self.bytes.len());
        self.uncounted += part.len();
        self.extend(part);
    }

    /// Notes that a name or heading begins or ends here.
    pub(crate) fn mark(&mut self, place: DiredPlace) {
        let position = self.bytes.len() - self.uncounted;
        match place {
            DiredPlace::Name => self.names.push(position),
            DiredPlace::Heading => self.headings.push(position),
            DiredPlace::Untold => {}
        }
    }

    /// Writes the line that parts a heading from what comes before it.
    pub(crate) fn blank_line(&mut self) {
        self.blank_first |= self.bytes.is_empty();
        self.push(b'\n');
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.blank_first = false;
        self.first_color = None;
        self.names.clear();
        self.headings.clear();
        self.uncounted = 0;
    }
}
