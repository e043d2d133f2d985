//! The ladders: rows from the naive way to the best one, each changing one factor of the row before it.
//!
//! There are three, since a step that removes the lookups leaves the later factors nothing to improve. Each is told for one
//! directory; on a tree the same listers stand under the `serial` walker, and the last step is a parallel one.

use super::{Level, Strategy};
use crate::list::Want;

/// A ladder: its steps are strategies' names, the naive one first.
pub struct Ladder {
    /// What it shows, as a table's title.
    pub title: &'static str,
    /// What it runs on.
    pub level: Level,
    /// What every step is asked for.
    pub want: Want,
    /// Its rows.
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
        title: "Ladder: the kinds of one directory's entries",
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
        ],
    },
    Ladder {
        title: "Ladder: the metadata of one directory's entries",
        level: Level::Directory,
        want: Want::Metadata,
        steps: &[
            "readdir+lstat",
            "readdir+fstatat",
            "getdents+fstatat",
            "getdents+statx",
            "getdents+statx-inode",
            "getdents+threads",
        ],
    },
    Ladder {
        title: "Ladder: the kinds of a tree's entries",
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
        ],
    },
    Ladder {
        title: "Ladder: the metadata of a tree's entries",
        level: Level::Tree,
        want: Want::Metadata,
        steps: &[
            "serial:readdir+lstat",
            "serial:readdir+fstatat",
            "serial:getdents+fstatat",
            "serial:getdents+statx",
            "serial:getdents+statx-inode",
            "rayon:getdents+statx-inode",
        ],
    },
    Ladder {
        title: "Ladder: walking a tree",
        level: Level::Tree,
        want: Want::Kinds,
        steps: &["serial-absolute", "serial", "rayon", "stealing"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn every_step_changes_exactly_one_factor_of_the_row_before() {
        for ladder in LADDERS {
            let steps: Vec<Strategy> = ladder.strategies().collect();
            for pair in steps.windows(2) {
                let differences = pair[1].factors(ladder.want).differences(&pair[0].factors(ladder.want));
                assert_eq!(differences.len(), 1, "{}: {:?} > {:?}: {differences:?}", ladder.title, pair[0], pair[1]);
            }
        }
    }
}
