//! `--ranks`: what each rank did, and how evenly the work was shared.

use fsbench_mpi::schedule::Counts;
use fsbench_mpi::walk::{Totals, Walked};
use fsbench_mpi::world::World;
use std::fmt::Write;
use std::time::Duration;

/// What one rank did.
pub(super) struct Row {
    pub(super) totals: Totals,
    counts: Counts,
    most_bytes: u64,
}

/// The rows of all ranks, on every rank.
pub(super) fn gather<V>(world: &World, walked: &Walked<V>) -> Vec<Row> {
    let Counts { asked, given, taken, sums } = walked.counts;
    let mut mine = vec![asked, given, taken, sums, walked.most_bytes as u64];
    mine.extend(walked.totals.numbers());
    let row = |numbers: Vec<u64>| {
        let &[asked, given, taken, sums, most_bytes, ref totals @ ..] = &numbers[..] else {
            unreachable!("each rank sends as many numbers as this one")
        };
        Row { totals: Totals::from_numbers(totals), counts: Counts { asked, given, taken, sums }, most_bytes }
    };
    world.gather(&mine).into_iter().map(row).collect()
}

/// A line for each, the imbalance, and how long the walk took, without what starts and ends the job.
pub(super) fn table(rows: &[Row], wall: Duration) -> String {
    let mut text = format!(
        "{:>5} {:>12} {:>11} {:>12} {:>10} {:>8} {:>7} {:>7} {:>6} {:>12}\n",
        "Rank", "Entries", "Listed", "Questions", "Busy s", "Asked", "Given", "Taken", "Sums", "Most bytes"
    );
    for (rank, Row { totals, counts, most_bytes }) in rows.iter().enumerate() {
        let line = writeln!(
            text,
            "{rank:>5} {:>12} {:>11} {:>12} {:>10.3} {:>8} {:>7} {:>7} {:>6} {most_bytes:>12}",
            totals.entries(),
            totals.listed,
            totals.questions,
            totals.busy_ns as f64 / 1e9,
            counts.asked,
            counts.given,
            counts.taken,
            counts.sums,
        );
        line.expect("writing to memory cannot fail");
    }
    let imbalance = |of: fn(&Totals) -> u64| {
        let (most, sum) =
            rows.iter().map(|row| of(&row.totals)).fold((0, 0), |(most, sum), one| (one.max(most), sum + one));
        most as f64 * rows.len() as f64 / sum.max(1) as f64
    };
    let (questions, busy) = (imbalance(|totals| totals.questions), imbalance(|totals| totals.busy_ns));
    text + &format!(
        "Imbalance, largest over mean: {questions:.3} by questions, {busy:.3} by time; walked in {:.3} s",
        wall.as_secs_f64()
    )
}
