//! Where the processor's time goes, by samples: user mode, and in the kernel what it does.

use super::super::number::{count, duration};
use super::super::text::printable;
use super::{Section, percent};
use crate::trace::profile::{Group, Profile, Share};

/// Groups that are shown.
const SHOWN: usize = 5;
/// Shares of fewer samples say little.
const ENOUGH: u64 = 50;

/// The shares, the largest first; `None` if there are too few samples for them.
pub(super) fn section(profile: &Profile) -> Option<Section> {
    if profile.samples < ENOUGH {
        return None;
    }
    let share = |samples: u64| samples as f64 / profile.samples as f64;
    let mut lines = vec![(share(profile.user), "in user mode".to_owned())];
    if profile.groups.is_empty() {
        lines.push((1.0 - share(profile.user), "in the kernel".to_owned()));
    }
    let (shown, rest) = profile.groups.split_at(profile.groups.len().min(SHOWN));
    lines.extend(shown.iter().map(|group| (share(group.samples), group_line(group))));
    let rest: u64 = rest.iter().map(|group| group.samples).sum();
    lines.sort_by(|a, b| b.0.total_cmp(&a.0));
    lines.push((share(rest), "in the kernel: all else".to_owned()));
    lines.retain(|(share, _)| *share >= 0.01);
    let lost = match profile.lost {
        0 => String::new(),
        lost => format!("; {} were lost", count(lost)),
    };
    Some(Section {
        heading: format!(
            "Where the processor's time goes ({} samples, one every {}{lost})",
            count(profile.samples),
            duration(profile.period_ns as f64)
        ),
        lines: lines.into_iter().map(|(share, what)| (percent(share), what)).collect(),
    })
}

/// Why there are no shares, or fewer than there could be.
pub(super) fn note(profile: Option<&Profile>, unprofiled: Option<&str>) -> Option<String> {
    if let Some(why) = unprofiled {
        return Some(format!("Where the processor's time goes is not known: {}.", printable(why)));
    }
    let profile = profile?;
    match (profile.samples < ENOUGH, profile.groups.is_empty()) {
        (true, _) => {
            Some(format!("The processor worked too little to say where its time goes ({} samples).", profile.samples))
        }
        (false, true) => Some("The kernel hides the names of its functions (kernel.kptr_restrict).".to_owned()),
        (false, false) => None,
    }
}

fn group_line(share: &Share) -> String {
    let names: Vec<String> = share.functions.iter().map(|function| printable(&function.name)).collect();
    format!("{} ({})", purpose(share.group), names.join(", "))
}

fn purpose(group: Group) -> &'static str {
    match group {
        Group::Watching => "recording system calls",
        Group::PathLookup => "path lookup: finding files by their names",
        Group::Permission => "permission checks",
        Group::NameSearch => "searching directories for names that are not remembered",
        Group::ReadingDirectories => "reading directories",
        Group::Inodes => "bringing inodes into memory",
        Group::Attributes => "attributes of files (stat)",
        Group::ExtendedAttributes => "extended attributes (ACLs, labels)",
        Group::Copying => "copying between the kernel and the program",
        Group::Locks => "locks: threads that wait for each other",
        Group::Switching => "switching between threads",
        Group::Storage => "asking storage",
        Group::Server => "asking a file server",
        Group::PageFaults => "page faults: memory touched for the first time",
        Group::Programs => "starting and ending programs and threads",
        Group::Opening => "opening and closing files",
        Group::Writing => "writing",
        Group::Entry => "entering and leaving the kernel",
        Group::Interrupts => "interrupts",
        Group::Others => "other work of the kernel",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::profile::Function;

    fn profile(user: u64, groups: &[(Group, u64)]) -> Profile {
        let share = |&(group, samples): &(Group, u64)| {
            let functions = vec![Function { name: "some_\u{1b}function".to_owned(), samples }];
            Share { group, samples, functions }
        };
        let samples = user + groups.iter().map(|(_, samples)| samples).sum::<u64>();
        let groups = groups.iter().map(share).collect();
        Profile { period_ns: 100_000, samples, user, watching: 0, lost: 0, groups }
    }

    #[test]
    fn shares_add_up_and_what_is_small_is_told_together() {
        use Group::{Attributes, Copying, Entry, Inodes, Locks, Opening, PathLookup};
        let groups =
            [(PathLookup, 30), (Locks, 20), (Copying, 8), (Entry, 6), (Inodes, 5), (Attributes, 4), (Opening, 2)];
        let section = section(&profile(25, &groups)).unwrap();
        let figures: Vec<&str> = section.lines.iter().map(|(figure, _)| figure.as_str()).collect();
        assert_eq!(figures, ["30 %", "25 %", "20 %", "8 %", "6 %", "5 %", "6 %"]);
        assert_eq!(section.lines[0].1, "path lookup: finding files by their names (some_\\u{1b}function)");
    }

    #[test]
    fn what_is_not_known_is_said() {
        assert_eq!(note(Some(&profile(90, &[(Group::Locks, 10)])), None), None);
        assert!(note(Some(&profile(90, &[])), None).unwrap().contains("kptr_restrict"));
        assert!(section(&profile(9, &[])).is_none() && note(Some(&profile(9, &[])), None).is_some());
        assert!(note(None, Some("no right")).unwrap().contains("no right"));
    }
}
