//! `fsbench strategies`: every strategy, and whether it can run here.

use super::{Failed, Status, print};
use clap::Args;
use fsbench::list::{Options, Standing, Want};
use fsbench::report::{Align, Grid, Width, lay_out};
use fsbench::strategy::Strategy;

/// List every strategy: what it does, what can be asked of it, whether it can run here
#[derive(Args)]
#[command(after_help = "\
A tree-level strategy of ours takes any directory-level one below it: WALKER:LISTER, such as serial:readdir.")]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments) -> Result<Status, Failed> {
    let columns = [("Name", 0), ("Lists", 0), ("Wants", 0), ("Factors", 1), ("What it does", 2), ("Here", 0)];
    let mut grid = Grid::new("", &columns.map(|(heading, dispensable)| (heading, Align::Left, dispensable)));
    for strategy in Strategy::all() {
        let wants: Vec<Want> = Want::ALL.into_iter().filter(|&want| strategy.delivers(want)).collect();
        let Some(&most) = wants.last() else { continue };
        let here = match strategy.open(most, &Options::default()) {
            Ok(_) => "yes".to_owned(),
            Err(reason) => format!("no: {reason}"),
        };
        let lists = match strategy.standing() {
            Standing::Ranked => strategy.level().to_string(),
            Standing::Null => "nothing".to_owned(),
        };
        let words: Vec<String> = wants.iter().map(ToString::to_string).collect();
        grid.rows.push(vec![
            strategy.name().into_owned(),
            lists,
            words.join(", "),
            strategy.factors(most).to_string(),
            strategy.about().into_owned(),
            here,
        ]);
    }
    print(&format!("{}\n", lay_out(&grid, super::terminal_columns().map_or(Width::Any, Width::Columns))))?;
    Ok(Status::Fine)
}
