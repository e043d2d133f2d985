//! A program on a terminal.

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Command, Stdio};

/// Its exit status and what stands on the terminal, which has so many columns: standard output and standard error.
pub(crate) fn on_terminal(command: &mut Command, columns: u16) -> (Option<i32>, Vec<u8>) {
    let (master, slave) = terminal(columns);
    let mut child = command.stdout(slave.try_clone().unwrap()).stderr(slave.try_clone().unwrap()).spawn().unwrap();
    // The command holds other ends of its own, which would outlive the child.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    // A terminal that is closed right after it was written to can lose what was written: the reader looks for input, finds
    // none, and is then told of the close (n_tty_read in drivers/tty/n_tty.c). So ours stays open until an end mark, written
    // when the child is gone, has come out.
    let reader = std::thread::spawn(move || shown_until_mark(&File::from(master)));
    let status = child.wait().unwrap();
    (&slave).write_all(END_MARK).unwrap();
    (status.code(), reader.join().unwrap())
}

/// Its two ends: what the user sees, and what the program writes to.
pub(crate) fn terminal(columns: u16) -> (OwnedFd, File) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let path = Path::new(std::str::from_utf8(name.to_bytes()).unwrap());
    let slave = File::options().read(true).write(true).open(path).unwrap();
    tcsetwinsize(&slave, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    (master, slave)
}

/// Nothing that a listing prints: names show NUL escaped or not at all.
const END_MARK: &[u8] = b"\0end\0";

pub(crate) fn shown_until_mark(mut master: &File) -> Vec<u8> {
    let mut shown = Vec::new();
    let mut piece = [0; 4096];
    while !shown.ends_with(END_MARK) {
        let length = master.read(&mut piece).unwrap();
        shown.extend_from_slice(&piece[..length]);
    }
    shown.truncate(shown.len() - END_MARK.len());
    shown
}
