//! What a listing takes where each answer comes from far away: the price of distance.
//!
//! ```text
//! tree    -> shape (one pass)  ┐
//! calls   -> counted locally   ┴-> model (answers a directory) -> schedule (who waits for whom) -> Prediction
//! command -> trace             --> command                                                     -> Prediction
//! ```
//!
//! Far away all that counts is how many answers are waited for, one after the other. `model` says which questions a directory's
//! calls put to a server, `schedule` which of them wait for which; both are functions of what was found, and tests feed them.
//! docs/distance.md states the model and its sources.

pub mod command;
pub mod model;
pub mod schedule;
pub mod shape;
pub mod strategy;

use super::environment::Environment;
use super::path_text::PathText;
use crate::list::Want;
use crate::strategy::Level;
use crate::trace::Trace;
use command::{Concurrency, Rows};
use model::Answers;
use serde::{Deserialize, Serialize};

/// The version of the format. It grows when a field changes its meaning or goes.
pub const PREDICTION_SCHEMA: u32 = 1;

/// The server, as far as it matters how many answers are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distance {
    /// From a question to its answer, nanoseconds.
    pub rtt_ns: u64,
    /// Whether names and attributes that came once are kept: the attribute cache outlives what asks for them again.
    pub keeps: bool,
    /// Whether attributes come with the names (READDIRPLUS).
    pub plus: bool,
    /// Whether the names come with types (`d_type`).
    pub types: bool,
    /// The most bytes of names in one answer; `None` for as many as the reader's buffer holds.
    pub answer_bytes: Option<u64>,
}

/// A prediction, with what is needed to judge it. Serialises to the JSON of `--format json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// [`PREDICTION_SCHEMA`].
    pub schema: u32,
    /// The version of fsbench.
    pub fsbench: String,
    /// The command as typed.
    pub command: Vec<String>,
    /// When it began.
    pub started: jiff::Timestamp,
    /// The machine on which calls were counted.
    pub environment: Environment,
    /// The server.
    pub distance: Distance,
    /// What is predicted.
    pub subject: Subject,
}

/// What is predicted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Ways of listing a directory or a tree.
    Listing {
        /// Where it starts, as it was named.
        root: PathText,
        /// How much of it is listed.
        level: Level,
        /// Entries below it.
        entries: u64,
        /// Directories, the root included.
        directories: u64,
        /// Directories that could not be read.
        unreadable: u64,
        /// Every entry looked up by its full path and asked for its ACL, one after the other, as `ls -lR` does it.
        long_listing: Waits,
        /// The same with many questions in flight ([`strategy::IN_FLIGHT`]).
        long_listing_together: Waits,
        /// A row for each strategy.
        rows: Vec<Row>,
    },
    /// A command.
    Command {
        /// Its words.
        words: Vec<PathText>,
        /// Its exit status; `None` if a signal ended it.
        exit_status: Option<i32>,
        /// Why latencies are not known, if they are not.
        fallback: Option<String>,
        /// Its calls.
        trace: Trace,
        /// What was seen of how many of them are under way at once.
        concurrency: Concurrency,
        /// What it waits for.
        rows: Rows,
    },
}

/// Waits of a listing, and what they come to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Waits {
    /// Answers, by what was asked.
    pub answers: Answers,
    /// Answers that are waited for one after the other.
    pub in_a_row: u64,
    /// The time, nanoseconds.
    pub ns: f64,
}

impl Waits {
    /// Of a listing whose answers are waited for so many in a row, and which takes `local_ns` here.
    fn from_afar(answers: Answers, in_a_row: u64, distance: &Distance, local_ns: u64) -> Self {
        Self { answers, in_a_row, ns: in_a_row as f64 * distance.rtt_ns as f64 + local_ns as f64 }
    }
}

/// A strategy's row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its name.
    pub strategy: String,
    /// What each entry is asked for.
    pub want: Want,
    /// Its threads.
    pub threads: usize,
    /// What is predicted.
    pub outcome: Outcome,
}

/// What is predicted of a strategy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Its waits.
    Predicted {
        /// System calls of one listing, counted here.
        calls: u64,
        /// What a listing takes here, nanoseconds.
        local_ns: u64,
        /// At the distance.
        waits: Waits,
    },
    /// Why there is no prediction.
    Unpredicted(String),
}
