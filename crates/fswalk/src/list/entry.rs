//! What is asked of a listing ([`Want`]) and what it finds ([`Entry`]).

use rustix::fs::{FileType, makedev};
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the caller asks per entry. Each asks for what the one before it does, and more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Want {
    /// Names: `ls -U`, `find` without a test.
    Names,
    /// Names and kinds: `ls -F`, any walk of a tree, which must know what to descend into.
    Kinds,
    /// Names, kinds, mode, links, owner, group, size, modification time, inode: `ls -li`.
    Metadata,
}

impl Want {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Names, Self::Kinds, Self::Metadata];

    /// Its word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Kinds => "kinds",
            Self::Metadata => "metadata",
        }
    }
}

impl fmt::Display for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One entry, borrowed from the buffers of whoever found it.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The directory it is in, below the root of the listing: empty for the root itself, no slash at either end.
    pub dir: &'a [u8],
    /// Its name: bytes, no slash, no NUL.
    pub name: &'a [u8],
    /// Its kind; [`Kind::Unknown`] where kinds were not asked for and cost a call.
    pub kind: Kind,
    /// Its inode number as the directory gives it: of a mount point, the covered directory's. 0 where the strategy's
    /// interface does not tell.
    pub ino: u64,
    /// Where the next entry starts (`d_off`), where the reader tells.
    pub position: Option<u64>,
    /// What a lookup said; always there under [`Want::Metadata`].
    pub meta: Option<&'a Meta>,
}

/// What an entry is: the `S_IFMT` of its mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[repr(u8)]
pub enum Kind {
    /// Not known, or none of the others.
    Unknown,
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A named pipe.
    Fifo,
    /// A Unix-domain socket.
    Socket,
    /// A block device.
    Block,
    /// A character device.
    Character,
}

impl Kind {
    /// How many there are: the length of an array indexed by kind.
    pub const COUNT: usize = 8;
    /// All of them, in the order of their discriminants.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Unknown,
        Self::File,
        Self::Directory,
        Self::Symlink,
        Self::Fifo,
        Self::Socket,
        Self::Block,
        Self::Character,
    ];

    /// The letter of `find -printf %y`, `?` for unknown: what digests use.
    pub const fn letter(self) -> u8 {
        match self {
            Self::Unknown => b'?',
            Self::File => b'f',
            Self::Directory => b'd',
            Self::Symlink => b'l',
            Self::Fifo => b'p',
            Self::Socket => b's',
            Self::Block => b'b',
            Self::Character => b'c',
        }
    }

    /// In words, of one: what an entry is.
    pub const fn singular(self) -> &'static str {
        match self {
            Self::Unknown => "of unknown kind",
            Self::File => "a file",
            Self::Directory => "a directory",
            Self::Symlink => "a link",
            Self::Fifo => "a fifo",
            Self::Socket => "a socket",
            Self::Block => "a block device",
            Self::Character => "a character device",
        }
    }

    /// In words: a tally's column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::File => "files",
            Self::Directory => "directories",
            Self::Symlink => "links",
            Self::Fifo => "fifos",
            Self::Socket => "sockets",
            Self::Block => "block devices",
            Self::Character => "character devices",
        }
    }

    /// Whether it is a directory.
    #[inline]
    pub const fn is_dir(self) -> bool {
        matches!(self, Self::Directory)
    }

    /// Whether it is a regular file.
    #[inline]
    pub const fn is_file(self) -> bool {
        matches!(self, Self::File)
    }

    /// Whether it is a symbolic link.
    #[inline]
    pub const fn is_symlink(self) -> bool {
        matches!(self, Self::Symlink)
    }

    /// The kind that a `st_mode` holds (inode(7)).
    #[inline]
    pub const fn from_mode(mode: u32) -> Self {
        // The four bits of S_IFMT are the values of DT_*: glibc's IFTODT is this shift.
        Self::from_d_type(((mode & 0o170_000) >> 12) as u8)
    }

    /// The kind that a `d_type` says: `DT_*` of readdir(3), whose values glibc's dirent.h has.
    #[inline]
    pub const fn from_d_type(d_type: u8) -> Self {
        match d_type {
            1 => Self::Fifo,
            2 => Self::Character,
            4 => Self::Directory,
            6 => Self::Block,
            8 => Self::File,
            10 => Self::Symlink,
            12 => Self::Socket,
            _ => Self::Unknown,
        }
    }
}

impl From<FileType> for Kind {
    #[inline]
    fn from(kind: FileType) -> Self {
        match kind {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Directory,
            FileType::Symlink => Self::Symlink,
            FileType::Fifo => Self::Fifo,
            FileType::Socket => Self::Socket,
            FileType::BlockDevice => Self::Block,
            FileType::CharacterDevice => Self::Character,
            FileType::Unknown => Self::Unknown,
        }
    }
}

impl From<std::fs::FileType> for Kind {
    fn from(kind: std::fs::FileType) -> Self {
        use std::os::unix::fs::FileTypeExt;
        match () {
            () if kind.is_file() => Self::File,
            () if kind.is_dir() => Self::Directory,
            () if kind.is_symlink() => Self::Symlink,
            () if kind.is_fifo() => Self::Fifo,
            () if kind.is_socket() => Self::Socket,
            () if kind.is_block_device() => Self::Block,
            () if kind.is_char_device() => Self::Character,
            () => Self::Unknown,
        }
    }
}

/// What a lookup says of one entry, links not followed: the fields of stat(2) that a digest covers, and the disk usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Meta {
    /// Permissions and kind.
    pub mode: u32,
    /// Hard links.
    pub links: u64,
    /// Owner's user ID.
    pub uid: u32,
    /// Group ID.
    pub gid: u32,
    /// Inode number.
    pub ino: u64,
    /// Device that holds it: `makedev(major, minor)`.
    pub dev: u64,
    /// The device that a device file is: `makedev(major, minor)`.
    pub rdev: u64,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Disk usage in blocks of 512 bytes.
    pub blocks_512: u64,
    /// Modification time: seconds since the epoch.
    pub mtime_seconds: i64,
    /// Modification time: nanoseconds, 0 to 999,999,999.
    pub mtime_nanos: u32,
}

impl Meta {
    /// Whether it is a directory's.
    pub const fn is_dir(&self) -> bool {
        self.kind().is_dir()
    }

    /// Whether it is a regular file's.
    pub const fn is_file(&self) -> bool {
        self.kind().is_file()
    }

    /// Whether it is a symbolic link's.
    pub const fn is_symlink(&self) -> bool {
        self.kind().is_symlink()
    }

    /// Size in bytes.
    #[allow(clippy::len_without_is_empty)] // std's word
    pub const fn len(&self) -> u64 {
        self.size_bytes
    }

    /// When it was last modified.
    pub fn modified(&self) -> SystemTime {
        let seconds = Duration::from_secs(self.mtime_seconds.unsigned_abs());
        let second =
            if self.mtime_seconds < 0 { UNIX_EPOCH.checked_sub(seconds) } else { UNIX_EPOCH.checked_add(seconds) };
        let time = second.and_then(|time| time.checked_add(Duration::from_nanos(self.mtime_nanos.into())));
        time.expect("a SystemTime holds any time that the kernel can tell: 64 bits of seconds")
    }

    /// The kind that its mode holds.
    #[inline]
    pub const fn kind(&self) -> Kind {
        Kind::from_mode(self.mode)
    }
}

#[cfg(target_os = "linux")]
impl From<&rustix::fs::Statx> for Meta {
    #[inline]
    fn from(x: &rustix::fs::Statx) -> Self {
        Self {
            mode: x.stx_mode.into(),
            links: x.stx_nlink.into(),
            uid: x.stx_uid,
            gid: x.stx_gid,
            ino: x.stx_ino,
            dev: makedev(x.stx_dev_major, x.stx_dev_minor),
            rdev: makedev(x.stx_rdev_major, x.stx_rdev_minor),
            size_bytes: x.stx_size,
            blocks_512: x.stx_blocks,
            mtime_seconds: x.stx_mtime.tv_sec,
            mtime_nanos: x.stx_mtime.tv_nsec,
        }
    }
}

impl From<&rustix::fs::Stat> for Meta {
    #[inline]
    #[allow(clippy::unnecessary_cast, clippy::cast_lossless)] // the widths differ between targets
    fn from(x: &rustix::fs::Stat) -> Self {
        Self {
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
}

impl From<&std::fs::Metadata> for Meta {
    fn from(x: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            mode: x.mode(),
            links: x.nlink(),
            uid: x.uid(),
            gid: x.gid(),
            ino: x.ino(),
            dev: x.dev(),
            rdev: x.rdev(),
            size_bytes: x.size(),
            blocks_512: x.blocks(),
            mtime_seconds: x.mtime(),
            mtime_nanos: x.mtime_nsec() as u32,
        }
    }
}
