//! Which features are in use, and which of them are refused.
//!
//! Kernel: Documentation/filesystems/ext4, "Super Block", the tables of `s_feature_*`. The names are those of
//! `mke2fs -O` (lib/e2p/feature.c).

use super::Fault;

pub(super) const FILETYPE: u32 = 0x2;
pub(super) const META_BG: u32 = 0x10;
pub(super) const SIXTY_FOUR_BIT: u32 = 0x80;
const LARGE_DIR: u32 = 0x4000;

const SPARSE_SUPER: u32 = 0x1;
const HUGE_FILE: u32 = 0x8;
const METADATA_CSUM: u32 = 0x400;
const SPARSE_SUPER2: u32 = 0x200;

/// Features by what they allow to who does not know them: `incompatible` ones, nothing; `read_only` ones, to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Features {
    pub(super) compatible: u32,
    pub(super) incompatible: u32,
    pub(super) read_only: u32,
}

/// Incompatible features whose directories and inodes are read as they are: filetype, needs_recovery (set as long as it
/// is mounted), meta_bg, extent, 64bit, mmp, flex_bg, ea_inode, metadata_csum_seed, large_dir, inline_data.
const KNOWN: u32 = 0x2 | 0x4 | 0x10 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x8000;

/// Incompatible features that are refused, by name and with the reason.
const REFUSED: [(u32, &str, &str); 5] = [
    (0x1, "compression", "its inodes mean something else"),
    (0x8, "journal_dev", "it is a journal, not a file system"),
    (0x1000, "dirdata", "its directory entries hold more than a name"),
    (0x1_0000, "encrypt", "names and lengths of links are encrypted on the device"),
    (0x2_0000, "casefold", "its directory entries may hold a hash as well"),
];

impl Features {
    /// Whether all that is in use is known.
    ///
    /// # Errors
    /// The first feature that is not, by name.
    pub(super) fn check(&self) -> Result<(), Fault> {
        for (bit, name, why) in REFUSED {
            if self.incompatible & bit != 0 {
                return Err(Fault::Refused(format!("its file system has the feature {name}: {why}").into()));
            }
        }
        match self.incompatible & !KNOWN {
            0 => Ok(()),
            unknown => {
                let why = format!("its file system has an incompatible feature that is not known here: {unknown:#x}");
                Err(Fault::Refused(why.into()))
            }
        }
    }

    /// Entries say what kind of thing they name.
    pub(super) fn has_kinds(&self) -> bool {
        self.incompatible & FILETYPE != 0
    }

    /// Sizes of directories have a high half, as those of files do.
    pub(super) fn has_large_directories(&self) -> bool {
        self.incompatible & LARGE_DIR != 0
    }

    /// Disk usage has a high half.
    pub(super) fn has_huge_files(&self) -> bool {
        self.read_only & HUGE_FILE != 0
    }

    /// Blocks of directories end with a checksum.
    pub(super) fn has_checksums(&self) -> bool {
        self.read_only & METADATA_CSUM != 0
    }

    /// Which groups hold a copy of the superblock.
    pub(super) fn copies(&self, named: [u32; 2]) -> Copies {
        match () {
            () if self.compatible & SPARSE_SUPER2 != 0 => Copies::Named(named),
            () if self.read_only & SPARSE_SUPER != 0 => Copies::Powers,
            () => Copies::All,
        }
    }
}

/// Which groups hold a copy of the superblock. The first one always does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Copies {
    All,
    /// Group 1, and the powers of 3, 5 and 7.
    Powers,
    Named([u32; 2]),
}

impl Copies {
    pub(super) fn are_in(self, group: u32) -> bool {
        group == 0
            || match self {
                Self::All => true,
                Self::Powers => group == 1 || [3, 5, 7].into_iter().any(|base| is_power(group, base)),
                Self::Named(groups) => groups.contains(&group),
            }
    }
}

fn is_power(number: u32, base: u32) -> bool {
    let mut power = u64::from(base);
    while power < u64::from(number) {
        power *= u64::from(base);
    }
    power == u64::from(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_where_the_kernel_puts_them() {
        let sparse: Vec<u32> = (0..130).filter(|&group| Copies::Powers.are_in(group)).collect();
        assert_eq!(sparse, [0, 1, 3, 5, 7, 9, 25, 27, 49, 81, 125]);
        let named: Vec<u32> = (0..130).filter(|&group| Copies::Named([1, 99]).are_in(group)).collect();
        assert_eq!(named, [0, 1, 99]);
    }

    #[test]
    fn a_feature_that_is_not_known_is_refused_by_its_name_or_its_bit() {
        let with = |incompatible| Features { compatible: 0, incompatible, read_only: u32::MAX }.check();
        assert!(with(KNOWN).is_ok(), "what only writers must know is no matter");
        assert!(with(0x1_0000).unwrap_err().to_string().contains("the feature encrypt"));
        assert!(with(0x8000_0000).unwrap_err().to_string().contains("0x80000000"));
    }
}
