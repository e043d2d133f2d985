//! What stands behind the mode of the long format: `+` for an access control list, `.` for a security context.
//!
//! GNU's ls asks for each attribute by name and path, two or three calls an entry. Where a file system lists its
//! attributes truthfully, one `listxattrat` answers for all of them, relative to the directory. Elsewhere each is asked for.

use super::entry::{Device, Mark};
use super::stats::{Call, Calls};
use crate::sys::xattr::{self, Links};
use rustix::fs::{CWD, fstatfs, getxattr, lgetxattr, listxattr, llistxattr};
use rustix::io::Errno;
use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd};

const ACCESS: &CStr = c"system.posix_acl_access";
const DEFAULT: &CStr = c"system.posix_acl_default";
const SELINUX: &CStr = c"security.selinux";

/// Asks for attributes; one a thread. It remembers the last file system that has none.
pub(super) struct Marker {
    list: Vec<u8>,
    last: Option<(Device, Method)>,
    /// The kernel has no calls relative to a descriptor.
    by_path: bool,
    selinux: Option<bool>,
}

/// How a file system is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    /// One list of all attributes.
    List,
    /// Attribute by attribute.
    Get,
    /// It has none.
    Nothing,
}

/// An entry, as the calls need it.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) dir: BorrowedFd<'a>,
    pub(super) name: &'a CStr,
    pub(super) links: Links,
    pub(super) is_directory: bool,
    pub(super) is_link: bool,
    pub(super) device: Device,
    /// The whole path, for kernels that want one.
    pub(super) path: &'a dyn Fn() -> Vec<u8>,
}

impl Default for Marker {
    fn default() -> Self {
        Self { list: vec![0; 1024], last: None, by_path: false, selinux: None }
    }
}

impl Marker {
    /// The mark of an entry.
    ///
    /// # Errors
    /// What the call says of this entry; a file system without attributes is no error.
    pub(super) fn mark(&mut self, asked: Asked<'_>, calls: &mut Calls) -> Result<Mark, Errno> {
        let method = self.method(asked, calls);
        let outcome = match method {
            Method::Nothing => return Ok(Mark::None),
            Method::List => self.by_list(asked, calls),
            Method::Get => self.by_name(asked, calls),
        };
        match outcome {
            Err(Errno::NOTSUP) => {
                self.last = Some((asked.device, Method::Nothing));
                Ok(Mark::None)
            }
            other => other,
        }
    }

    /// The security context, if the entry has one.
    ///
    /// # Errors
    /// What the call says of this entry; to have no context is no error.
    pub(super) fn context(&mut self, asked: Asked<'_>, calls: &mut Calls) -> Result<Option<Vec<u8>>, Errno> {
        let mut value = vec![0; 256];
        loop {
            match self.get(asked, SELINUX, &mut value, calls) {
                Ok(length) => {
                    value.truncate(length);
                    while value.last() == Some(&0) {
                        value.pop();
                    }
                    return Ok(Some(value));
                }
                Err(Errno::RANGE) if value.len() < 1 << 16 => value.resize(value.len() * 4, 0),
                Err(Errno::NODATA | Errno::NOTSUP) => return Ok(None),
                Err(errno) => return Err(errno),
            }
        }
    }

    fn method(&mut self, asked: Asked<'_>, calls: &mut Calls) -> Method {
        match self.last {
            // The command line has no directory to be asked about.
            None if asked.dir.as_raw_fd() == CWD.as_raw_fd() => Method::Get,
            Some((device, method)) if device == asked.device => method,
            _ => {
                calls.add(Call::Fstatfs);
                // What is mounted on the entry may be another file system: that is rare, and asked the long way.
                let method = match fstatfs(asked.dir).map(|fs| fs.f_type as u64) {
                    // ext2 to ext4, XFS, btrfs, tmpfs: their lists have all that getxattr would find.
                    Ok(0xEF53 | 0x5846_5342 | 0x9123_683E | 0x0102_1994) => Method::List,
                    _ => Method::Get,
                };
                self.last = Some((asked.device, method));
                method
            }
        }
    }

    fn by_list(&mut self, asked: Asked<'_>, calls: &mut Calls) -> Result<Mark, Errno> {
        let length = loop {
            calls.add(Call::Listxattr);
            let answer = match (self.by_path, asked.links) {
                (false, links) => xattr::list_at(asked.dir, asked.name, links, &mut self.list),
                (true, Links::Keep) => llistxattr((asked.path)(), &mut self.list[..]),
                (true, Links::Follow) => listxattr((asked.path)(), &mut self.list[..]),
            };
            match answer {
                Ok(length) => break length,
                Err(Errno::NOSYS) if !self.by_path => self.by_path = true,
                Err(Errno::RANGE) if self.list.len() < 1 << 16 => self.list.resize(self.list.len() * 4, 0),
                Err(errno) => return Err(errno),
            }
        };
        let mut mark = Mark::None;
        for name in self.list.get(..length).unwrap_or_default().split(|&byte| byte == 0) {
            if name == ACCESS.to_bytes() || (asked.is_directory && name == DEFAULT.to_bytes()) {
                return Ok(Mark::Acl);
            }
            if name == SELINUX.to_bytes() {
                mark = Mark::Context;
            }
        }
        Ok(mark)
    }

    fn by_name(&mut self, asked: Asked<'_>, calls: &mut Calls) -> Result<Mark, Errno> {
        let enabled = *self.selinux.get_or_insert_with(|| std::path::Path::new("/sys/fs/selinux/enforce").exists());
        let has = |answer: Result<usize, Errno>| match answer {
            Ok(length) => Ok(length > 0),
            Err(Errno::NODATA) => Ok(false),
            Err(errno) => Err(errno),
        };
        let labelled = enabled && has(self.get(asked, SELINUX, &mut [], calls)).or_else(ignore_unsupported)?;
        let mut listed = false;
        if !asked.is_link {
            listed = match has(self.get(asked, ACCESS, &mut [], calls)) {
                // No support for lists at all: remembered, unless there are labels to be asked for.
                Err(Errno::NOTSUP) if !enabled => return Err(Errno::NOTSUP),
                other => other.or_else(ignore_unsupported)?,
            };
            if !listed && asked.is_directory {
                listed = has(self.get(asked, DEFAULT, &mut [], calls)).or_else(ignore_unsupported)?;
            }
        }
        Ok(match (listed, labelled) {
            (true, _) => Mark::Acl,
            (false, true) => Mark::Context,
            (false, false) => Mark::None,
        })
    }

    fn get(&mut self, asked: Asked<'_>, key: &CStr, value: &mut [u8], calls: &mut Calls) -> Result<usize, Errno> {
        calls.add(Call::Getxattr);
        if !self.by_path {
            match xattr::get_at(asked.dir, asked.name, asked.links, key, value) {
                Err(Errno::NOSYS) => self.by_path = true,
                other => return other,
            }
        }
        match asked.links {
            Links::Keep => lgetxattr((asked.path)(), key, value),
            Links::Follow => getxattr((asked.path)(), key, value),
        }
    }
}

fn ignore_unsupported(errno: Errno) -> Result<bool, Errno> {
    if errno == Errno::NOTSUP { Ok(false) } else { Err(errno) }
}
