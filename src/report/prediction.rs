//! The price of distance on one page: what each way of listing waits for, and what that comes to.

use super::grid::{Align, Grid, dash};
use super::number::{count, counted, duration, significant};
use super::text::{self, printable};
use super::{Format, Screen, terminal};
use crate::error::Escaped;
use crate::list::Want;
use crate::measure::predict::command::Concurrency;
use crate::measure::predict::strategy::IN_FLIGHT;
use crate::measure::predict::{Distance, Outcome, Prediction, Row, Subject, Waits};
use crate::strategy::Level;
use std::path::PathBuf;

/// A prediction in that format, ending in a newline. `screen` is where a table goes.
pub fn prediction(prediction: &Prediction, format: Format, screen: &Screen) -> String {
    let told = || match &prediction.subject {
        Subject::Listing { rows, .. } => (tables(rows), listing(prediction)),
        Subject::Command { rows, .. } => (vec![command_table(rows.alone, rows.shared)], command(prediction)),
    };
    match format {
        Format::Json => super::json(prediction),
        Format::Csv => csv(prediction),
        Format::Table => {
            let (grids, lines) = told();
            terminal::grids(&grids, &lines, screen)
        }
        Format::Markdown => {
            let (grids, lines) = told();
            text::marked(&[], &grids, &lines)
        }
    }
}

/// `4.10 min`: times that one waits for have larger units, too.
fn long(ns: f64) -> String {
    match ns / 1e9 {
        seconds if seconds < 120.0 => duration(ns),
        seconds if seconds < 7200.0 => format!("{} min", significant(seconds / 60.0)),
        seconds => format!("{} h", significant(seconds / 3600.0)),
    }
}

/// A table for each want.
fn tables(rows: &[Row]) -> Vec<Grid> {
    use Align::{Left, Prose, Right};
    let mut grids: Vec<(Want, Grid)> = Vec::new();
    let columns = [
        ("Strategy", Left, 0),
        ("Threads", Right, 0),
        ("Calls here", Right, 2),
        ("Answers", Right, 1),
        ("Waits in a row", Right, 0),
        ("Predicted", Right, 0),
        ("Note", Prose, 0),
    ];
    for row in rows {
        if grids.last().is_none_or(|(want, _)| *want != row.want) {
            grids.push((row.want, Grid::new(format!("From afar: {}", row.want), &columns)));
        }
        let Some((_, grid)) = grids.last_mut() else { continue };
        let name = printable(&row.strategy);
        let cells = match &row.outcome {
            Outcome::Predicted { calls, waits, .. } => [
                vec![name, row.threads.to_string(), count(*calls), count(waits.answers.total())],
                vec![count(waits.in_a_row), long(waits.ns), String::new()],
            ]
            .concat(),
            Outcome::Unpredicted(why) => {
                [vec![name, row.threads.to_string()], vec![dash(); 4], vec![printable(why)]].concat()
            }
        };
        grid.rows.push(cells.into());
    }
    let mut grids: Vec<Grid> = grids.into_iter().map(|(_, grid)| grid).collect();
    for grid in &mut grids {
        if grid.rows.iter().all(|row| row.cells.last().is_none_or(String::is_empty)) {
            grid.without("Note");
        }
    }
    grids
}

fn command_table(alone: Waits, shared: Option<Waits>) -> Grid {
    use Align::{Left, Right};
    let columns = [("Calls", Left, 0), ("Answers", Right, 0), ("Waits in a row", Right, 0), ("Predicted", Right, 0)];
    let mut grid = Grid::new("From afar", &columns);
    let row = |what: &str, waits: Waits| {
        vec![what.to_owned(), count(waits.answers.total()), count(waits.in_a_row), long(waits.ns)].into()
    };
    grid.rows.push(row("one after the other", alone));
    grid.rows.extend(shared.map(|shared| row("shared evenly", shared)));
    grid
}

/// What stands under the tables of a listing.
fn listing(prediction: &Prediction) -> Vec<String> {
    let Subject::Listing { root, level, entries, directories, long_listing, long_listing_together, rows, .. } =
        &prediction.subject
    else {
        return Vec::new();
    };
    let rtt = duration(prediction.distance.rtt_ns as f64);
    let root = Escaped(&PathBuf::from(root)).to_string();
    let many = format!("these {}", counted(*entries, "entry", "entries"));
    let these = if *entries == 1 { "this entry".to_owned() } else { many };
    let mut lines = vec![format!(
        "{root}: {} in {}; an answer takes {rtt}.",
        counted(*entries, "entry", "entries"),
        counted(*directories, "directory", "directories")
    )];
    lines.push(format!(
        "ls {} of {these} (one lookup by path and one ACL each) waits {}: at {rtt} that is {}; with {IN_FLIGHT} in flight, {}.",
        if *level == Level::Tree { "-lR" } else { "-l" },
        counted(long_listing.in_a_row, "time", "times"),
        long(long_listing.ns),
        long(long_listing_together.ns)
    ));
    let predicted = rows.iter().filter_map(|row| match &row.outcome {
        Outcome::Predicted { waits, .. } => Some((row, waits)),
        Outcome::Unpredicted(_) => None,
    });
    for want in Want::ALL {
        let best = predicted.clone().filter(|(row, _)| row.want == want).min_by_key(|(_, waits)| waits.in_a_row);
        if let Some((row, waits)) = best {
            let threads = if row.threads > 1 { format!(" with {} threads", row.threads) } else { String::new() };
            lines.push(format!(
                "Fewest waits for {want}: {}{threads}, {} in a row: {}.",
                printable(&row.strategy),
                counted(waits.in_a_row, "answer", "answers"),
                long(waits.ns)
            ));
        }
    }
    lines.push(assumed(&prediction.distance));
    lines
}

/// What stands under the table of a command.
fn command(prediction: &Prediction) -> Vec<String> {
    let Subject::Command { words, exit_status, fallback, trace, concurrency, rows } = &prediction.subject else {
        return Vec::new();
    };
    let words: Vec<String> = words.iter().map(|word| Escaped(&PathBuf::from(word)).to_string()).collect();
    let rtt = duration(prediction.distance.rtt_ns as f64);
    let mut lines = vec![format!(
        "{} makes {}, which wait for {}: at {rtt} that is {}.",
        words.join(" "),
        counted(trace.total(), "call", "calls"),
        counted(rows.alone.answers.total(), "answer", "answers"),
        long(rows.alone.ns)
    )];
    if *exit_status != Some(0) {
        lines.push(match exit_status {
            Some(status) => format!("It ended with status {status}: it may have asked less than it would."),
            None => "A signal ended it: it may have asked less than it would.".to_owned(),
        });
    }
    lines.push(seen(*concurrency));
    lines.push(
        "All its calls count, those that start it included; each path is taken for one name to be looked up. What is read of \
         files is left out."
            .to_owned(),
    );
    if trace.lost > 0 {
        lines.push(format!("LOST: {} calls are not among these.", count(trace.lost)));
    }
    lines.extend(fallback.iter().map(|why| format!("Counted by ptrace: {}.", printable(why))));
    lines.push(assumed(&prediction.distance));
    lines
}

/// What was seen of a command's concurrency.
fn seen(concurrency: Concurrency) -> String {
    let threads = match concurrency.started {
        0 => "It started no thread and no process: one call at a time.".to_owned(),
        started => format!(
            "It started {}: how many of its calls are under way at once was not seen. Assumed is one; what they come to if all share \
             them evenly stands beside it.",
            counted(started, "thread or process", "threads and processes")
        ),
    };
    match concurrency.uring_operations {
        0 => threads,
        operations => format!(
            "{threads} {} went through io_uring and are not among the answers.",
            counted(operations, "operation", "operations")
        ),
    }
}

/// What is assumed of the server.
fn assumed(distance: &Distance) -> String {
    let attributes = match (distance.keeps, distance.plus) {
        (false, _) => "no name and no attribute is kept",
        (true, false) => "names and attributes are kept",
        (true, true) => "names and attributes are kept, and come with the directory (READDIRPLUS)",
    };
    let types = if distance.types { "" } else { "; directories tell no types" };
    let answer = match distance.answer_bytes {
        Some(bytes) => format!("{} bytes of names", count(bytes)),
        None => "as many names as the reader's buffer holds".to_owned(),
    };
    format!("Assumed: {attributes}{types}; an answer has {answer}; any number of answers may be on their way.")
}

fn csv(prediction: &Prediction) -> String {
    let header = ["strategy", "want", "threads", "calls", "answers", "waits_in_a_row", "predicted_ns"];
    let line = |name: &str, want: &str, threads: String, calls: u64, waits: &Waits| {
        let numbers = [calls, waits.answers.total(), waits.in_a_row].map(|number| number.to_string());
        let ns = format!("{:.0}", waits.ns);
        [vec![name.to_owned(), want.to_owned(), threads], numbers.to_vec(), vec![ns]].concat()
    };
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    match &prediction.subject {
        Subject::Listing { rows, .. } => lines.extend(rows.iter().map(|row| {
            let (want, threads) = (row.want.to_string(), row.threads.to_string());
            match &row.outcome {
                Outcome::Predicted { calls, waits, .. } => line(&row.strategy, &want, threads, *calls, waits),
                Outcome::Unpredicted(_) => [vec![row.strategy.clone(), want, threads], vec![String::new(); 4]].concat(),
            }
        })),
        Subject::Command { words, trace, concurrency, rows, .. } => {
            let words: Vec<String> = words.iter().map(|word| Escaped(&PathBuf::from(word)).to_string()).collect();
            let name = words.join(" ");
            lines.push(line(&name, "", "1".to_owned(), trace.total(), &rows.alone));
            let threads = (concurrency.started + 1).to_string();
            lines.extend(rows.shared.map(|shared| line(&name, "", threads, trace.total(), &shared)));
        }
    }
    super::csv::text(lines)
}
