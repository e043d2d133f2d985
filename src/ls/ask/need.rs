//! What must be known of each entry, so that the kernel is asked for nothing that the output does not show.

use super::options::{Dereference, Format, Indicators, Marks, Options, Sort, Stamp};
use crate::list::Kind;
use crate::ls::text::colors::{ColorKey, Colors};
use crate::ls::text::keys::Keys;
use rustix::fs::StatxFlags;

/// Decided once a listing.
#[derive(Debug, Clone)]
pub(crate) struct Need {
    /// Which kinds, as the directory tells them, are stat'ed.
    stat: [bool; Kind::COUNT],
    /// What of the stat.
    pub(crate) mask: StatxFlags,
    /// Marks behind the mode.
    pub(crate) marks: bool,
    /// Security contexts.
    pub(crate) context: bool,
    /// Where links point to.
    pub(crate) targets: bool,
    /// What is there.
    pub(crate) target_modes: bool,
    /// Resolved paths.
    pub(crate) absolute: bool,
    /// Whether names have quotes.
    pub(crate) quotes: bool,
    /// Collation keys.
    pub(crate) keys: Keys,
}

impl Need {
    /// What the options show.
    pub(crate) fn new(options: &Options) -> Self {
        let long = options.format == Format::Long;
        let sorts_by_name = !matches!(options.sort, Sort::None | Sort::Version);
        Self {
            stat: Kind::ALL.map(|kind| needs_stat(options, kind)),
            mask: mask(options),
            marks: long && options.marks == Marks::Show,
            context: options.context,
            targets: long || options.check_links,
            target_modes: options.indicators >= Indicators::FileType || options.check_links,
            absolute: options.hyperlink_host.is_some(),
            quotes: options.align_quotes,
            keys: if sorts_by_name { Keys::of_locale() } else { Keys::Names },
        }
    }

    /// Whether an entry of this kind is stat'ed.
    #[inline]
    pub(crate) fn stats(&self, kind: Kind) -> bool {
        self.stat[kind as usize]
    }

    /// Whether the name and the kind that the directory tells are all that is needed.
    pub(crate) fn is_names_only(&self) -> bool {
        !(self.context || self.absolute || self.stat.iter().any(|&stat| stat))
    }
}

fn needs_stat(options: &Options, kind: Kind) -> bool {
    if options.needs_stats() || options.inode || options.hyperlink_host.is_some() {
        return true;
    }
    let kinds = options.needs_kinds();
    let set =
        |of: &[ColorKey]| options.colors.as_ref().is_some_and(|colors: &Colors| of.iter().any(|&of| colors.is_set(of)));
    let links_as_target = options.colors.as_ref().is_some_and(|colors| colors.links_as_target);
    match kind {
        Kind::Unknown => kinds,
        // Sticky and writable directories have colors of their own.
        Kind::Directory => set(&[ColorKey::OtherWritable, ColorKey::Sticky, ColorKey::StickyOtherWritable]),
        Kind::Symlink => {
            kinds && (options.dereference == Dereference::Always || links_as_target || options.check_links)
        }
        Kind::File => {
            kinds
                && (options.indicators == Indicators::Classify
                    || set(&[ColorKey::Executable, ColorKey::SetUser, ColorKey::SetGroup, ColorKey::Capability]))
        }
        _ => false,
    }
}

fn mask(options: &Options) -> StatxFlags {
    let stamp = match options.stamp {
        Stamp::Modified => StatxFlags::MTIME,
        Stamp::Changed => StatxFlags::CTIME,
        Stamp::Accessed => StatxFlags::ATIME,
        Stamp::Born => StatxFlags::BTIME,
    };
    let long = options.format == Format::Long;
    let links = options.colors.as_ref().is_some_and(|colors| colors.is_set(ColorKey::MultipleLinks));
    [
        (true, StatxFlags::TYPE | StatxFlags::MODE),
        (options.inode, StatxFlags::INO),
        (options.blocks || long, StatxFlags::BLOCKS),
        (long, StatxFlags::NLINK | StatxFlags::SIZE | stamp),
        (long && (options.owner || options.author), StatxFlags::UID),
        (long && options.group, StatxFlags::GID),
        (options.sort == Sort::Time, stamp),
        (options.sort == Sort::Size, StatxFlags::SIZE),
        (links, StatxFlags::NLINK),
    ]
    .into_iter()
    .filter(|(needed, _)| *needed)
    .fold(StatxFlags::empty(), |mask, (_, bits)| mask | bits)
}
