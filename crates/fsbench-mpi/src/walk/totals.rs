//! What a rank counts of what it found, and of what that cost.

use fswalk::{Kind, Meta};
use std::ops::AddAssign;

/// Counts, of one thread, of one rank or of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Entries of each kind, in the order of [`Kind::ALL`]. Roots are none.
    pub kinds: [u64; Kind::COUNT],
    /// Lengths of those that were looked up.
    pub size_bytes: u64,
    /// Their disk usage, in blocks of 512 bytes.
    pub blocks_512: u64,
    /// Entries and directories that could not be had.
    pub errors: u64,
    /// Directories and parts of directories that were listed.
    pub listed: u64,
    /// Questions asked of the file system: directories opened, answers read, entries looked up.
    pub questions: u64,
    /// Time that threads spent on them, nanoseconds.
    pub busy_ns: u64,
}

/// How many numbers [`Totals::numbers`] has.
const NUMBERS: usize = Kind::COUNT + 6;

impl Totals {
    /// Counts one entry.
    pub fn count(&mut self, kind: Kind, meta: Option<&Meta>) {
        self.kinds[kind as usize] += 1;
        if let Some(meta) = meta {
            self.size_bytes = self.size_bytes.wrapping_add(meta.size_bytes);
            self.blocks_512 = self.blocks_512.wrapping_add(meta.blocks_512);
        }
    }

    /// Entries of all kinds.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.kinds.iter().sum()
    }

    /// How many entries of a kind there are.
    #[must_use]
    pub fn of(&self, kind: Kind) -> u64 {
        self.kinds[kind as usize]
    }

    /// All of them, to be sent.
    #[must_use]
    pub fn numbers(&self) -> [u64; NUMBERS] {
        let mut numbers = [0; NUMBERS];
        let (kinds, others) = numbers.split_at_mut(Kind::COUNT);
        kinds.copy_from_slice(&self.kinds);
        others.copy_from_slice(&[
            self.size_bytes,
            self.blocks_512,
            self.errors,
            self.listed,
            self.questions,
            self.busy_ns,
        ]);
        numbers
    }

    /// What [`Totals::numbers`] gave.
    ///
    /// # Panics
    /// If they are fewer.
    #[must_use]
    pub fn from_numbers(numbers: &[u64]) -> Self {
        let (kinds, others) = numbers.split_at(Kind::COUNT);
        let kinds = kinds.try_into().expect("one of each kind");
        let &[size_bytes, blocks_512, errors, listed, questions, busy_ns] = others else {
            panic!("all ranks send {NUMBERS} numbers")
        };
        Self { kinds, size_bytes, blocks_512, errors, listed, questions, busy_ns }
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        for (kind, more) in self.kinds.iter_mut().zip(other.kinds) {
            *kind += more;
        }
        self.size_bytes = self.size_bytes.wrapping_add(other.size_bytes);
        self.blocks_512 = self.blocks_512.wrapping_add(other.blocks_512);
        self.errors += other.errors;
        self.listed += other.listed;
        self.questions += other.questions;
        self.busy_ns += other.busy_ns;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_arrive_as_they_were_sent() {
        let totals = Totals {
            kinds: [1, 2, 3, 4, 5, 6, 7, 8],
            size_bytes: 9,
            blocks_512: 10,
            errors: 11,
            listed: 12,
            questions: 13,
            busy_ns: 14,
        };
        assert_eq!(Totals::from_numbers(&totals.numbers()), totals);
    }
}
