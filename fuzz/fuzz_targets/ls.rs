//! The command line of `ls`, and LS_COLORS: a line is an argument, the first one the variable. Refused, or a listing of an
//! empty directory, never a panic.

#![no_main]

use fsbench::ls::{self, Asked, Screen};
use libfuzzer_sys::fuzz_target;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

fuzz_target!(|bytes: &[u8]| {
    if bytes.contains(&0) {
        return;
    }
    let mut lines = bytes.split(|&byte| byte == b'\n').map(OsStr::from_bytes);
    let colors = lines.next().unwrap_or_default();
    // SAFETY: a fuzz target has one thread, and nobody else reads the environment meanwhile.
    unsafe { std::env::set_var("LS_COLORS", colors) };
    let arguments: Vec<OsString> = lines.map(OsStr::to_owned).collect();
    let screen = Screen { is_terminal: bytes.len() % 2 == 0, columns: Some(80) };
    if let Ok(Asked::Listing(options, _)) = ls::parse_arguments(arguments, b"ls", screen, &mut |_| {}) {
        // Whatever was named: what is read is always the same, and soon over.
        let here = [OsString::from("/proc/self/fdinfo")];
        let _ = ls::list(&options, &here, b"ls", &mut std::io::sink(), &mut std::io::sink());
    }
});
