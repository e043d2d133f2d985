//! `fsbench gen`: trees to list.

use super::progress::Progress;
use super::{Failed, Status, print, say};
use clap::Args;
use fsbench::error::{Error, Escaped};
use fsbench::interrupt::Interrupt;
use fsbench::report::count;
use fsbench::tree::{self, Manifest, Shape, Spec};
use std::path::{Path, PathBuf};

/// Make a tree to list: the same on every machine, for the same shape, entries and seed
#[derive(Args)]
#[command(after_help = "\
Beside the tree lies its manifest, DIR.fsbench.json. A tree whose making was cut off has one too.

Examples:
  fsbench gen source ./tree --entries 1000000 --seed 7")]
pub(super) struct Arguments {
    /// How the tree is laid out
    #[arg(value_enum)]
    shape: Shape,
    /// Where: a folder that does not exist yet, or is empty
    dir: PathBuf,
    /// How many entries there are to be below it, directories included
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    entries: u64,
    /// Which of all such trees it is to be
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

pub(super) fn run(arguments: &Arguments) -> Result<Status, Failed> {
    let interrupt = Interrupt::catch().map_err(|error| Error::new("sigaction", "", error))?;
    let Arguments { shape, ref dir, entries, seed } = *arguments;
    let mut progress = Progress::new();
    progress.start("creating", entries);
    let bar = progress.bar();
    let made = tree::generate(dir, &Spec { shape, entries, seed }, &|made| bar.set_position(made), interrupt.flag());
    progress.clear();
    match made {
        Ok(manifest) => print(&format!("{}\n", describe(dir, &manifest))).map(|()| Status::Fine),
        Err(error) => {
            if interrupt.check().is_err() {
                say(&error.to_string());
            }
            interrupt.check()?;
            Err(error.into())
        }
    }
}

/// `source, 100,000 entries, seed 7: 93,515 files, 6,485 directories  ./tree`
fn describe(dir: &Path, manifest: &Manifest) -> String {
    let mut line = format!("{}, {} entries, seed {}", manifest.shape, count(manifest.entries), manifest.seed);
    if let Some(contents) = &manifest.contents {
        let kinds = [
            (contents.files, "files"),
            (contents.directories, "directories"),
            (contents.links, "links"),
            (contents.fifos, "fifos"),
            (contents.sockets, "sockets"),
        ];
        let kinds: Vec<_> = kinds.iter().filter(|(n, _)| *n > 0).map(|&(n, of)| format!("{} {of}", count(n))).collect();
        if !kinds.is_empty() {
            line += &format!(": {}", kinds.join(", "));
        }
    }
    format!("{line}  {}", Escaped(dir))
}
