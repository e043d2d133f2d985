//! Ladders: tables from the naive way to the best one, in which each row changes one factor of the row before.
//!
//! File types and metadata have a ladder each, since a step that removes the lookups leaves the later factors nothing
//! to improve. Each of them is there for one directory and for a tree, where the same listers run below the `serial`
//! walker and the last step that lists is a parallel one. The step after it, on one thread, is the one below the system call: it changes
//! the interface, and all factors of it go at once. A fifth ladder is about the walkers.

use super::{Level, Strategy};
use crate::list::Want;

/// A ladder.
pub struct Ladder {
    /// Title of its table.
    pub title: &'static str,
    /// What it runs on.
    pub level: Level,
    /// What every step is asked for.
    pub want: Want,
    /// The names of its strategies, the naive one first.
    pub steps: &'static [&'static str],
}

impl Ladder {
    /// The strategies of its steps.
    pub fn strategies(&self) -> impl Iterator<Item = Strategy> {
        self.steps.iter().filter_map(|name| Strategy::by_name(name))
    }
}

/// All ladders, in the order of a report.
pub const LADDERS: &[Ladder] = &[
    Ladder {
        title: "Ladder: listing one directory, names and file types",
        level: Level::Directory,
        want: Want::Kinds,
        steps: &[
            "readdir+isdir+isfile",
            "readdir+lstat",
            "readdir+fstatat",
            "readdir",
            "getdents/32k",
            "getdents/64k",
            "getdents/split",
            "raw-ext4/directory",
        ],
    },
    Ladder {
        title: "Ladder: listing one directory, names and metadata",
        level: Level::Directory,
        want: Want::Metadata,
        steps: &[
            "readdir+lstat",
            "readdir+fstatat",
            "getdents+fstatat",
            "getdents+statx",
            "getdents+statx-inode",
            "getdents+threads",
            "raw-ext4/directory",
        ],
    },
    Ladder {
        title: "Ladder: walking a tree, names and file types",
        level: Level::Tree,
        want: Want::Kinds,
        steps: &[
            "serial:readdir+isdir+isfile",
            "serial:readdir+lstat",
            "serial:readdir+fstatat",
            "serial:readdir",
            "serial:getdents/32k",
            "serial:getdents/64k",
            "rayon:getdents/64k",
            "raw-ext4",
        ],
    },
    Ladder {
        title: "Ladder: walking a tree, names and metadata",
        level: Level::Tree,
        want: Want::Metadata,
        steps: &[
            "serial:readdir+lstat",
            "serial:readdir+fstatat",
            "serial:getdents+fstatat",
            "serial:getdents+statx",
            "serial:getdents+statx-inode",
            "rayon:getdents+statx-inode",
            "raw-ext4",
        ],
    },
    Ladder {
        title: "Ladder: walking a tree, from one thread to many",
        level: Level::Tree,
        want: Want::Kinds,
        steps: &["serial-absolute", "serial", "rayon", "stealing"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::{Factors, Resolve};

    #[test]
    fn every_step_exists_and_delivers_what_its_ladder_wants() {
        for ladder in LADDERS {
            for step in ladder.steps {
                let strategy =
                    Strategy::by_name(step).unwrap_or_else(|| panic!("{}: no strategy {step}", ladder.title));
                assert!(strategy.delivers(ladder.want), "{}: {step}", ladder.title);
                assert_eq!(strategy.level(), ladder.level, "{}: {step}", ladder.title);
            }
        }
    }

    /// The codes of the factors that differ. Without an interface there are none of its factors. How an entry is found is none where nothing is looked up.
    fn differences(step: &Factors, before: &Factors) -> Vec<&'static str> {
        if step.is_below_system_calls() != before.is_below_system_calls() {
            return vec!["the interface"];
        }
        let is_found_otherwise = |a, b| a != b && a != Resolve::None && b != Resolve::None;
        let resolves_otherwise = is_found_otherwise(step.resolve, before.resolve);
        let descends_otherwise = is_found_otherwise(step.descend, before.descend);
        let all = [
            ("F0/F1", step.lookups != before.lookups),
            ("F2", resolves_otherwise || descends_otherwise),
            ("F3/F4", step.read != before.read),
            ("F5", step.order != before.order),
            ("F6", step.parallel != before.parallel),
        ];
        all.into_iter().filter(|(_, differs)| *differs).map(|(code, _)| code).collect()
    }

    #[test]
    fn every_step_changes_exactly_one_factor_of_the_row_before() {
        for ladder in LADDERS {
            let steps: Vec<Strategy> = ladder.strategies().collect();
            for pair in steps.windows(2) {
                let differences = differences(&pair[1].factors(ladder.want), &pair[0].factors(ladder.want));
                assert_eq!(differences.len(), 1, "{}: {:?} > {:?}: {differences:?}", ladder.title, pair[0], pair[1]);
            }
        }
    }
}
