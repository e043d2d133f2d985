//! Draws a row's figures: bars, stacks, points.

use super::axis::Axis;
use super::look::{Colour, SERIES};
use super::row::Layout;
use super::svg::{Short, Svg, width};
use crate::measure::stats::Estimate;

/// A bar from 0, the step down from the row before it, its samples as dots, its interval as a whisker.
pub(super) fn bar(
    svg: &mut Svg,
    layout: &Layout,
    axis: &Axis,
    (y, height): (f64, f64),
    (estimate, samples, colour, before): (&Estimate, &[f64], Colour, Option<f64>),
) {
    let end = layout.x(axis, estimate.median);
    svg.rect((layout.left, y), (end - layout.left, height), colour.class, colour.hex);
    if let Some(before) = before.map(|before| layout.x(axis, before)).filter(|before| *before > end) {
        // The time that the step saved: hollow, from this bar's end to that of the row before.
        svg.element(
            "rect",
            &[
                ("x", &Short(end)),
                ("y", &Short(y)),
                ("width", &Short(before - end)),
                ("height", &Short(height)),
                ("class", &"saved"),
                ("fill", &"none"),
                ("stroke", &"#57606a"),
                ("stroke-dasharray", &"5 4"),
            ],
        );
    }
    let radius = layout.font * 0.13;
    for sample in samples.iter().filter(|sample| axis.holds(**sample)) {
        dot(svg, (layout.x(axis, *sample), y + height * 0.8), radius, 0.45);
    }
    if samples.iter().any(|sample| !axis.holds(*sample)) {
        // Samples beyond the axis: an arrow says that there are some.
        let (x, y) = (layout.right, y + height * 0.8);
        let path = format!(
            "M{} {}l{} {}l-{} {}z",
            Short(x),
            Short(y - radius * 2.0),
            Short(radius * 3.0),
            Short(radius * 2.0),
            Short(radius * 3.0),
            Short(radius * 2.0)
        );
        svg.element("path", &[("d", &path), ("class", &"sample"), ("fill", &"#1b1f24")]);
    }
    whisker(svg, layout, axis, (y + height * 0.4, height * 0.28), estimate, 2.0);
}

/// A stacked bar; a part that is wide enough has its name inside.
pub(super) fn stack(
    svg: &mut Svg,
    layout: &Layout,
    axis: &Axis,
    (y, height): (f64, f64),
    parts: &[(Colour, f64, String)],
) {
    let mut from = 0.0;
    let size = layout.small;
    for (colour, length, name) in parts {
        let (start, end) = (layout.x(axis, from), layout.x(axis, from + length));
        // A gap separates neighbours for those who cannot tell the colours.
        svg.rect((start, y), ((end - start - 1.5).max(0.5), height), colour.class, colour.hex);
        if width(name, size) + size < end - start {
            let at = (f64::midpoint(start, end), y + height * 0.7);
            svg.leaf(
                "text",
                &[
                    ("x", &Short(at.0)),
                    ("y", &Short(at.1)),
                    ("font-size", &Short(size)),
                    ("text-anchor", &"middle"),
                    ("class", &"inverse"),
                    ("fill", &"#ffffff"),
                ],
                name,
            );
        }
        from += length;
    }
}

/// What was predicted as a stack, and what was measured as a bar below it, with its interval.
pub(super) fn held(
    svg: &mut Svg,
    layout: &Layout,
    axis: &Axis,
    (y, height): (f64, f64),
    (parts, measured): (&[(Colour, f64, String)], &Estimate),
) {
    let half = height * 0.5;
    stack(svg, layout, axis, (y, half), parts);
    let end = layout.x(axis, measured.median);
    svg.rect((layout.left, y + half), (end - layout.left, half), "measured", "#8c959f");
    whisker(svg, layout, axis, (y + half * 1.5, half * 0.3), measured, 2.0);
}

/// More samples than this hide each other as dots.
const MOST_DOTS: usize = 60;

/// Every sample as a dot, one above the other so that few hide another; of many, how densely they lie. A stroke at the
/// median, with its interval.
pub(super) fn samples(
    svg: &mut Svg,
    layout: &Layout,
    axis: &Axis,
    (y, height): (f64, f64),
    (samples, estimate): (&[f64], &Estimate),
) {
    if samples.len() > MOST_DOTS {
        density(svg, layout, axis, (y, height), samples);
    } else {
        for (index, sample) in samples.iter().enumerate() {
            // Five lanes in turn: samples come in the order of the rounds, so neighbours in time are not in one lane.
            let lane = y + height * (0.1 + 0.2 * (index % 5) as f64);
            dot(svg, (layout.x(axis, *sample), lane), layout.font * 0.16, 0.55);
        }
    }
    let x = layout.x(axis, estimate.median);
    svg.line((x, y), (x, y + height), 3.0, "line c1", "#d55e00");
    whisker(svg, layout, axis, (y + height * 0.5, height * 0.2), estimate, 1.5);
}

/// A kernel density with a normal kernel and Silverman's bandwidth, as high as the row at its highest.
fn density(svg: &mut Svg, layout: &Layout, axis: &Axis, (y, height): (f64, f64), samples: &[f64]) {
    const STEPS: usize = 120;
    let places: Vec<f64> = samples.iter().map(|sample| layout.x(axis, *sample)).collect();
    let count = places.len() as f64;
    let mean = places.iter().sum::<f64>() / count;
    let deviation = (places.iter().map(|place| (place - mean).powi(2)).sum::<f64>() / count).sqrt();
    let bandwidth = (1.06 * deviation * count.powf(-0.2)).max(1.0);
    let at = |step: usize| layout.left + (layout.right - layout.left) * step as f64 / STEPS as f64;
    let dense = |x: f64| places.iter().map(|place| (-0.5 * ((x - place) / bandwidth).powi(2)).exp()).sum::<f64>();
    let heights: Vec<f64> = (0..=STEPS).map(|step| dense(at(step))).collect();
    let highest = heights.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let curve = heights
        .iter()
        .enumerate()
        .map(|(step, dense)| format!("{},{}", Short(at(step)), Short(y + height * (1.0 - dense / highest))));
    let bottom =
        [(layout.right, y + height), (layout.left, y + height)].map(|(x, y)| format!("{},{}", Short(x), Short(y)));
    let points = curve.chain(bottom).collect::<Vec<_>>().join(" ");
    svg.element("polygon", &[("points", &points), ("class", &"c0"), ("fill", &"#0072b2"), ("fill-opacity", &0.6)]);
}

fn dot(svg: &mut Svg, (x, y): (f64, f64), radius: f64, opacity: f64) {
    svg.element(
        "circle",
        &[
            ("cx", &Short(x)),
            ("cy", &Short(y)),
            ("r", &Short(radius)),
            ("class", &"sample"),
            ("fill", &"#1b1f24"),
            ("fill-opacity", &opacity),
        ],
    );
}

/// A point with its interval for each series, in lanes so that none hides another; a line joins those of a pair.
pub(super) fn points(
    svg: &mut Svg,
    layout: &Layout,
    axis: &Axis,
    (y, height): (f64, f64),
    points: &[(usize, Colour, Estimate)],
) {
    let lanes = points.len() as f64;
    let lane = |lane: usize| y + height * (lane as f64 + 0.5) / lanes;
    if let [(_, _, one), (_, _, other)] = points {
        svg.line(
            (layout.x(axis, one.median), lane(0)),
            (layout.x(axis, other.median), lane(1)),
            2.0,
            "join",
            "#8c959f",
        );
    }
    for (index_of_lane, (index, colour, estimate)) in points.iter().enumerate() {
        // Each in a lane of its own: intervals would hide each other.
        let (middle, radius) = (lane(index_of_lane), 0.3);
        whisker(svg, layout, axis, (middle, height * 0.15), estimate, 1.5);
        point(svg, *index, (layout.x(axis, estimate.median), middle), layout.font * radius, *colour);
    }
}

/// A series' sign: its shape tells it from the others where its colour does not.
pub(super) fn point(svg: &mut Svg, index: usize, (x, y): (f64, f64), radius: f64, colour: Colour) {
    let r = radius;
    // As many shapes as colours: where colours come again, they come with other shapes.
    let path = match (index + index / SERIES.len()) % SERIES.len() {
        0 => {
            let (cx, cy) = (Short(x), Short(y));
            svg.element(
                "circle",
                &[("cx", &cx), ("cy", &cy), ("r", &Short(r)), ("class", &colour.class), ("fill", &colour.hex)],
            );
            return;
        }
        1 => [(-r, -r), (r, -r), (r, r), (-r, r)].to_vec(),
        2 => [(0.0, -r * 1.2), (r * 1.15, r), (-r * 1.15, r)].to_vec(),
        3 => [(0.0, -r * 1.35), (r * 1.35, 0.0), (0.0, r * 1.35), (-r * 1.35, 0.0)].to_vec(),
        4 => [(-r * 1.15, -r), (r * 1.15, -r), (0.0, r * 1.2)].to_vec(),
        // A cross, and an hourglass.
        5 => {
            let (far, near) = (r * 1.25, r * 0.4);
            let arm = [(near, far), (near, near), (far, near), (far, -near), (near, -near), (near, -far)];
            arm.iter().copied().chain(arm.iter().map(|(x, y)| (-x, -y))).collect()
        }
        _ => [(-r, -r * 1.2), (r, -r * 1.2), (-r, r * 1.2), (r, r * 1.2)].to_vec(),
    };
    let path: Vec<String> = path.iter().map(|(dx, dy)| format!("{},{}", Short(x + dx), Short(y + dy))).collect();
    svg.element("polygon", &[("points", &path.join(" ")), ("class", &colour.class), ("fill", &colour.hex)]);
}

/// An interval: a line with a stroke across at either end, on a lighter one that parts it from the bar.
fn whisker(svg: &mut Svg, layout: &Layout, axis: &Axis, (y, half): (f64, f64), estimate: &Estimate, width: f64) {
    let (low, high) = (layout.x(axis, estimate.low), layout.x(axis, estimate.high));
    for (width, class, stroke) in [(width + 2.0, "halo", "#ffffff"), (width, "whisker", "#1b1f24")] {
        svg.line((low, y), (high, y), width, class, stroke);
        svg.line((low, y - half), (low, y + half), width, class, stroke);
        svg.line((high, y - half), (high, y + half), width, class, stroke);
    }
}

#[cfg(test)]
mod tests {
    use super::super::axis::{Scale, Unit};
    use super::super::look::Labels;
    use super::*;

    fn drawn(count: usize) -> (usize, usize) {
        let values: Vec<f64> = (0..count).map(|index| 10.0 + (index % 7) as f64).collect();
        let axis = Axis::holding(Scale::Linear, Unit::Time, values.iter().copied());
        let layout = Layout { font: 10.0, small: 9.0, left: 0.0, right: 100.0, labels: Labels::Beside, width: 120.0 };
        let mut svg = Svg::default();
        let estimate = Estimate { median: 13.0, low: 12.0, high: 14.0 };
        samples(&mut svg, &layout, &axis, (0.0, 20.0), (&values, &estimate));
        let text = svg.into_string();
        assert!(!text.contains("NaN") && !text.contains("inf"));
        (text.matches("<circle").count(), text.matches("<polygon").count())
    }

    #[test]
    fn few_samples_are_a_dot_each_and_many_a_density() {
        assert_eq!([drawn(1), drawn(60), drawn(61), drawn(5000)], [(1, 0), (60, 0), (0, 1), (0, 1)]);
    }
}
