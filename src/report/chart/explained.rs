//! Chart of what strategies should take, by their calls' prices, over what they took.

use super::super::criterion::{Explanation, Part, explanations};
use super::super::footer;
use super::super::number::{duration, duration_interval, signed};
use super::super::text::printable;
use super::axis::{Scale, Unit};
use super::look::{Colour, series};
use super::row::{Drawing, Row};
use super::rows::Rows;
use super::{Chart, Figure};
use crate::bench::Saved;

/// What a bar measured is drawn as.
const MEASURED: Colour = Colour { class: "measured", hex: "#8c959f" };

/// The chart; none where nothing is explained.
pub(super) fn chart(saved: &Saved) -> Option<Chart> {
    let explained = explanations(saved);
    let has = |part: &Part| explained.iter().any(|one| one.parts.iter().any(|(kind, ns)| kind == part && *ns > 0.0));
    let parts: Vec<(Part, Colour)> =
        Part::ALL.into_iter().filter(has).enumerate().map(|(index, part)| (part, series(index))).collect();
    let rows: Vec<Row> = explained.iter().map(|one| row(one, &parts)).collect();
    let legend = parts.iter().map(|(part, colour)| (*colour, part.name().to_owned()));
    let legend = legend.chain([(MEASURED, "measured".to_owned())]).collect();
    let measure = "above: calls counted x price of each; below: measured, with its 95 % interval";
    (!rows.is_empty()).then(|| Chart {
        slug: "explained".to_owned(),
        title: "Calls counted, times the price of each".to_owned(),
        about: rows.iter().map(|row| row.words.as_str()).collect::<Vec<_>>().join(". "),
        source: saved.notes.environment.as_ref().map(footer::machine).unwrap_or_default(),
        figure: Figure::Rows(Rows { legend, ..Rows::new(Scale::Linear, Unit::Time, measure, rows) }),
    })
}

fn row(one: &Explanation, parts: &[(Part, Colour)]) -> Row {
    let stack = parts.iter().map(|(part, colour)| {
        let ns: f64 = one.parts.iter().filter(|(kind, _)| kind == part).map(|(_, ns)| ns).sum();
        (*colour, ns, String::new())
    });
    let predicted = one.predicted();
    let residual = signed(one.measured.median / predicted);
    let words = format!(
        "{}: {} by its calls, took {} ({residual})",
        one.name,
        duration(predicted),
        duration_interval(&one.measured)
    );
    Row {
        name: printable(&one.name),
        detail: String::new(),
        mark: Drawing::Held(stack.collect(), one.measured),
        value: residual,
        words: printable(&words),
    }
}
