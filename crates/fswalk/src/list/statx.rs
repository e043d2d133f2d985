//! One statx per entry, relative to the open directory, with a mask of what is needed.
//!
//! On a local file system the mask saves little (the inode is in memory or must be read either way); on a network file
//! system it can save a round trip, and `AT_STATX_DONT_SYNC` another (statx(2)).

use super::{Found, Kind, Lookup, Meta, Want};
use rustix::fs::{AtFlags, StatxFlags};
use rustix::io::Errno;

/// Links are what they are, and looking does not mount.
pub const FLAGS: AtFlags = AtFlags::SYMLINK_NOFOLLOW.union(AtFlags::NO_AUTOMOUNT);

/// What [`Meta`] holds.
pub const MASK: StatxFlags = StatxFlags::TYPE
    .union(StatxFlags::MODE)
    .union(StatxFlags::NLINK)
    .union(StatxFlags::UID)
    .union(StatxFlags::GID)
    .union(StatxFlags::MTIME)
    .union(StatxFlags::INO)
    .union(StatxFlags::SIZE)
    .union(StatxFlags::BLOCKS);

/// statx with flags and a mask of its own.
pub struct Statx {
    /// How the call finds its entry: [`FLAGS`], and perhaps `AT_STATX_DONT_SYNC`.
    pub flags: AtFlags,
    /// What is asked: [`MASK`] or less.
    pub mask: StatxFlags,
}

impl Default for Statx {
    /// All of [`Meta`].
    fn default() -> Self {
        Self { flags: FLAGS, mask: MASK }
    }
}

impl Lookup for Statx {
    const CALL: &'static str = "statx";

    #[inline]
    fn look(&mut self, found: &Found<'_>, want: Want) -> Result<(Kind, Option<Meta>), Errno> {
        let x = rustix::fs::statx(found.dir, found.name, self.flags, self.mask)?;
        Ok((Kind::from_mode(x.stx_mode.into()), (want >= Want::Metadata).then(|| Meta::from(&x))))
    }
}
