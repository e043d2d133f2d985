//! A path with every link in it resolved, whether what it leads to is there or not: what hyperlinks point to.

use rustix::fs::{CWD, readlinkat};
use rustix::io::Errno;
use std::collections::HashSet;
use std::os::unix::ffi::OsStrExt;

/// Links followed before it is asked whether they lead in a circle.
const TRUSTED_LINKS: usize = 20;

/// Resolves `path`; a component that is not there, or leads in a circle, stands for itself.
///
/// # Errors
/// Where the path is empty, or the working directory is gone.
pub(crate) fn resolve(path: &[u8]) -> Result<Vec<u8>, Errno> {
    if path.is_empty() {
        return Err(Errno::NOENT);
    }
    let mut resolved = Vec::new();
    if !path.starts_with(b"/") {
        let here = std::env::current_dir().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::NOENT))?;
        resolved.extend_from_slice(here.as_os_str().as_bytes());
        if resolved == b"/" {
            resolved.clear();
        }
    }
    // What is still to be walked, the next component last.
    let mut ahead: Vec<Vec<u8>> = components(path);
    let mut links = 0;
    let mut followed = HashSet::new();
    while let Some(component) = ahead.pop() {
        match component.as_slice() {
            b"" | b"." => {}
            b".." => resolved.truncate(resolved.iter().rposition(|&byte| byte == b'/').unwrap_or(0)),
            name => {
                let parent = resolved.len();
                resolved.push(b'/');
                resolved.extend_from_slice(name);
                let Ok(target) = readlinkat(CWD, resolved.as_slice(), Vec::new()) else { continue };
                links += 1;
                if links > TRUSTED_LINKS && !followed.insert(resolved.clone()) {
                    continue;
                }
                resolved.truncate(if target.to_bytes().starts_with(b"/") { 0 } else { parent });
                ahead.append(&mut components(target.to_bytes()));
            }
        }
    }
    if resolved.is_empty() {
        resolved.push(b'/');
    }
    Ok(resolved)
}

/// The components, the first one last.
fn components(path: &[u8]) -> Vec<Vec<u8>> {
    path.split(|&byte| byte == b'/').rev().map(<[u8]>::to_vec).collect()
}
