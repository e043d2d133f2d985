//! Marks of a row: what stands out in a table, such as the baseline or the fastest.

use serde::{Deserialize, Serialize};

/// What stands out in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Ratios are to it.
    Baseline,
    /// The fastest.
    First,
    /// Its ratio to the fastest holds 1.
    TiedFirst,
    /// Its ratio holds 1: to the baseline in a table, to the row before in a ladder.
    Tied,
    /// The fastest of its strategy's thread counts.
    BestCount,
    /// Its ratio to the fastest of its strategy's thread counts holds 1.
    TiedBestCount,
    /// Surely slower than its counterpart.
    Slower,
    /// Surely faster than its counterpart.
    Faster,
    /// Neither.
    Unchanged,
}
