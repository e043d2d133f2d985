//! One statx an entry, relative to the open directory, with a mask of what is needed.
//!
//! On a local file system the mask saves little (the inode is in memory or must be read either way); on a network file
//! system it can save a round trip, and `AT_STATX_DONT_SYNC` another (statx(2)).

use super::getdents::Getdents;
use super::{Found, Kind, Lookup, Lookups, Meta, Order, Projection, Row, Standing, Want};
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

/// The lister under a walker that is asked for metadata.
pub const DEFAULT: &str = "getdents+statx";

/// statx with flags and a mask of its own.
pub(super) struct Statx {
    pub(super) flags: AtFlags,
    pub(super) mask: StatxFlags,
}

impl Lookup for Statx {
    const CALL: &'static str = "statx";

    #[inline]
    fn look(&mut self, found: &Found<'_>, want: Want) -> Result<(Kind, Option<Meta>), Errno> {
        let x = rustix::fs::statx(found.dir, found.name, self.flags, self.mask)?;
        Ok((Kind::from_mode(x.stx_mode.into()), (want >= Want::Metadata).then(|| Meta::from(&x))))
    }
}

/// One row per mask.
pub const ROWS: &[Row] = &[
    Row {
        name: "getdents+statx-type",
        about: "getdents64, and one statx of the type an entry",
        wants: &[Want::Kinds],
        factors: Getdents::factors(Lookups::StatxType),
        order: Order::Directory,
        projection: Projection::Whole,
        standing: Standing::Ranked,
        open: |_| Ok(Getdents::with(Statx { flags: FLAGS, mask: StatxFlags::TYPE })),
    },
    Row {
        name: DEFAULT,
        about: "getdents64, and one statx an entry with the mask of the metadata",
        wants: &[Want::Metadata],
        factors: Getdents::factors(Lookups::Statx),
        order: Order::Directory,
        projection: Projection::Whole,
        standing: Standing::Ranked,
        open: |_| Ok(Getdents::with(Statx { flags: FLAGS, mask: MASK })),
    },
    Row {
        name: "getdents+statx-min",
        about: "getdents64, and one statx an entry for type, size and mtime only, without a sync",
        wants: &[Want::Metadata],
        factors: Getdents::factors(Lookups::StatxMin),
        order: Order::Directory,
        projection: Projection::SizeAndTime,
        standing: Standing::Ranked,
        open: |_| {
            let mask = StatxFlags::TYPE | StatxFlags::SIZE | StatxFlags::MTIME;
            Ok(Getdents::with(Statx { flags: FLAGS | AtFlags::STATX_DONT_SYNC, mask }))
        },
    },
];
