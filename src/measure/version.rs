//! Asks a program for its version.
//!
//! Any program may be asked, also one that knows no `--version`: so it gets little time, no input and no terminal, and
//! little of what it says is read. What it leaves behind ends with it.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes that are read of what it says.
const MOST_BYTES: usize = 1 << 14;

/// Characters of a version that are kept.
const KEPT: usize = 60;

/// Lines in which a version is looked for: some programs say what they are before it.
const LINES: usize = 3;

/// The version of a program that the user named: the first line of `--version` with a number such as `1.2` in it.
/// `None` where it says none.
pub(super) fn of(program: &Path) -> Option<String> {
    number(Command::new(program).arg("--version"))
}

fn number(command: &mut Command) -> Option<String> {
    let (is_well, text) = said(command)?;
    let line = text.lines().filter(|line| !line.trim().is_empty()).take(LINES).find(|line| has_number(line))?;
    is_well.then(|| shortened(line))
}

/// The line in which a program says what it is, and which one.
pub(super) fn line(command: &mut Command) -> Option<String> {
    let (_, text) = said(command)?;
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).take(LINES);
    let first = lines.next()?;
    // eza says its name in one line, and its version in the next.
    let number = if has_number(first) { None } else { lines.find(|line| has_number(line)) };
    let name = first.split_whitespace().next().unwrap_or_default();
    Some(number.map_or_else(|| shortened(first), |number| shortened(&format!("{name} {number}"))))
}

/// The first two numbers of what a program says, with a point between them.
pub(super) fn numbers(said: &str) -> Option<(u32, u32)> {
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let starts = said
        .char_indices()
        .filter(|&(at, c)| c.is_ascii_digit() && !said[..at].ends_with(|c: char| c.is_ascii_digit()));
    starts.map(|(at, _)| &said[at..]).find_map(|rest| {
        let major = digits(rest);
        let minor = digits(rest[major.len()..].strip_prefix('.')?);
        Some((major.parse().ok()?, minor.parse().ok()?))
    })
}

fn shortened(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(KEPT).collect()
}

/// Whether a digit, a point and a digit stand in a row.
fn has_number(line: &str) -> bool {
    let is_number = |three: &[u8]| three[0].is_ascii_digit() && three[1] == b'.' && three[2].is_ascii_digit();
    line.as_bytes().windows(3).any(is_number)
}

/// Whether it ended well, and what it said: on standard output, or, if that is nothing, where it complains (BusyBox).
/// `None` if it did not end in time.
fn said(command: &mut Command) -> Option<(bool, String)> {
    let until = Instant::now() + PATIENCE;
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.process_group(0).spawn().ok()?;
    let text = match (child.stdout.take(), child.stderr.take()) {
        (Some(mut out), Some(mut complaints)) => {
            let out = read(&mut out, until);
            if out.as_ref().is_some_and(Vec::is_empty) { read(&mut complaints, until) } else { out }
        }
        _ => None,
    };
    // Whether it has ended, closed its output or runs on: nothing of it stays.
    let ended = child.try_wait().ok().flatten();
    let ended = ended.or_else(|| text.is_some().then(|| wait(&mut child, until)).flatten());
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
    Some((ended?.success(), String::from_utf8_lossy(&text?).into_owned()))
}

/// Waits for a child that has closed its output.
fn wait(child: &mut std::process::Child, until: Instant) -> Option<std::process::ExitStatus> {
    while Instant::now() < until {
        if let Some(status) = child.try_wait().ok()? {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    None
}

/// What comes out of a pipe, to its end or to [`MOST_BYTES`]; `None` if neither comes in time.
fn read(pipe: &mut (impl Read + std::os::fd::AsFd), until: Instant) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let mut chunk = [0; 4096];
    while text.len() < MOST_BYTES {
        let left = Timespec::try_from(until.checked_duration_since(Instant::now())?).ok()?;
        match poll(&mut [PollFd::new(&*pipe, PollFlags::IN)], Some(&left)) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(_) => return None,
        }
        match pipe.read(&mut chunk).ok()? {
            0 => break,
            length => text.extend_from_slice(&chunk[..length]),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a script answers.
    fn version(script: &str) -> Option<String> {
        number(Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn a_version_is_the_first_line_with_a_number_in_it() {
        assert_eq!(version("echo 'fd 8.6.0'; echo more 1.0").as_deref(), Some("fd 8.6.0"));
        assert_eq!(version("echo; echo 'eza - a list'; echo 'v0.18.2 [+git]'").as_deref(), Some("v0.18.2 [+git]"));
        assert_eq!(version("echo 'find 4.9.0' | dd bs=1 2>/dev/null").as_deref(), Some("find 4.9.0"));
    }

    #[test]
    fn a_name_and_a_version_in_two_lines_are_one() {
        let said = |script: &str| line(Command::new("sh").args(["-c", script]));
        assert_eq!(said("echo 'eza - a list'; echo 'v0.23.5 [+git]'").as_deref(), Some("eza v0.23.5 [+git]"));
        assert_eq!(said("echo; echo 'fd 8.6.0'; echo 'more 1.0'").as_deref(), Some("fd 8.6.0"));
        assert_eq!(said("echo tool; echo words").as_deref(), Some("tool"));
    }

    #[test]
    fn a_versions_numbers_are_the_first_two_with_a_point_between() {
        assert_eq!(numbers("bfs 4.1.4-12-g4af45dc"), Some((4, 1)));
        assert_eq!(numbers("fd2 v10.3"), Some((10, 3)));
        assert_eq!(numbers("ripgrep 14.1.0 (rev 4649aa9700)"), Some((14, 1)));
        for none in ["", "tool", "tool 7", "tool 7.x", "99999999999.1"] {
            assert_eq!(numbers(none), None, "{none}");
        }
    }

    #[test]
    fn a_program_without_a_version_has_none() {
        for script in ["", "echo --version", "echo 'tool 1.2'; exit 1", "kill $$"] {
            assert_eq!(version(script), None, "{script}");
        }
    }

    #[test]
    fn a_program_that_does_not_end_is_not_waited_for() {
        let start = Instant::now();
        for script in ["exec sleep 60", "while :; do echo no; done", "sleep 60 & echo 1.0"] {
            assert_eq!(version(script), None, "{script}");
        }
        assert!(start.elapsed() < 4 * PATIENCE);
    }
}
