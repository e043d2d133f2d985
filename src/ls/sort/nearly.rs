//! Sorts what a good guess has nearly sorted, with few of the expensive comparisons.
//!
//! ```text
//! guessed    a b d c e f h g i        a comparison a neighbour finds where it is wrong
//! runs      [a b d][c e f h][g i]
//! joined    [a b c d e f h][g i]      only what lies on the wrong side of a seam moves
//! ```
//!
//! That costs about one comparison an item, and a few more a mistake; where the guess is worthless it is a merge sort.
//! The standard library's stable sort was rejected: runs shorter than the square root of all are no runs to it, and it
//! compares anew what lies in them.

use std::cmp::Ordering;

/// Sorts; items that compare as equals keep their order.
pub(crate) fn sort<T: Copy>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    let mut ends: Vec<usize> = Vec::new();
    for (index, pair) in items.windows(2).enumerate() {
        if compare(&pair[0], &pair[1]) == Ordering::Greater {
            ends.push(index + 1);
        }
    }
    ends.push(items.len());
    join_all(items, ends, compare);
}

/// Makes one run of neighbouring ones, each of which ends where `ends` says.
pub(crate) fn join_all<T: Copy>(items: &mut [T], mut ends: Vec<usize>, compare: &impl Fn(&T, &T) -> Ordering) {
    while ends.len() > 1 {
        let mut start = 0;
        for pair in ends.chunks(2) {
            if let [middle, end] = *pair {
                join(&mut items[start..end], middle - start, compare);
            }
            start = pair[pair.len() - 1];
        }
        ends = ends.chunks(2).map(|pair| pair[pair.len() - 1]).collect();
    }
}

/// Makes one run of two, the second of which starts at `middle`.
fn join<T: Copy>(items: &mut [T], middle: usize, compare: &impl Fn(&T, &T) -> Ordering) {
    let (left, right) = items.split_at(middle);
    let ([.., last], [first, ..]) = (left, right) else { return };
    if compare(last, first) != Ordering::Greater {
        return;
    }
    let moved_left = leading(left.len(), |index| compare(&left[left.len() - 1 - index], first) == Ordering::Greater);
    let moved_right = leading(right.len(), |index| compare(&right[index], last) == Ordering::Less);
    // Two runs, found and merged by the library.
    items[middle - moved_left..middle + moved_right].sort_by(compare);
}

/// How many of `count` fulfil it, of which those that do come first: few, most likely.
fn leading(count: usize, fulfils: impl Fn(usize) -> bool) -> usize {
    let mut bound = 1;
    while bound < count && fulfils(bound) {
        bound *= 2;
    }
    let (mut low, mut high) = (bound / 2, bound.min(count));
    while low < high {
        let middle = low + (high - low) / 2;
        if fulfils(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cell::Cell;

    proptest! {
        #[test]
        fn whatever_the_guess_it_is_sorted_and_stable(keys in proptest::collection::vec(0_u8..9, 0..200)) {
            let mut items: Vec<(u8, usize)> = keys.into_iter().zip(0..).collect();
            let mut expected = items.clone();
            expected.sort();
            sort(&mut items, &|a, b| a.0.cmp(&b.0));
            prop_assert_eq!(items, expected);
        }
    }

    #[test]
    fn a_good_guess_costs_one_comparison_an_item() {
        let mut items: Vec<u32> = (0..100_000).collect();
        items.chunks_mut(100).for_each(|part| part.swap(40, 43));
        let compared = Cell::new(0);
        sort(&mut items, &|a, b| {
            compared.set(compared.get() + 1);
            a.cmp(b)
        });
        assert!(items.is_sorted());
        assert!(compared.get() < 150_000, "{}", compared.get());
    }
}
