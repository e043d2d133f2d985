//! `fsbench strategies`: every strategy, and whether it can run here, or on the file system of a directory.

use super::screen::screen;
use super::{Failed, Status, show, target};
use clap::Args;
use fsbench::error::{Error, Unsupported};
use fsbench::list::{Options, Standing, Want};
use fsbench::report::{Align, Detail, Grid, Row, Tone, lay_out};
use fsbench::strategy::Strategy;
use std::path::{Path, PathBuf};

/// List every strategy: what it does, what can be asked of it, whether it can run here
#[derive(Args)]
#[command(after_help = "\
A tree-level strategy of ours takes any directory-level one below it: WALKER:LISTER, such as serial:readdir.

Examples:
  fsbench strategies             what there is
  fsbench strategies /mnt/nfs    what can run on the file system of that directory")]
pub(super) struct Arguments {
    /// A directory: some strategies can run on some file systems only
    dir: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Status, Failed> {
    let dir = arguments.dir.as_deref();
    if let Some(dir) = dir {
        target::directory(dir).map_err(Failed::Serious)?;
        std::fs::read_dir(dir).map_err(|error| Error::new("opendir", dir, error))?;
    }
    let columns = [
        ("Name", Align::Left, 0),
        ("Lists", Align::Left, 0),
        ("Wants", Align::Left, 0),
        (if dir.is_some() { "There" } else { "Here" }, Align::Left, 0),
        ("Factors", Align::Left, 6),
        ("What it does", Align::Prose, 0),
    ];
    let mut grid = Grid::new("", &columns);
    for strategy in Strategy::all() {
        let wants: Vec<Want> = Want::ALL.into_iter().filter(|&want| strategy.delivers(want)).collect();
        let Some(&most) = wants.last() else { continue };
        let can = can_run(strategy, most, dir);
        let lists = match strategy.standing() {
            Standing::Ranked => strategy.level().to_string(),
            Standing::Null => "nothing".to_owned(),
        };
        let words: Vec<String> = wants.iter().map(ToString::to_string).collect();
        let about = strategy.about();
        let (here, about, tone) = match can {
            Ok(()) => ("yes", about.into_owned(), Tone::Plain),
            Err(reason) => ("no", format!("{about}. Cannot run: {reason}"), Tone::Absent),
        };
        let factors = strategy.factors(most).to_string();
        let cells = vec![strategy.name().into_owned(), lists, words.join(", "), here.to_owned(), factors, about];
        grid.rows.push(Row { tone, ..cells.into() });
    }
    let screen = screen(Detail::Short);
    show(&lay_out(&grid, &screen), &screen)?;
    Ok(Status::Fine)
}

/// Whether it can run on this machine, and, if one is named, on that directory's file system.
fn can_run(strategy: Strategy, want: Want, dir: Option<&Path>) -> Result<(), Unsupported> {
    let mut run = strategy.open(want, &Options::default())?;
    dir.map_or(Ok(()), |dir| run.prepare(dir))
}
