//! What a step of a ladder does, as one says it: `Asking d_type instead of stat`. `factors.rs` has the terse words.

use super::tables;
use crate::list::{Factors, LookupOrder, Lookups, Parallel, ReadWith, Resolve};
use crate::measure::record::CaseRecord;

/// A step's name beside its bar: what changes; of the first step, its lookups and how they find their entry.
pub(super) fn label(case: &CaseRecord, before: Option<Factors>) -> String {
    match (case.factors, before) {
        (Some(factors), Some(before)) => {
            if factors.is_below_system_calls() && !before.is_below_system_calls() {
                return "from the block device".to_owned();
            }
            let change = factors.change_from(&before);
            if change.is_empty() { tables::name(case) } else { change }
        }
        (Some(factors), None) if factors.lookups != Lookups::None => {
            format!("{}, {}", factors.lookups, factors.resolve)
        }
        (Some(factors), None) if factors.descend != Resolve::None => format!("directories opened {}", factors.descend),
        _ => tables::name(case),
    }
}

/// What a step does, as the beginning of a claim.
pub(super) fn deed(after: &Factors, before: &Factors, threads: usize) -> String {
    if after.is_below_system_calls() && !before.is_below_system_calls() {
        return "Asking no file system: its device read instead".to_owned();
    }
    let mut deeds: Vec<String> = Vec::new();
    if after.lookups != before.lookups {
        deeds.push(match (before.lookups, after.lookups) {
            (Lookups::StatTwice, Lookups::Stat) => "Asking once, not twice".to_owned(),
            (_, Lookups::None) => "Asking d_type instead of stat".to_owned(),
            (_, Lookups::Bulkstat) => "Asking for many inodes in one call".to_owned(),
            (_, Lookups::Statx | Lookups::StatxMin | Lookups::StatxType) => "Asking only for what is needed".to_owned(),
            (_, other) => format!("Asking otherwise: {other}"),
        });
    }
    if after.resolve != before.resolve && after.resolve != Resolve::None && before.resolve != Resolve::None {
        deeds.push(match after.resolve {
            Resolve::Relative => "Asking the directory, not by full path".to_owned(),
            _ => format!("Looking up {}", after.resolve),
        });
    }
    if after.descend != before.descend {
        deeds.push(match after.descend {
            Resolve::Relative => "Opening directories from their parent, not by full path".to_owned(),
            _ => format!("Opening directories {}", after.descend),
        });
    }
    if after.read != before.read {
        deeds.push(match (before.read, after.read) {
            (ReadWith::Getdents { buffer_bytes: from }, ReadWith::Getdents { buffer_bytes: to }) => {
                format!("Reading {} KiB a call, not {}", to / 1024, from / 1024)
            }
            (_, ReadWith::Getdents { .. }) => "Reading the kernel's own buffer, without libc".to_owned(),
            (_, other) => format!("Reading: {other}"),
        });
    }
    if after.order != before.order {
        deeds.push(match after.order {
            LookupOrder::Inode => "Looking up in the order of the inodes".to_owned(),
            LookupOrder::Directory => "Looking up in the directory's order".to_owned(),
        });
    }
    if after.parallel != before.parallel {
        deeds.push(match after.parallel {
            Parallel::Serial => "One thread".to_owned(),
            Parallel::Threads => format!("Sharing the work among {threads} threads"),
            Parallel::Stealing => "Letting idle threads steal work".to_owned(),
            Parallel::Ranges => format!("Splitting the directory among {threads} threads"),
            Parallel::Ring { depth } => format!("Keeping {depth} lookups in flight"),
        });
    }
    let mut deeds = deeds.into_iter();
    let first = deeds.next().unwrap_or_else(|| "Another way of doing the same".to_owned());
    deeds.fold(first, |all, deed| format!("{all}; {}", lower(&deed)))
}

/// Why a step should gain something, as a speaker says it; empty where what it does says it all.
pub(super) fn why(after: &Factors, before: &Factors) -> String {
    let mut whys: Vec<&str> = Vec::new();
    let mut add = |changed: bool, why: &'static str| whys.extend(changed.then_some(why));
    if after.is_below_system_calls() {
        return "There is no call for the names at all: the directory's blocks are read and decoded.".to_owned();
    }
    let lookups = (before.lookups, after.lookups);
    add(
        lookups == (Lookups::StatTwice, Lookups::Stat),
        "The first answer holds the second: one structure says whether it is a directory, and whether it is a file.",
    );
    add(
        before.lookups != Lookups::None && after.lookups == Lookups::None,
        "The kernel writes an entry's type beside its name: whoever has read the name has been told.",
    );
    add(
        matches!(lookups, (Lookups::Stat | Lookups::StatxAll, Lookups::Statx | Lookups::StatxMin)),
        "statx takes a mask: what nobody asks for need not be found out.",
    );
    add(
        after.resolve != before.resolve && after.resolve == Resolve::Relative && before.resolve != Resolve::None,
        "A full path is resolved from the root, component by component, for every name; a descriptor says where to begin.",
    );
    add(
        after.descend != before.descend && after.descend == Resolve::Relative,
        "The kernel begins at the parent, not at the root.",
    );
    add(
        !matches!(before.read, ReadWith::Getdents { .. }) && matches!(after.read, ReadWith::Getdents { .. }),
        "The C library hands over one name a call, from a buffer of its own; here the kernel's buffer is read as it is.",
    );
    add(
        matches!((before.read, after.read), (ReadWith::Getdents { .. }, ReadWith::Getdents { .. }))
            && before.read != after.read,
        "Fewer calls, each for more names.",
    );
    add(
        after.order != before.order && after.order == LookupOrder::Inode,
        "Inodes lie beside each other on the disk: asked for in their order, they are found with fewer seeks.",
    );
    add(
        after.parallel != before.parallel && after.parallel != Parallel::Serial,
        "What one thread waits for, another need not; and there is more than one core.",
    );
    whys.join(" ")
}

/// With a small first letter, as within a sentence.
pub(super) fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::ladder::LADDERS;

    #[test]
    fn every_step_of_every_ladder_says_what_it_does_in_its_own_words() {
        for ladder in LADDERS {
            let steps: Vec<Factors> = ladder.strategies().map(|strategy| strategy.factors(ladder.want)).collect();
            let deeds: Vec<String> = steps.windows(2).map(|pair| deed(&pair[1], &pair[0], 2)).collect();
            for pair in steps.windows(2) {
                assert!(!why(&pair[1], &pair[0]).is_empty(), "{}: nobody says why {:?}", ladder.title, pair[1]);
            }
            for (index, deed) in deeds.iter().enumerate() {
                assert!(!deed.contains("Another way") && !deeds[..index].contains(deed), "{}: {deeds:?}", ladder.title);
            }
        }
    }
}
