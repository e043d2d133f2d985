//! `fsbench env`: what the machine is, what would disturb a measurement on it, and what cannot be measured here.

use super::screen::screen;
use super::{Failed, Status, print, show};
use clap::{Args, ValueEnum};
use fsbench::error::Error;
use fsbench::escape::Plain;
use fsbench::measure::condition::{self, Condition, Verdict};
use fsbench::measure::environment::Environment;
use fsbench::measure::file_system::FileSystem;
use fsbench::report::{Align, Detail, Grid, Screen, bytes, lay_out};
use serde::Serialize;
use std::path::PathBuf;

/// Say what the machine is, what would disturb a measurement, and what is missing here
#[derive(Args)]
#[command(after_help = "\
Every record of a comparison carries the same. Nothing is changed: what to do about it is said, and yours to \
do.

Examples:
  fsbench env                    the machine, and the file system of the current directory
  fsbench env /mnt/nfs           that of another one
  fsbench env --format json      for a script")]
pub(super) struct Arguments {
    /// Directories whose file systems are looked at [default: the current one]
    dirs: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// What `--format json` prints.
#[derive(Serialize)]
struct Found {
    environment: Environment,
    file_systems: Vec<Looked>,
}

/// What was found about a directory's file system.
#[derive(Serialize)]
struct Looked {
    dir: fsbench::measure::path_text::PathText,
    file_system: FileSystem,
    condition: Condition,
}

pub(super) fn run(arguments: &Arguments) -> Result<Status, Failed> {
    let here = [PathBuf::from(".")];
    let dirs = if arguments.dirs.is_empty() { &here } else { &arguments.dirs[..] };
    let look = |dir: &PathBuf| {
        std::fs::metadata(dir).map_err(|error| Error::new("stat", dir, error))?;
        let file_system = FileSystem::of(dir);
        let condition = condition::of_file_system(&file_system);
        Ok(Looked { dir: dir.clone().into(), file_system, condition })
    };
    let file_systems = dirs.iter().map(look).collect::<Result<Vec<Looked>, Error>>()?;
    let found = Found { environment: Environment::read(), file_systems };
    match arguments.format {
        Format::Table => {
            let screen = screen(Detail::Full);
            show(&table(&found, &screen), &screen)?;
        }
        Format::Json => {
            let json = fsbench::escape::json(&found).map_err(|error| Failed::Serious(error.to_string()))?;
            print(&format!("{json}\n"))?;
        }
    }
    Ok(Status::Fine)
}

fn table(found: &Found, screen: &Screen) -> String {
    let environment = &found.environment;
    let memory = environment.memory_bytes.map_or(String::new(), |memory| format!(", {} of memory", bytes(memory)));
    let (cpu, kernel) = (Plain(&environment.cpu), Plain(&environment.kernel));
    let mut text = format!("{} x {cpu}{memory}; {kernel}\n", environment.cores);
    let of_file_systems = found.file_systems.iter().map(|looked| {
        let dir = fsbench::error::Escaped(&PathBuf::from(&looked.dir)).to_string();
        Condition { name: format!("{} of {dir}", looked.condition.name), ..looked.condition.clone() }
    });
    let conditions: Vec<Condition> = environment.conditions.iter().cloned().chain(of_file_systems).collect();
    let parts = [
        (Verdict::Disturbs, "Would disturb a measurement", "What it does, and what to do"),
        (Verdict::Missing, "Missing here", "What it withholds, and what it takes"),
        (Verdict::Fine, "Well", ""),
    ];
    for (verdict, title, meaning) in parts {
        let found = if meaning.is_empty() { Align::Prose } else { Align::Left };
        let columns = [("What", Align::Left, 0), ("Found", found, 0), (meaning, Align::Prose, 0)];
        let columns = if meaning.is_empty() { &columns[..2] } else { &columns };
        let mut grid = Grid::new(title, columns);
        for condition in conditions.iter().filter(|condition| condition.verdict == verdict) {
            let cells = [&condition.name, &condition.found, &condition.meaning];
            grid.rows.push(cells.into_iter().take(columns.len()).cloned().collect::<Vec<_>>().into());
        }
        if !grid.rows.is_empty() {
            text.push_str(&format!("\n{title}\n{}", lay_out(&grid, screen)));
        }
    }
    text
}
