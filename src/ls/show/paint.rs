//! Which colour an entry has: the palette of `LS_COLORS`, applied to what is known of the entry.

use crate::list::Kind;
use crate::ls::read::table::Shown;
use crate::ls::text::colors::{ColorKey, Colors};

/// The sequence for an entry's own name.
pub(super) fn of_entry<'c>(colors: &'c Colors, shown: &Shown<'_>) -> Option<&'c [u8]> {
    let link = shown.link.filter(|link| link.is_ok);
    let mode = match link.filter(|_| colors.links_as_target) {
        Some(link) => link.mode,
        None => shown.mode(),
    };
    choose(colors, shown.name, shown, mode, if link.is_some() { Target::There } else { Target::Unknown })
}

/// The sequence for the target that an entry points to.
pub(super) fn of_target<'c>(colors: &'c Colors, target: &[u8], shown: &Shown<'_>) -> Option<&'c [u8]> {
    let link = shown.link.filter(|link| link.is_ok);
    let there = if link.is_some() { Target::Unknown } else { Target::Missing };
    choose(colors, target, shown, link.map_or(0, |link| link.mode), there)
}

fn choose<'c>(colors: &'c Colors, name: &[u8], shown: &Shown<'_>, mode: u32, target: Target) -> Option<&'c [u8]> {
    let mut of = if target == Target::Missing && colors.is_set(ColorKey::Missing) {
        ColorKey::Missing
    } else if shown.cell.is_none() {
        of_kind(shown.kind)
    } else {
        of_mode(colors, mode, shown)
    };
    if of == ColorKey::File
        && let Some(sequence) = colors.of_ending(name)
    {
        return Some(sequence);
    }
    let dangles = target == Target::Unknown;
    if of == ColorKey::Link && dangles && (colors.links_as_target || colors.is_set(ColorKey::Orphan)) {
        of = ColorKey::Orphan;
    }
    colors.get(of)
}

fn of_mode(colors: &Colors, mode: u32, shown: &Shown<'_>) -> ColorKey {
    let links = shown.cell.map_or(0, |cell| cell.links);
    let bits = |bits: u32| mode & bits != 0;
    match Kind::from_mode(mode) {
        Kind::File => match () {
            () if bits(0o4000) && colors.is_set(ColorKey::SetUser) => ColorKey::SetUser,
            () if bits(0o2000) && colors.is_set(ColorKey::SetGroup) => ColorKey::SetGroup,
            () if bits(0o111) && colors.is_set(ColorKey::Executable) => ColorKey::Executable,
            () if links > 1 && colors.is_set(ColorKey::MultipleLinks) => ColorKey::MultipleLinks,
            () => ColorKey::File,
        },
        Kind::Directory => match () {
            () if bits(0o1000) && bits(0o2) && colors.is_set(ColorKey::StickyOtherWritable) => {
                ColorKey::StickyOtherWritable
            }
            () if bits(0o2) && colors.is_set(ColorKey::OtherWritable) => ColorKey::OtherWritable,
            () if bits(0o1000) && colors.is_set(ColorKey::Sticky) => ColorKey::Sticky,
            () => ColorKey::Directory,
        },
        kind => of_kind(kind),
    }
}

/// What is known of the thing that a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// A link's target is there.
    There,
    /// Nothing, or it is no link.
    Unknown,
    /// It is not there.
    Missing,
}

fn of_kind(kind: Kind) -> ColorKey {
    match kind {
        Kind::Fifo => ColorKey::Fifo,
        Kind::Character => ColorKey::Character,
        Kind::Directory => ColorKey::Directory,
        Kind::Block => ColorKey::Block,
        Kind::File => ColorKey::File,
        Kind::Symlink => ColorKey::Link,
        Kind::Socket => ColorKey::Socket,
        Kind::Unknown => ColorKey::Orphan,
    }
}
