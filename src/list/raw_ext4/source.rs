//! From a directory to the device that it is on, or the reason why that cannot be read.

use super::super::Dir;
use super::super::mounts::{Reach, mount, refuse_mounts};
use super::super::privilege::failed;
use crate::error::{Error, Escaped, Unsupported};
use crate::raw::BlockDevice;
use crate::raw::ext4::FileSystem;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, StatxFlags, fstat, fstatfs, major, minor, openat, statx, syncfs};
use rustix::io::Errno;
use std::ffi::OsString;
use std::fs::{self, File};
use std::num::NonZeroU64;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// What its errors name.
pub(crate) const CALL: &str = "pread";

/// `EXT4_SUPER_MAGIC`, which ext2 and ext3 have as well.
const MAGIC: u64 = 0xef53;

const KIB: NonZeroU64 = NonZeroU64::new(1024).expect("it is not 0");
/// What devices read ahead unless somebody says otherwise (`VM_READAHEAD_PAGES`).
const AHEAD_BYTES: NonZeroU64 = NonZeroU64::new(128 << 10).expect("it is not 0");

/// Finds the device of one root, once; then opens it for each listing.
pub(crate) struct Source {
    reach: Reach,
    /// The root that it is ready for, and its device: the file and the number.
    prepared: Option<(PathBuf, PathBuf, u64)>,
}

/// A listing's root.
#[derive(Debug, Clone, Copy)]
pub struct Root {
    /// Its inode number.
    pub ino: u32,
    /// The device, as a stat names it.
    pub dev: u64,
}

/// A device that is open, and what lies on it.
pub(crate) struct Opened {
    pub(crate) device: BlockDevice,
    pub(crate) file_system: FileSystem,
    pub(crate) root: Root,
}

impl Source {
    pub(crate) fn new(reach: Reach) -> Self {
        Self { reach, prepared: None }
    }

    /// Finds the device, reads what there must be, and syncs. What is changed afterwards may be missed where the file
    /// system keeps it from its device.
    ///
    /// # Errors
    /// Why `root` cannot be listed this way. That it cannot be opened is no reason.
    pub(crate) fn prepare(&mut self, root: &Path) -> Result<(), Unsupported> {
        self.prepared = None;
        let mut dir = Dir::root(root);
        let Ok(fd) = dir.fd() else { return Ok(()) };
        check_mount(fd)?;
        refuse_mounts(root, self.reach, "the device")?;
        let dev = fstat(fd).map_err(|errno| failed("fstat", errno))?.st_dev;
        let file = device_file(dev)?;
        let device = open_device(&file, dev).map_err(|error| match Errno::from_io_error(&error.source) {
            Some(Errno::ACCESS | Errno::PERM) => {
                Unsupported(format!("'{}' may not be read: root may, outside a container", Escaped(&file)).into())
            }
            _ => Unsupported(error.to_string().into()),
        })?;
        FileSystem::open(&device).map_err(|fault| Unsupported(fault.to_string().into()))?;
        syncfs(fd).map_err(|errno| failed("syncfs", errno))?;
        self.prepared = Some((root.to_owned(), file, dev));
        Ok(())
    }

    /// The same, unless it was done for this root.
    pub(crate) fn prepare_anew(&mut self, root: &Path) -> Result<(), Error> {
        match &self.prepared {
            Some((prepared, ..)) if prepared == root => Ok(()),
            _ => self.prepare(root).map_err(|why| Error::other(CALL, root, why)),
        }
    }

    /// Opens the device for a listing of `dir`.
    ///
    /// # Errors
    /// The directory or its device cannot be opened, or is no longer what it was.
    pub(crate) fn open(&self, dir: &mut Dir<'_>) -> Result<Opened, Error> {
        let stat = fstat(dir.fd()?).map_err(|errno| dir.error("fstat", errno))?;
        let prepared = self.prepared.as_ref().filter(|(.., dev)| *dev == stat.st_dev);
        let Some((_, file, dev)) = prepared else { return Err(dir.error(CALL, Errno::XDEV)) };
        let ino = u32::try_from(stat.st_ino).map_err(|_| dir.error(CALL, Errno::OVERFLOW))?;
        let device = open_device(file, *dev)?;
        let file_system = FileSystem::open(&device).map_err(|fault| Error::new(CALL, file, fault))?;
        Ok(Opened { device, file_system, root: Root { ino, dev: *dev } })
    }
}

/// Refuses what is mounted otherwise than the reader takes for granted.
fn check_mount(dir: BorrowedFd<'_>) -> Result<(), Unsupported> {
    let refused = |why: &'static str| Err(Unsupported(why.into()));
    let kind = fstatfs(dir).map_err(|errno| failed("fstatfs", errno))?.f_type;
    if u64::try_from(kind) != Ok(MAGIC) {
        return refused("it reads ext4; this is another file system");
    }
    let id = statx(dir, c"", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID).map_err(|errno| failed("statx", errno))?;
    if !StatxFlags::from_bits_retain(id.stx_mask).contains(StatxFlags::MNT_ID) {
        // Before Linux 5.8; mounts that map IDs came later.
        return Ok(());
    }
    let found = mount(id.stx_mnt_id).map_err(|error| failed("/proc/self/mountinfo", error))?;
    let found = found.unwrap_or_default();
    let has = |option: &[u8]| found.options.iter().any(|one| one == option);
    match () {
        () if found.kind == b"ext2" => refused("it is mounted as ext2, whose driver does not keep directories there"),
        () if has(b"idmapped") => refused("owners are mapped by this mount, and the device has those before"),
        () if has(b"nouid32") => refused("it is mounted with nouid32: owners have 16 bits, and more on the device"),
        () => Ok(()),
    }
}

/// The file in /dev that stands for the device.
fn device_file(dev: u64) -> Result<PathBuf, Unsupported> {
    let (major, minor) = (major(dev), minor(dev));
    let table = format!("/sys/dev/block/{major}:{minor}/uevent");
    let lines = fs::read(&table).map_err(|error| failed(&table, error))?;
    let name = lines.split(|&byte| byte == b'\n').find_map(|line| line.strip_prefix(b"DEVNAME="));
    let name = name.ok_or_else(|| Unsupported(format!("the block device {major}:{minor} has no name").into()))?;
    Ok(Path::new("/dev").join(OsString::from_vec(name.to_vec())))
}

/// Opens it for reading; nothing here opens anything for writing.
fn open_device(file: &Path, dev: u64) -> Result<BlockDevice, Error> {
    let failed = |errno: Errno| Error::new("openat", file, errno);
    let fd = openat(rustix::fs::CWD, file, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).map_err(failed)?;
    let stat = fstat(fd.as_fd()).map_err(failed)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::BlockDevice || stat.st_rdev != dev {
        return Err(Error::other("openat", file, "it is not the device that the file system is on"));
    }
    BlockDevice::new(File::from(fd), ahead_bytes(dev)).map_err(|error| Error::new("lseek", file, error))
}

/// How much the device reads ahead: what nobody changed, where it is a partition or does not say.
fn ahead_bytes(dev: u64) -> NonZeroU64 {
    let text = fs::read_to_string(format!("/sys/dev/block/{}:{}/queue/read_ahead_kb", major(dev), minor(dev)));
    let kib = text.ok().and_then(|text| text.trim().parse::<NonZeroU64>().ok());
    kib.and_then(|kib| kib.checked_mul(KIB)).unwrap_or(AHEAD_BYTES)
}
