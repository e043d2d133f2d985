//! The mark after the mode in the long format: `+` for an access control list, `.` for a security context.
//!
//! One `listxattrat`, relative to the directory, tells which attributes an entry has. GNU's ls up to 9.3 asks for each
//! by name, two or three calls an entry; later ones list them, too, but by path.

use super::look_up::{Place, write_full_name};
use super::stats::{Call, Calls};
use super::table::{Device, Mark};
use crate::sys::xattr::{self, Links};
use rustix::fs::{getxattr, lgetxattr, listxattr, llistxattr};
use rustix::io::Errno;
use std::ffi::CStr;

const ACCESS: &CStr = c"system.posix_acl_access";
const DEFAULT: &CStr = c"system.posix_acl_default";
const SELINUX: &CStr = c"security.selinux";

/// Asks for attributes; one a thread.
pub(crate) struct Marker {
    list: Vec<u8>,
    /// The last file system that turned out to have none.
    without: Option<Device>,
    /// The kernel has no calls relative to a descriptor (before Linux 6.13).
    by_path: bool,
    /// Room for the whole path, which they then want.
    path: Vec<u8>,
}

/// An entry, as the calls need it.
#[derive(Clone, Copy)]
pub(crate) struct EntryRef<'a> {
    pub(crate) place: Place<'a>,
    pub(crate) name: &'a CStr,
    pub(crate) links: Links,
    pub(crate) is_directory: bool,
    pub(crate) device: Device,
}

impl Default for Marker {
    fn default() -> Self {
        Self { list: vec![0; 1024], without: None, by_path: false, path: Vec::new() }
    }
}

impl Marker {
    /// The mark of an entry.
    ///
    /// # Errors
    /// What the call says of this entry; a file system without attributes is no error.
    pub(crate) fn mark(&mut self, asked: EntryRef<'_>, calls: &mut Calls) -> Result<Mark, Errno> {
        if self.without == Some(asked.device) {
            return Ok(Mark::None);
        }
        match self.by_list(asked, calls) {
            Err(Errno::NOTSUP) => {
                self.without = Some(asked.device);
                Ok(Mark::None)
            }
            other => other,
        }
    }

    /// The security context, if the entry has one.
    ///
    /// # Errors
    /// What the call says of this entry; to have no context is no error.
    pub(crate) fn context(&mut self, asked: EntryRef<'_>, calls: &mut Calls) -> Result<Option<Vec<u8>>, Errno> {
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

    fn by_list(&mut self, asked: EntryRef<'_>, calls: &mut Calls) -> Result<Mark, Errno> {
        let length = loop {
            calls.add(Call::Listxattr);
            let answer = match (self.by_path, asked.links) {
                (false, links) => xattr::list_at(asked.place.fd, asked.name, links, &mut self.list),
                (true, Links::Keep) => llistxattr(whole_path(&mut self.path, asked), &mut self.list[..]),
                (true, Links::Follow) => listxattr(whole_path(&mut self.path, asked), &mut self.list[..]),
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

    fn get(&mut self, asked: EntryRef<'_>, key: &CStr, value: &mut [u8], calls: &mut Calls) -> Result<usize, Errno> {
        calls.add(Call::Getxattr);
        if !self.by_path {
            match xattr::get_at(asked.place.fd, asked.name, asked.links, key, value) {
                Err(Errno::NOSYS) => self.by_path = true,
                other => return other,
            }
        }
        match asked.links {
            Links::Keep => lgetxattr(whole_path(&mut self.path, asked), key, value),
            Links::Follow => getxattr(whole_path(&mut self.path, asked), key, value),
        }
    }
}

fn whole_path<'p>(path: &'p mut Vec<u8>, asked: EntryRef<'_>) -> &'p [u8] {
    path.clear();
    write_full_name(path, asked.place, asked.name);
    path
}
