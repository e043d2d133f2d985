//! Sort keys of table cells: the first number in base units, if a cell starts with one.

/// `81.2 ms [80.9, 81.6]` is 0.0812; `1,234` is 1234; `2.09 MiB` its bytes; words have none.
pub(super) fn key(cell: &str) -> Option<f64> {
    let cell = cell.trim_start_matches(['≥', '≤', '~', '≈', ' ']);
    let end = cell.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',' && c != '-').unwrap_or(cell.len());
    let (number, rest) = cell.split_at_checked(end)?;
    let number: f64 = number.replace(',', "").parse().ok()?;
    let unit = rest.trim_start().split([' ', '[', ',']).next().unwrap_or_default();
    let factor = match unit {
        "ns" => 1e-9,
        "µs" => 1e-6,
        "ms" => 1e-3,
        "" | "s" | "B" | "x" | "×" | "%" => 1.0,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        // A number with another word behind it begins a sentence: `2 outliers`.
        _ => return None,
    };
    Some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_sorts_by_its_value_whatever_its_unit() {
        let keys = ["900 µs [1, 2]", "≈81.2 ms", "2.50 s", "1,234", "2.00 KiB", "6.1x [5, 7]"].map(key);
        assert_eq!(keys, [Some(900.0 * 1e-6), Some(81.2 * 1e-3), Some(2.5), Some(1234.0), Some(2048.0), Some(6.1)]);
    }

    #[test]
    fn words_and_dashes_sort_by_no_number() {
        assert_eq!(["-", "std", "2 outliers", "", "getdents/64k", "µ"].map(key), [None; 6]);
    }
}
