//! Commands as cases: the time of a whole process, from its start to its end.
//!
//! This differs from the time of a listing within a process, so commands have tables of their own. A worker of ours
//! starts them (posix_spawn, as std does where it can), waits for them, and reads what they used. Output goes to
//! /dev/null while the clock runs: a reader at the other end of a pipe would take a core, and its time. Some programs
//! write less when they see /dev/null; none of [`super::peers`] was seen to. Commands run in the user's working
//! directory, so that a relative path in them means what it says.
//!
//! Before it is timed, a command runs once and its output is read: it must name what the oracle saw.

use super::counters::{Counters, Meter};

use super::difference::{Part, Parting};
use super::oracle::Usage;
use super::process::Offsets;
use super::protocol::{Answer, Open, Sample, Verified};
use super::serve::{Serve, mark, peak_bytes as own_peak_bytes, reset_peak};
use super::spec::{Failures, Output, Shown, Spec, VerifiedBy};
use super::step::{self, Step};
use crate::error::{Error, Escaped, Unsupported};
use crate::list::digest::{Digest, Hasher};
use crate::list::tally::Tally;
use crate::list::{Entry, Kind, Projection, Want};
use crate::sys::wait::{Used, wait};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Instant;

/// What an output must tell: the oracle's names and kinds.
pub(super) struct Expected {
    /// Entries and names, with their digest.
    pub(super) names: (Tally, Digest),
    /// Counts by kind.
    pub(super) kinds: Tally,
    /// The room on the disk, if it is known.
    pub(super) usage: Option<Usage>,
}

/// How a command was verified, or how what it printed differs from the truth.
pub(super) fn judge(output: Output, seen: &Verified, expected: &Expected) -> Result<VerifiedBy, String> {
    let (tally, digest) = expected.names;
    let entries = |expected: u64| match seen.tally.entries == expected {
        true => Ok(VerifiedBy::Tally),
        false => Err(format!("entries {}, not {expected}", seen.tally.entries)),
    };
    if let (true, Some(error)) = (tally.errors == 0, seen.errors.first()) {
        return Err(error.clone());
    }
    // Any error is one error: programs count what they could not read in their own ways.
    let same = Tally { errors: tally.errors, ..seen.tally }.same_as(&tally) && seen.digest == Some(digest);
    match output {
        Output::Nothing => Ok(VerifiedBy::Nothing),
        _ if same => Ok(VerifiedBy::Digest),
        Output::Guess => Ok(VerifiedBy::Nothing),
        Output::Files => entries(expected.kinds.of(Kind::File)),
        Output::Total => entries(tally.entries),
        Output::Usage { .. } | Output::UsageTotal => match expected.usage {
            // What is left out or counted once is each program's own choice: the root, and the further names of a file.
            Some(usage) if [usage.entries, usage.entries + usage.root].contains(&seen.tally.size_bytes) => {
                Ok(VerifiedBy::Tally)
            }
            Some(usage) if !usage.has_links => Err(format!(
                "{} bytes of the disk, not {} with the root and {} without",
                seen.tally.size_bytes,
                usage.entries + usage.root,
                usage.entries
            )),
            _ => Ok(VerifiedBy::Nothing),
        },
        Output::Paths { .. } | Output::Sections => Err(seen
            .tally
            .difference(&Tally { errors: seen.tally.errors, ..tally })
            .unwrap_or_else(|| "equal counts but other names".to_owned())),
    }
}

/// A command in its worker.
pub(super) struct OpenedCommand {
    program: OsString,
    arguments: Vec<OsString>,
    root: Vec<u8>,
    spec: Spec,
    /// How it ended when it was verified.
    verified: Option<ExitStatus>,
    offsets: Offsets,
}

impl OpenedCommand {
    pub(super) fn new(open: &Open, spec: &Spec) -> Result<Self, Unsupported> {
        let root = PathBuf::from(&open.root).into_os_string().into_vec();
        let mut words = spec.words.iter().map(|word| step::fill(word, &root));
        let program = words.next().ok_or(Unsupported("no program".into()))?;
        let (arguments, spec, offsets) = (words.collect(), spec.clone(), Offsets::new(1));
        Ok(Self { program, arguments, root, spec, verified: None, offsets })
    }

    fn start(&mut self, out: Stdio, errors: Stdio) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        if let Some(dir) = &self.spec.dir {
            command.current_dir(PathBuf::from(dir));
        }
        self.offsets.shift(&mut command);
        command.stdin(Stdio::null()).stdout(out).stderr(errors).spawn()
    }

    /// Runs it to its end without reading its output, and answers how it ended.
    fn run(&mut self) -> Result<(ExitStatus, Used), String> {
        let (out, errors) = match self.spec.shown {
            Shown::Nowhere => (Stdio::null(), Stdio::null()),
            Shown::OnStderr => (Stdio::from(io::stderr()), Stdio::inherit()),
        };
        let child = self.start(out, errors).map_err(self.broken("execve"))?;
        let (status, used) = wait(child).map_err(self.broken("wait4"))?;
        match status.code() {
            None if !self.may_fail() => Err(format!("'{}': {status}", Escaped(Path::new(&self.program)))),
            _ => Ok((status, used)),
        }
    }

    fn may_fail(&self) -> bool {
        self.spec.failures == Failures::Ignored
    }

    /// Whether a run that ended so did not do its work.
    fn failed(&self, status: ExitStatus) -> bool {
        !status.success() && !self.may_fail()
    }

    fn broken(&self, call: &'static str) -> impl Fn(io::Error) -> String {
        move |error| Error::new(call, &self.program, error).to_string()
    }

    /// Runs it with its output read; what it names goes to `parting`, too.
    fn read(&mut self, parting: Option<&mut Parting<'_>>) -> Result<(ExitStatus, Verified), String> {
        let mut child = self.start(Stdio::piped(), Stdio::piped()).map_err(self.broken("execve"))?;
        let (text, complaints) = match (child.stdout.take(), child.stderr.take()) {
            (Some(out), Some(errors)) => read_both(out, errors).map_err(self.broken("read"))?,
            _ => return Err(self.broken("pipe")(io::Error::other("no pipe to it"))),
        };
        let (status, _) = wait(child).map_err(self.broken("wait4"))?;
        if self.spec.shown == Shown::OnStderr {
            // That nobody reads it is no failure of the command's.
            let _ = io::stderr().write_all(&text).and_then(|()| io::stderr().write_all(&complaints));
        }
        let (mut tally, digest) = self.parse(&text, parting);
        let mut errors = Vec::new();
        if self.failed(status) {
            tally.errors = 1;
            let first = String::from_utf8_lossy(&complaints).lines().next().unwrap_or_default().to_owned();
            errors.push(format!("{status}: {first}"));
        }
        let ignored = (!status.success() && self.may_fail()).then(|| status.to_string());
        Ok((status, Verified { tally, digest, errors, ignored }))
    }

    fn parse(&self, text: &[u8], parting: Option<&mut Parting<'_>>) -> (Tally, Option<Digest>) {
        let mut names = Names::new(&self.root, parting);
        match self.spec.output {
            Output::Nothing => return (Tally::default(), None),
            Output::Total => {
                return (Tally { entries: number(text), ..Tally::default() }, None);
            }
            Output::Usage { unit } => return (usage(text, unit), None),
            Output::UsageTotal => {
                let last = items(text, b'\n').next_back().unwrap_or_default();
                return (usage(last, 1), None);
            }
            Output::Sections => names.sections(text),
            Output::Paths { fields } => items(text, 0).for_each(|item| names.path(after(item, fields))),
            Output::Files => items(text, 0).for_each(|item| names.path(item)),
            Output::Guess => {
                let end = if text.contains(&0) { 0 } else { b'\n' };
                items(text, end).for_each(|item| names.path(item));
            }
        }
        (names.tally, Some(names.digest))
    }
}

/// Bytes of what a command complains about that are kept.
const MOST_COMPLAINTS: usize = 1 << 16;

/// Reads both to their ends: all of the output, and the first of the complaints. Both at once, since a program that
/// complains much would wait for us, and we for it.
fn read_both(mut out: impl Read + AsFd, mut errors: impl Read + AsFd) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let (mut text, mut complaints) = (Vec::new(), Vec::new());
    let (mut out_is_open, mut errors_are_open) = (true, true);
    let mut chunk = vec![0; 1 << 16];
    while out_is_open || errors_are_open {
        let mut waited = Vec::with_capacity(2);
        if out_is_open {
            waited.push(PollFd::new(&out, PollFlags::IN));
        }
        if errors_are_open {
            waited.push(PollFd::new(&errors, PollFlags::IN));
        }
        match poll(&mut waited, None) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(errno.into()),
        }
        let is_ready = |fd: &PollFd<'_>| !fd.revents().is_empty();
        let out_is_ready = out_is_open && waited.first().is_some_and(is_ready);
        let errors_are_ready = errors_are_open && waited.last().is_some_and(is_ready);
        if out_is_ready {
            let length = read_some(&mut out, &mut chunk)?;
            text.extend_from_slice(&chunk[..length]);
            out_is_open = length > 0;
        }
        if errors_are_ready {
            let length = read_some(&mut errors, &mut chunk)?;
            let kept = length.min(MOST_COMPLAINTS - complaints.len());
            complaints.extend_from_slice(&chunk[..kept]);
            errors_are_open = length > 0;
        }
    }
    Ok((text, complaints))
}

/// One read; 0 bytes are the end.
fn read_some(from: &mut impl Read, chunk: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// A tally that tells only whether a command complained: its output went unread.
fn complaint(complained: bool) -> Tally {
    Tally { errors: u64::from(complained), ..Tally::default() }
}

/// The room on the disk that a text begins with, in units of so many bytes.
fn usage(text: &[u8], unit: u64) -> Tally {
    let start = text.iter().position(u8::is_ascii_digit).unwrap_or(text.len());
    Tally { size_bytes: number(&text[start..]).wrapping_mul(unit), ..Tally::default() }
}

fn items(text: &[u8], end: u8) -> impl DoubleEndedIterator<Item = &[u8]> {
    text.split(move |&byte| byte == end).filter(|item| !item.is_empty())
}

/// The number that a text begins with, with commas or without.
fn number(text: &[u8]) -> u64 {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b',');
    let digits = digits.filter(|byte| **byte != b',');
    digits.fold(0u64, |number, byte| number.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')))
}

/// What follows so many fields.
fn after(mut item: &[u8], fields: usize) -> &[u8] {
    for _ in 0..fields {
        match item.iter().position(|byte| matches!(byte, b' ' | b'\t')) {
            Some(end) => item = &item[end + 1..],
            None => break,
        }
    }
    item
}

/// Names, counted and hashed.
struct Names<'r, 'p, 'q> {
    root: &'r [u8],
    parting: Option<&'p mut Parting<'q>>,
    hasher: Hasher,
    tally: Tally,
    digest: Digest,
}

impl<'r, 'p, 'q> Names<'r, 'p, 'q> {
    fn new(root: &'r [u8], parting: Option<&'p mut Parting<'q>>) -> Self {
        Self { root, parting, hasher: Hasher::default(), tally: Tally::default(), digest: Digest::default() }
    }

    /// The part of a path below the root; empty for the root itself.
    fn below<'a>(&self, path: &'a [u8]) -> &'a [u8] {
        let path = path.strip_prefix(self.root).unwrap_or(path);
        let path = path.strip_prefix(b"./").unwrap_or(path);
        path.strip_prefix(b"/").unwrap_or(path)
    }

    fn path(&mut self, path: &[u8]) {
        // fd and others end directories with a slash.
        let below = self.below(path);
        let below = below.strip_suffix(b"/").unwrap_or(below);
        if below.is_empty() || below == b"." {
            return;
        }
        let (dir, name) = match below.iter().rposition(|&byte| byte == b'/') {
            Some(slash) => (&below[..slash], &below[slash + 1..]),
            None => (&below[..0], below),
        };
        self.entry(dir, name);
    }

    fn entry(&mut self, dir: &[u8], name: &[u8]) {
        let entry = Entry { dir, name, kind: Kind::Unknown, ino: 0, position: None, meta: None };
        self.digest += self.hasher.hash(&entry, Want::Names, Projection::Whole);
        if let Some(parting) = &mut self.parting {
            parting.entry(&entry);
        }
        self.tally.entries += 1;
        self.tally.name_bytes += name.len() as u64;
    }

    /// Names hold no slash, and end in a NUL; a heading begins with the root's, which is an absolute path, and follows
    /// the NUL of the name before it and a newline.
    fn sections(&mut self, text: &[u8]) {
        let mut dir: Vec<u8> = Vec::new();
        for item in text.split(|&byte| byte == 0) {
            let mut name = item;
            let mut rest = item.strip_prefix(b"\n").unwrap_or(item);
            // Empty directories have a heading and no name: several headings may stand in a row.
            while rest.starts_with(b"/") {
                let Some(end) = rest.windows(2).position(|pair| pair == b":\n") else { break };
                dir = self.below(&rest[..end]).to_vec();
                name = &rest[end + 2..];
                rest = name.strip_prefix(b"\n").unwrap_or(name);
            }
            if !name.is_empty() {
                self.entry(&dir, name);
            }
        }
    }
}

impl Serve for OpenedCommand {
    fn verify(&mut self) -> Answer {
        match self.read(None) {
            Ok((status, verified)) => {
                self.verified = Some(status);
                Answer::Verified(verified)
            }
            Err(why) => Answer::Failed(why),
        }
    }

    fn part(&mut self, part: &Part) -> Answer {
        let mut parting = Parting::new(part, Want::Names, Projection::Whole);
        match self.read(Some(&mut parting)) {
            Ok(_) => Answer::Parted(parting.into_parted()),
            Err(why) => Answer::Failed(why),
        }
    }

    fn step(&mut self, step: Step) -> Answer {
        step::run(step, &self.spec, &self.root).map_or_else(Answer::Failed, |()| Answer::Done)
    }

    fn count(&mut self) -> Answer {
        mark();
        let ran = self.run();
        mark();
        match ran {
            Ok((status, _)) => Answer::Counted(complaint(self.failed(status))),
            Err(why) => Answer::Failed(why),
        }
    }

    fn sample(&mut self, iterations: u32, _: &mut Meter) -> Answer {
        let mut all = Used::default();
        let mut complained = false;
        // What the output took when it was verified is not the command's; where this cannot be done, its peak is not known.
        reset_peak();
        let start = Instant::now();
        for _ in 0..iterations {
            let (status, used) = match self.run() {
                Ok(ran) => ran,
                Err(why) => return Answer::Failed(why),
            };
            let other = self.verified.filter(|verified| verified.code() != status.code() && !self.may_fail());
            if let Some(verified) = other {
                return Answer::Failed(format!("it ended with {status}, and with {verified} when it was verified"));
            }
            complained |= self.failed(status);
            all = Used {
                user_ns: all.user_ns + used.user_ns,
                sys_ns: all.sys_ns + used.sys_ns,
                peak_bytes: all.peak_bytes.max(used.peak_bytes),
                minor_faults: all.minor_faults + used.minor_faults,
                major_faults: all.major_faults + used.major_faults,
                voluntary_switches: all.voluntary_switches + used.voluntary_switches,
                involuntary_switches: all.involuntary_switches + used.involuntary_switches,
                read_bytes: all.read_bytes + used.read_bytes,
            };
        }
        let wall_ns = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let counters = Counters {
            minor_faults: Some(all.minor_faults),
            major_faults: Some(all.major_faults),
            voluntary_switches: Some(all.voluntary_switches),
            involuntary_switches: Some(all.involuntary_switches),
            read_bytes: Some(all.read_bytes),
            ..Counters::default()
        };
        // A child's peak begins with what its parent had when it forked: one about as large says nothing of the child.
        let peak_bytes = Some(all.peak_bytes).filter(|&peak| own_peak_bytes().is_none_or(|own| peak > own + own / 8));
        let (user_ns, sys_ns, tally) = (all.user_ns, all.sys_ns, complaint(complained));
        Answer::Sampled(Box::new(Sample { wall_ns, user_ns, sys_ns, peak_bytes, tally, other_tally: None, counters }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::path_text::PathText;
    use super::*;
    use crate::strategy::Level;

    fn parsed_tally(output: Output, text: &[u8]) -> Tally {
        let spec = Spec::new(vec![PathText::Text("ls".into())], output);
        let open = Open {
            strategy: "x".into(),
            want: Want::Names,
            level: Level::Tree,
            root: PathText::Text("/t".into()),
            threads: 1,
            entries: 0,
            command: None,
        };
        let opened = OpenedCommand::new(&open, &spec).unwrap();
        opened.parse(text, None).0
    }

    fn parsed(output: Output, text: &[u8]) -> (u64, u64) {
        let tally = parsed_tally(output, text);
        (tally.entries, tally.name_bytes)
    }

    #[test]
    fn paths_are_read_below_the_root_and_the_root_is_none() {
        assert_eq!(parsed(Output::Paths { fields: 0 }, b"/t\0/t/a\0/t/a/new\nline\0"), (2, 9));
        assert_eq!(parsed(Output::Paths { fields: 2 }, b"4 5 /t/a b\0"), (1, 3));
        assert_eq!(parsed(Output::Guess, b".\n./a\n./d/\n"), (2, 2));
    }

    #[test]
    fn sections_of_ls_are_read_whatever_is_empty() {
        let text = b"/t:\na\0empty\0none\0\n/t/empty:\n\n/t/none:\n\n/t/a:\nnew\nline\0";
        assert_eq!(parsed(Output::Sections, text), (4, 18));
    }

    #[test]
    fn a_total_may_be_grouped() {
        assert_eq!(parsed(Output::Total, b"151,040 entries: 3 files"), (151_040, 0));
    }

    #[test]
    fn a_usage_is_right_with_the_root_or_without_it_and_one_of_files_with_several_names_is_not_judged() {
        let judged_as = |spec: Output, said: &[u8], has_links: bool| {
            let seen = Verified { tally: parsed_tally(spec, said), digest: None, errors: Vec::new(), ignored: None };
            let usage = Some(Usage { entries: 8192, root: 4096, has_links });
            judge(spec, &seen, &Expected { names: Default::default(), kinds: Tally::default(), usage })
        };
        let judged = |said: &[u8], has_links: bool| judged_as(Output::Usage { unit: 1024 }, said, has_links);
        assert_eq!(judged(b"12\t/t\n", false), Ok(VerifiedBy::Tally));
        assert_eq!(judged(b"  8 /t\n", false), Ok(VerifiedBy::Tally));
        assert!(judged(b"11\t/t\n", false).is_err_and(|why| why.contains("11264 bytes")));
        assert!(judged(b"", false).is_err());
        assert_eq!(judged(b"11\t/t\n", true), Ok(VerifiedBy::Nothing));
        let parts = b"      4096 b 7\n      4096 b new\nline\n      8192 b total\n";
        assert_eq!(judged_as(Output::UsageTotal, parts, false), Ok(VerifiedBy::Tally));
        assert!(judged_as(Output::Usage { unit: 1 }, parts, false).is_err());
    }

    #[test]
    fn output_and_complaints_are_read_at_once_however_much_of_each_there_is() {
        // More than a pipe holds, of either before the other.
        let script = "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2";
        let mut command = Command::new("sh");
        let mut child = command.args(["-c", script]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (text, complaints) = read_both(child.stdout.take().unwrap(), child.stderr.take().unwrap()).unwrap();
        assert_eq!((text.len(), complaints.len()), (300_000, MOST_COMPLAINTS));
        assert!(child.wait().unwrap().success());
    }
}
