//! Axes: where a value lies on a linear axis from 0, or on a logarithmic one, which ratios have.

use super::super::number::{duration, significant};

/// A scale of values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    pub(super) scale: Scale,
    pub(super) unit: Unit,
    low: f64,
    high: f64,
}

/// Kind of axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// Evenly, from 0: lengths may be compared.
    Linear,
    /// By their logarithm: equal factors are equal distances apart.
    Logarithmic,
}

/// What the values count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Nanoseconds.
    Time,
    /// A pure number: a ratio.
    Times,
    /// A part of a whole.
    Share,
    /// A pure number: how many.
    Count,
}

impl Unit {
    /// A value in it, as text.
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Self::Time => duration(value),
            Self::Times => format!("{}×", significant(value)),
            Self::Share => format!("{} %", significant(value * 100.0)),
            Self::Count => significant(value),
        }
    }

    /// The same with no more digits than a tick needs.
    fn tick(self, value: f64) -> String {
        if value == 0.0 {
            return "0".to_owned();
        }
        let text = self.show(value);
        let (number, rest) = text.split_at(text.find([' ', '×']).unwrap_or(text.len()));
        match number.contains('.') {
            true => format!("{}{rest}", number.trim_end_matches('0').trim_end_matches('.')),
            false => text,
        }
    }
}

impl Axis {
    /// An axis that holds all the values.
    pub(super) fn holding(scale: Scale, unit: Unit, values: impl Iterator<Item = f64>) -> Self {
        let fit = |value: &f64| value.is_finite() && (scale == Scale::Linear || *value > 0.0);
        let (mut low, mut high) =
            values.filter(fit).fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            (low, high) = (1.0, 1.0);
        }
        match scale {
            Scale::Linear => (low, high) = (0.0, if high > 0.0 { high } else { 1.0 }),
            // Room at both ends; equal values still make an axis.
            Scale::Logarithmic => (low, high) = (low / 1.15, high * 1.15),
        }
        Self { scale, unit, low, high }
    }

    /// Position of a value, from 0 to 1; a value outside the axis lies at its end.
    pub(super) fn place(&self, value: f64) -> f64 {
        let place = match self.scale {
            Scale::Linear => value / self.high,
            Scale::Logarithmic => (value / self.low).ln() / (self.high / self.low).ln(),
        };
        if place.is_finite() { place.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Whether a value lies within the axis.
    pub(super) fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// At most about `most` round values within the axis, each with its text.
    pub(super) fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        let values = match self.scale {
            Scale::Linear => linear(self.high, most.max(2)),
            Scale::Logarithmic => logarithmic(self.low, self.high, most.max(2)),
        };
        values.into_iter().map(|value| (value, self.unit.tick(value))).collect()
    }
}

fn linear(high: f64, most: usize) -> Vec<f64> {
    let rough = high / most as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(high);
    (0..=most).map(|index| index as f64 * step).filter(|value| *value <= high * 1.0001).collect()
}

fn logarithmic(low: f64, high: f64, most: usize) -> Vec<f64> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let of = |mantissas: &[f64]| -> Vec<f64> {
        let decades = (first..=last).flat_map(|power| mantissas.iter().map(move |m| m * 10f64.powi(power)));
        decades.filter(|value| (low..=high).contains(value)).collect()
    };
    let sets: [&[f64]; 5] = [
        &[1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0],
        &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
        &[1.0, 2.0, 5.0],
        &[1.0, 3.0],
        &[1.0],
    ];
    sets.into_iter().map(of).find(|ticks| ticks.len() <= most).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis, most: usize) -> Vec<String> {
        axis.ticks(most).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn a_linear_axis_starts_at_nothing_and_has_round_ticks() {
        let axis = Axis::holding(Scale::Linear, Unit::Time, [3.1e6, 81.2e6].into_iter());
        assert_eq!(texts(&axis, 5), ["0", "20 ms", "40 ms", "60 ms", "80 ms"]);
        assert_eq!([axis.place(0.0), axis.place(40.6e6), axis.place(1e12)], [0.0, 0.5, 1.0]);
    }

    #[test]
    fn a_logarithmic_axis_makes_equal_factors_equal_distances() {
        let axis = Axis::holding(Scale::Logarithmic, Unit::Times, [0.5, 8.0].into_iter());
        let place = |value| axis.place(value);
        assert!(((place(2.0) - place(1.0)) - (place(4.0) - place(2.0))).abs() < 1e-9);
        assert_eq!(texts(&axis, 5), ["0.5×", "1×", "2×", "5×"]);
    }

    #[test]
    fn an_axis_of_nothing_and_of_one_value_is_an_axis() {
        for values in [vec![], vec![0.0], vec![f64::NAN, 5.0]] {
            for scale in [Scale::Linear, Scale::Logarithmic] {
                let axis = Axis::holding(scale, Unit::Count, values.iter().copied());
                assert!(axis.place(5.0).is_finite());
                assert!(axis.ticks(6).len() <= 8);
            }
        }
    }
}
