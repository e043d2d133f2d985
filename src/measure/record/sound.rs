//! Checks whether a record makes sense: what no session writes is refused when it is read, not shown as "-inf times".
//!
//! Times and ratios are above 0 and their intervals the right way round, indices are of something, and what was
//! measured has samples. Nothing is said of whether the numbers are true.

use super::{CaseRecord, Measurement, Outcome, Record, ViewRecord};
use crate::measure::change::Change;
use crate::measure::stats::Estimate;

/// What is wrong with a record: the field, and why.
///
/// # Errors
/// With the first that makes no sense.
pub(super) fn check(record: &Record) -> Result<(), String> {
    if record.schema == 0 {
        return Err("schema: there is no 0".to_owned());
    }
    at_least_0("rounds.seconds", record.rounds.seconds)?;
    at_least_0("ruler.clock_ns", record.ruler.clock_ns)?;
    record.ruler.null_ns_per_entry.map_or(Ok(()), |ns| at_least_0("ruler.null_ns_per_entry", ns))?;
    record.ruler.same.map_or(Ok(()), |same| estimate("ruler.same", &same))?;
    for (index, found) in record.cases.iter().enumerate() {
        let about = |why| format!("cases[{index}].{why}");
        case(record, found).map_err(about)?;
    }
    for (index, found) in record.views.iter().enumerate() {
        let about = |why| format!("views[{index}].{why}");
        view(record, found).map_err(about)?;
    }
    Ok(())
}

fn case(record: &Record, case: &CaseRecord) -> Result<(), String> {
    below("target", case.target, record.targets.len())?;
    match &case.outcome {
        Outcome::Measured(measurement) => measured(measurement).map_err(|why| format!("measured.{why}")),
        _ => Ok(()),
    }
}

fn measured(measurement: &Measurement) -> Result<(), String> {
    if measurement.iterations == 0 || measurement.samples.is_empty() {
        return Err("samples: there is none".to_owned());
    }
    estimate("wall_ns", &measurement.wall_ns)?;
    at_least_0("user_ns", measurement.user_ns)?;
    at_least_0("sys_ns", measurement.sys_ns)?;
    for (name, rounds) in [("outliers", &measurement.outliers), ("changed", &measurement.changed)] {
        rounds.iter().try_for_each(|&round| below(name, round, measurement.samples.len()))?;
    }
    Ok(())
}

fn view(record: &Record, view: &ViewRecord) -> Result<(), String> {
    below("target", view.target, record.targets.len())?;
    view.floor.map_or(Ok(()), |floor| below("floor", floor, record.cases.len()))?;
    if !view.rows.is_empty() {
        below("baseline", view.baseline, record.cases.len())?;
    }
    view.references.iter().try_for_each(|&case| below("references", case, record.cases.len()))?;
    for (index, row) in view.rows.iter().enumerate() {
        let about = |why| format!("rows[{index}].{why}");
        below("case", row.case, record.cases.len()).map_err(about)?;
        row.ratio.map_or(Ok(()), |ratio| estimate("ratio", &ratio)).map_err(about)?;
        row.floor_ns.map_or(Ok(()), |floor| above_0("floor_ns", floor)).map_err(about)?;
        row.change.as_ref().map_or(Ok(()), |it| change(it, record.cases.len())).map_err(about)?;
    }
    Ok(())
}

fn change(change: &Change, cases: usize) -> Result<(), String> {
    estimate("change.wall_ns", &change.wall_ns)?;
    for (name, end) in [("change.surely.low", change.surely.low), ("change.surely.high", change.surely.high)] {
        end.map_or(Ok(()), |end| above_0(name, end))?;
    }
    let Some(then) = change.to_baseline else { return Ok(()) };
    then.to.map_or(Ok(()), |to| below("change.to_baseline.to", to, cases))?;
    estimate("change.to_baseline.now", &then.now)?;
    estimate("change.to_baseline.then", &then.then)
}

fn estimate(name: &str, estimate: &Estimate) -> Result<(), String> {
    [estimate.median, estimate.low, estimate.high].into_iter().try_for_each(|value| above_0(name, value))?;
    if estimate.low > estimate.high {
        return Err(format!("{name}: its interval ends before it begins"));
    }
    Ok(())
}

fn above_0(name: &str, value: f64) -> Result<(), String> {
    if value.is_finite() && value > 0.0 { Ok(()) } else { Err(format!("{name}: {value} is not above 0")) }
}

fn at_least_0(name: &str, value: f64) -> Result<(), String> {
    if value.is_finite() && value >= 0.0 { Ok(()) } else { Err(format!("{name}: {value} is below 0")) }
}

fn below(name: &str, index: usize, length: usize) -> Result<(), String> {
    if index < length { Ok(()) } else { Err(format!("{name}: there is no {index} of {length}")) }
}
