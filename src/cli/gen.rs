//! `fsbench gen`: trees to list.

use super::progress::Progress;
use super::{Failed, Status, catch_signals, leftover, number, print, say, target};
use clap::Args;
use fsbench::error::{Error, Escaped};
use fsbench::interrupt::Interrupt;
use fsbench::list::Kind;
use fsbench::report::{count, counted, counted_kind};
use fsbench::tree::{self, Findings, Manifest, Shape, Spec};
use std::path::{Path, PathBuf};

/// Make a tree to list: the same on every machine, for the same shape, entries and seed
#[derive(Args)]
#[command(after_help = "\
Beside the tree lies its manifest, DIR.fsbench.json. It says what was made, so that --verify can say what is different, \
and --remove can leave all that is: files that were written to or added, links that lead elsewhere, mount points. A tree \
whose making was cut off has a manifest too.

Examples:
  fsbench gen source ./tree --entries 1m --seed 7
  fsbench gen --verify ./tree
  fsbench gen --remove ./tree

Exit status: 0 if all is well, 1 if the tree is not as it was made or something of it stays, 2 if nothing could be \
done.")]
pub(super) struct Arguments {
    /// How the tree is laid out
    #[arg(value_enum, required_unless_present_any = ["verify", "remove"])]
    shape: Option<Shape>,
    /// Where: a folder that does not exist yet, or is empty
    #[arg(required_unless_present_any = ["verify", "remove"])]
    dir: Option<PathBuf>,
    /// Number of entries below it, directories included, such as 10k or 1m; `empty` has none
    #[arg(long, value_name = "N", value_parser = number::count, default_value = "100k")]
    entries: u64,
    /// Seed: which of all such trees is made
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Compare a tree with its manifest, and tell the differences
    #[arg(long, value_name = "DIR", conflicts_with_all = ["shape", "dir", "remove", "entries", "seed"])]
    verify: Option<PathBuf>,
    /// Remove what is unchanged since it was made, and tell what stays
    #[arg(long, value_name = "DIR", conflicts_with_all = ["shape", "dir", "entries", "seed"])]
    remove: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Status, Failed> {
    let interrupt = catch_signals()?;
    let Arguments { shape, ref dir, entries, seed, ref verify, ref remove } = *arguments;
    // Of one that is not there or is a link, the library knows more to say.
    let is_there = |dir: &&PathBuf| dir.symlink_metadata().is_ok_and(|meta| !meta.is_symlink());
    for dir in [dir, verify, remove].into_iter().flatten().filter(is_there) {
        target::directory(dir).map_err(Failed::Serious)?;
    }
    let mut progress = Progress::new();
    let outcome = match (verify, remove, shape, dir) {
        (Some(dir), ..) => check(dir, &mut progress, &interrupt),
        (_, Some(dir), ..) => strip(dir, &mut progress, &interrupt),
        (_, _, Some(shape), Some(dir)) => make(dir, &Spec { shape, entries, seed }, &mut progress, &interrupt),
        // clap has seen to it.
        _ => return Err(Failed::Serious("a shape and a folder are needed".to_owned())),
    };
    progress.clear();
    let (text, status) = match outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            if let Err(interrupted) = interrupt.check() {
                say(&error.to_string());
                return Err(interrupted.into());
            }
            return Err(error.into());
        }
    };
    print(&text)?;
    Ok(status)
}

/// What goes to standard output, and the exit status.
type Outcome = Result<(String, Status), Error>;

fn make(dir: &Path, spec: &Spec, progress: &mut Progress, interrupt: &Interrupt) -> Outcome {
    leftover::tell_beside(dir);
    progress.start("creating", spec.entries);
    let bar = progress.bar();
    let made = tree::generate(dir, spec, &|made| bar.set_position(made), interrupt.flag());
    let manifest = made.inspect_err(|not| {
        bar.finish_and_clear();
        if not.stays {
            say(&format!("what was made stays; `fsbench gen --remove '{}'` removes it", Escaped(dir)));
        }
    })?;
    Ok((format!("{}  {}\n", describe(&manifest), Escaped(dir)), Status::Fine))
}

fn check(dir: &Path, progress: &mut Progress, interrupt: &Interrupt) -> Outcome {
    let manifest = Manifest::read(dir)?;
    progress.start("verifying", manifest.entries);
    let bar = progress.bar();
    let findings = tree::verify(dir, &|done| bar.set_position(done), interrupt.flag())?;
    let mut text = list(&findings);
    let unfinished = manifest.contents.is_none();
    if unfinished {
        text += "the tree was never finished\n";
    }
    if findings.total == 0 && !unfinished {
        return Ok((format!("as it was made: {}  {}\n", describe(&manifest), Escaped(dir)), Status::Fine));
    }
    let verb = if findings.total == 1 { "differs" } else { "differ" };
    text += &format!("{} of {} {verb}  {}\n", count(findings.total), describe(&manifest), Escaped(dir));
    Ok((text, Status::Minor))
}

fn strip(dir: &Path, progress: &mut Progress, interrupt: &Interrupt) -> Outcome {
    progress.start("removing", Manifest::read(dir)?.entries);
    let bar = progress.bar();
    let removal = tree::remove(dir, &|done| bar.set_position(done), interrupt.flag())?;
    if let Some(error) = &removal.unlocked {
        say(&format!("{error}: nothing kept others from making or removing a tree there meanwhile"));
    }
    let mut text = list(&removal.left);
    text += &format!("{} removed", counted(removal.removed, "entry", "entries"));
    if removal.left.total == 0 {
        return Ok((format!("{text}, and the manifest  {}\n", Escaped(dir)), Status::Fine));
    }
    let stay = counted(removal.left.total, "stays", "stay");
    text += &format!("; {stay}, and so does the manifest  {}\n", Escaped(dir));
    Ok((text, Status::Minor))
}

/// One finding a line.
fn list(findings: &Findings) -> String {
    let mut text: String = findings.first.iter().map(|finding| format!("{finding}\n")).collect();
    let more = findings.total - findings.first.len() as u64;
    if more > 0 {
        text += &format!("and {} more\n", count(more));
    }
    text
}

/// `source, 100,000 entries, seed 7: 93,515 files, 6,485 directories`
fn describe(manifest: &Manifest) -> String {
    let mut line = target::described(&manifest.spec());
    if let Some(contents) = &manifest.contents {
        let kinds = [
            (contents.files, Kind::File),
            (contents.directories, Kind::Directory),
            (contents.links, Kind::Symlink),
            (contents.fifos, Kind::Fifo),
            (contents.sockets, Kind::Socket),
        ];
        let kinds: Vec<_> = kinds.iter().filter(|(n, _)| *n > 0).map(|&(n, kind)| counted_kind(n, kind)).collect();
        if !kinds.is_empty() {
            line += &format!(": {}", kinds.join(", "));
        }
    }
    line
}
