//! `fsbench report --criterion`: what `cargo bench` measured, shown.

use super::{Failed, Status, print_as};
use clap::Args;
use fsbench::bench::{Saved, saved};
use fsbench::report::{Detail, Format, criterion};
use std::path::{Path, PathBuf};

#[derive(Args)]
#[group(skip)] // flattened into `report`, whose group has this name
pub(super) struct Arguments {
    /// What `cargo bench` measured, from Criterion's folder [default: target/criterion, or as $CRITERION_HOME and
    /// $CARGO_TARGET_DIR say]: the price list, a table a group, and each strategy explained by its calls' prices; after records,
    /// a part of their page or deck
    #[arg(long, value_name = "DIR", num_args = 0..=1, conflicts_with = "splice")]
    pub(super) criterion: Option<Option<PathBuf>>,
    /// With --criterion: what was saved under this name; twice, to hold the second against the first
    #[arg(long = "baseline", value_name = "NAME", requires = "criterion")]
    pub(super) baselines: Vec<String>,
}

/// What was measured last, for a report that has records, too.
pub(super) fn last(folder: Option<&Path>) -> Result<Saved, Failed> {
    Ok(Saved::read(&folder.map_or_else(saved::usual_folder, Path::to_owned), saved::LAST)?)
}

pub(super) fn run(folder: Option<&Path>, baselines: &[String], format: Format) -> Result<Status, Failed> {
    let folder = folder.map_or_else(saved::usual_folder, Path::to_owned);
    let screen = super::screen::screen(Detail::Full);
    let read = |baseline: &str| Saved::read(&folder, baseline);
    let told = match baselines {
        [] => criterion::tell(&read(saved::LAST)?, format, &screen),
        [only] => criterion::tell(&read(only)?, format, &screen),
        [_, _] if format == Format::Csv => {
            return Err(Failed::Serious("--format csv is of one baseline at a time".to_owned()));
        }
        [before, after] => criterion::compare(&read(before)?, &read(after)?, format, &screen),
        _ => return Err(Failed::Serious("--baseline may be given twice, not more often".to_owned())),
    };
    print_as(format, &told, &screen)?;
    Ok(Status::Fine)
}
