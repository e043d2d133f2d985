//! [`Meta`] from libc's structures, where no rustix call filled them in.

use super::Meta;

/// What io_uring's statx answered.
pub(crate) fn meta_of_statx(x: &libc::statx) -> Meta {
    Meta {
        mode: x.stx_mode.into(),
        links: x.stx_nlink.into(),
        uid: x.stx_uid,
        gid: x.stx_gid,
        ino: x.stx_ino,
        dev: libc::makedev(x.stx_dev_major, x.stx_dev_minor),
        rdev: libc::makedev(x.stx_rdev_major, x.stx_rdev_minor),
        size_bytes: x.stx_size,
        blocks_512: x.stx_blocks,
        mtime_seconds: x.stx_mtime.tv_sec,
        mtime_nanos: x.stx_mtime.tv_nsec,
    }
}

/// What fts(3) or nftw(3) found.
#[allow(clippy::unnecessary_cast, clippy::cast_lossless)] // the widths differ between targets
pub(crate) fn meta_of_stat(x: &libc::stat64) -> Meta {
    Meta {
        mode: x.st_mode,
        links: x.st_nlink as u64,
        uid: x.st_uid,
        gid: x.st_gid,
        ino: x.st_ino as u64,
        dev: x.st_dev as u64,
        rdev: x.st_rdev as u64,
        size_bytes: x.st_size as u64,
        blocks_512: x.st_blocks as u64,
        mtime_seconds: x.st_mtime as i64,
        mtime_nanos: x.st_mtime_nsec as u32,
    }
}
