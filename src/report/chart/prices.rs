//! Chart of what single system calls cost: a bar for each.

use super::super::criterion::{Headline, headlines};
use super::super::footer;
use super::super::number::{duration, duration_interval};
use super::super::text::printable;
use super::axis::{Scale, Unit};
use super::look::series;
use super::row::{Drawing, Row};
use super::rows::Rows;
use super::{Chart, Figure};
use crate::bench::Saved;

/// The chart; none where no call was priced.
pub(super) fn chart(saved: &Saved) -> Option<Chart> {
    let rows: Vec<Row> = headlines(saved).into_iter().map(row).collect();
    (!rows.is_empty()).then(|| Chart {
        slug: "prices".to_owned(),
        title: "What a call costs".to_owned(),
        about: rows.iter().map(|row| row.words.as_str()).collect::<Vec<_>>().join(". "),
        source: saved.notes.environment.as_ref().map(footer::machine).unwrap_or_default(),
        figure: Figure::Rows(Rows::new(
            Scale::Linear,
            Unit::Time,
            "Time of one call, warm; line: 95 % interval of the median",
            rows,
        )),
    })
}

fn row(headline: Headline) -> Row {
    let Headline { call, about, estimate } = headline;
    let words = printable(&format!("{call}, {about}: {}", duration_interval(&estimate)));
    let mark = Drawing::Bar { estimate, samples: Vec::new(), colour: series(0), before: None };
    Row { name: call.to_owned(), detail: about.to_owned(), mark, value: duration(estimate.median), words }
}
