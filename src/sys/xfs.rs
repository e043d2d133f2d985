//! `XFS_IOC_BULKSTAT`: the metadata of many inodes in one call, by inode number and without names (Linux 5.5 and later;
//! fs/xfs/libxfs/xfs_fs.h, fs/xfs/xfs_itable.c). It takes CAP_SYS_ADMIN.

use super::readdir::last_errno;
use rustix::io::Errno;
use rustix::ioctl::opcode;
use std::os::fd::{AsRawFd, BorrowedFd};

/// `struct xfs_bulk_ireq`.
#[repr(C)]
#[allow(dead_code)] // the kernel reads them
struct Header {
    ino: u64,
    flags: u32,
    icount: u32,
    ocount: u32,
    agno: u32,
    reserved: [u64; 5],
}

/// `struct xfs_bulkstat`: one inode. The fields that nobody asks for are not public.
#[repr(C)]
#[allow(dead_code)] // the kernel writes them
pub(crate) struct Inode {
    /// Inode number.
    pub ino: u64,
    /// Size on disk: behind the size in memory while what was written last has not reached the disk.
    pub size_bytes: u64,
    /// File system blocks, those promised to what has not reached the disk included. 0 where the data is in the inode,
    /// whatever its extended attributes take.
    pub blocks: u64,
    xflags: u64,
    atime_seconds: i64,
    /// Modification time.
    pub mtime_seconds: i64,
    /// Time of the last change of anything.
    pub ctime_seconds: i64,
    btime_seconds: i64,
    generation: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    project: u32,
    atime_nanos: u32,
    /// Modification time, nanoseconds.
    pub mtime_nanos: u32,
    /// Time of the last change, nanoseconds.
    pub ctime_nanos: u32,
    btime_nanos: u32,
    /// The file system's block size; something else of a device file.
    pub block_bytes: u32,
    /// The device that a device file is: 14 bits of major number, 18 of minor.
    pub rdev: u32,
    cow_hint_blocks: u32,
    hint_blocks: u32,
    /// Hard links.
    pub links: u32,
    extents: u32,
    /// Extents of its extended attributes.
    pub attribute_extents: u32,
    version: u16,
    fork_offset: u16,
    sick: u16,
    checked: u16,
    /// Permissions and kind.
    pub mode: u16,
    pad: u16,
    extents64: u64,
    more_pad: [u64; 6],
}

const HEADER_WORDS: usize = size_of::<Header>() / size_of::<u64>();
const INODE_WORDS: usize = size_of::<Inode>() / size_of::<u64>();

// What the kernel's headers have.
const _: () = assert!(size_of::<Header>() == 64 && size_of::<Inode>() == 192);

/// Room for so many answers.
pub(crate) struct Bulkstat {
    words: Box<[u64]>,
}

impl Bulkstat {
    /// Room for `inodes` answers: 192 bytes each.
    pub(crate) fn new(inodes: usize) -> Self {
        Self { words: vec![0; HEADER_WORDS + inodes * INODE_WORDS].into() }
    }

    /// The inodes in use from number `first` on, in order, at most `most` of them or as many as there is room for.
    /// There are fewer only where there are no more.
    ///
    /// # Errors
    /// ENOTTY where `dir` is on no XFS or the kernel is too old, EPERM without CAP_SYS_ADMIN, EINVAL on an ID-mapped
    /// mount.
    pub(crate) fn from(&mut self, dir: BorrowedFd<'_>, first: u64, most: usize) -> Result<&[Inode], Errno> {
        let room = (self.words.len() - HEADER_WORDS) / INODE_WORDS;
        let icount = u32::try_from(most.min(room)).unwrap_or(u32::MAX);
        let header = self.words.as_mut_ptr().cast::<Header>();
        // SAFETY: the buffer starts with a header, and u64s are aligned for one.
        unsafe { header.write(Header { ino: first, flags: 0, icount, ocount: 0, agno: 0, reserved: [0; 5] }) };
        let request = opcode::read::<Header>(b'X', 127);
        // SAFETY:
        // - The kernel reads the header and writes it and at most `icount` inodes behind it, for which there is room.
        // - Other file systems do not know the number, and say so without touching the buffer: 'X' 127 is XFS's alone.
        if unsafe { libc::ioctl(dir.as_raw_fd(), request as _, header) } < 0 {
            return Err(last_errno());
        }
        // SAFETY: the same header, which the kernel has filled in.
        let count = unsafe { header.read() }.ocount.min(icount);
        // SAFETY:
        // - Behind the header there is room for `room` inodes, `count` is no more than that, and all of it was written
        //   when the buffer was made.
        // - An inode is plain integers, and u64s are aligned for one.
        // - The slice borrows the buffer.
        Ok(unsafe { std::slice::from_raw_parts(header.add(1).cast::<Inode>(), count as usize) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    #[test]
    fn another_file_system_refuses() {
        let proc = std::fs::File::open("/proc").unwrap();
        let mut bulkstat = Bulkstat::new(1);
        assert_eq!(bulkstat.from(proc.as_fd(), 0, 1).err(), Some(Errno::NOTTY));
    }
}
