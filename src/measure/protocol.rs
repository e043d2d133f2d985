//! The worker protocol: fsbench sends a request as one line of JSON, and the worker answers with one.
//!
//! A worker is a process that runs one case. Ours is `fsbench worker`; one in any language can stand beside it as long
//! as it speaks this. It reads requests from standard input and exits at its end.
//!
//! ```text
//! -> {"open":{"strategy":"serial","want":"kinds","level":"tree","root":"/usr","threads":2,"entries":151040}}
//! <- {"opened":{"worker":"fsbench 0.1.0"}}          or {"unsupported":"the kernel has no io_uring"}
//! -> "verify"
//! <- {"verified":{"tally":{...},"digest":"00f3...","errors":["openat '/usr/x': Permission denied"]}}
//! -> {"sample":{"iterations":1}}
//! <- {"sampled":{"wall_ns":81234567,"user_ns":12000000,"sys_ns":69000000,"peak_bytes":2195456,"tally":{...},
//!                 "counters":{"minor_faults":12,...}}}
//! -> "count"
//! <- {"counted":{...}}
//! -> {"part":"sums"}                                our own workers only
//! <- {"parted":{"sums":["00f3...",...]}}
//! -> "price"
//! <- {"priced":{...}}
//! ```
//!
//! - `open` comes first, once. It allocates what the strategy keeps (buffers, a ring); threads it may not start yet.
//!   `strategy` is the row's name, `level` says whether a directory alone or the tree below it is listed. `entries` is
//!   for `null` only. `unsupported` ends the conversation.
//! - `verify` lists once, untimed, and answers with the tally and the digest of [`crate::list::digest`]; a worker that
//!   cannot compute SHA-256 answers `"digest":null`, and its row says so.
//! - `sample` lists `iterations` times between two readings of the monotonic clock, with nothing else between them but
//!   counting; the times are for all of them, the tally is that of the first. `other_tally` is the first that differs
//!   from it, or left out: so a tree that changes within a sample is seen. `peak_bytes` is `VmHWM`, reset before the
//!   sample, or null. `counters` are [`Counters`]; each of them, or all, may be left out.
//! - `part` and `look` are asked of our own workers only: see `difference` and [`super::oracle`]. So is `step`, which runs
//!   what was asked to run around a command: see [`Step`].
//! - `count` calls getppid(2), lists once, calls getppid(2) again, and answers with the tally. Nothing else may call it
//!   meanwhile: system calls are counted from the one to the other, by whoever watches the worker.
//! - `price` is asked of our own workers only, by `cargo bench`: what the strategy's calls cost inside a listing
//!   ([`Prices`]).
//! - Any request may be answered by `{"failed":"..."}`, or by `unsupported` where the worker finds out late (a name
//!   that its language cannot hold).
//! - Between requests a worker holds nothing of the tree: no descriptor, no working directory. They would pin caches.
//! - A path that is not UTF-8 is `{"hex":"2f74ff"}` in place of a string.

use super::counters::Counters;
use super::difference::{Part, Parted};
use super::oracle::{Look, Truths};
use super::path_text::PathText;
use super::price::Prices;
use super::spec::Spec;
use super::step::Step;
use crate::list::{Want, digest::Digest, tally::Tally};
use crate::strategy::Level;
use serde::{Deserialize, Serialize};

/// What we ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Become this case.
    Open(Open),
    /// List once, untimed, and say what was seen.
    Verify,
    /// List against the clock.
    Sample {
        /// How many times.
        iterations: u32,
    },
    /// List once between two marks, watched.
    Count,
    /// List once, untimed, and answer a part of what was seen: of a row that differs from the oracle.
    Part(Part),
    /// Be the oracle, once.
    Look(Look),
    /// Be the oracle, once, and answer a part of what its one question sees.
    LookPart(Look, Part),
    /// List by the same calls against the clock, a call at a time.
    Price,
    /// Run a step of the command that was opened.
    Step(Step),
}

/// The case that a worker is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// A strategy's name.
    pub strategy: String,
    /// What each entry is asked for.
    pub want: Want,
    /// How much is listed.
    #[serde(default = "whole")]
    pub level: Level,
    /// Where the listing starts: an absolute path.
    pub root: PathText,
    /// How many threads a parallel strategy gets.
    pub threads: usize,
    /// How many entries there are: what `null` replays.
    pub entries: u64,
    /// A command to run in place of a strategy: our own workers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Spec>,
}

/// What is listed where nothing else is said: the level came later than the protocol.
fn whole() -> Level {
    Level::Tree
}

/// What a worker answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It has become that case.
    Opened {
        /// Name and version of the worker.
        worker: String,
    },
    /// The strategy cannot run here, and why.
    Unsupported(String),
    /// What was seen.
    Verified(Verified),
    /// What it took.
    Sampled(Box<Sample>),
    /// What was seen between the marks.
    Counted(Tally),
    /// A part of what was seen.
    Parted(Parted),
    /// What the oracle saw.
    Looked(Truths),
    /// What its calls cost.
    Priced(Prices),
    /// The step was run.
    Done,
    /// The listing failed.
    Failed(String),
}

/// What a worker saw in an untimed listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Its counts.
    pub tally: Tally,
    /// Its digest, of what its strategy can see; `None` if the worker cannot compute one.
    pub digest: Option<Digest>,
    /// The first errors, as text.
    pub errors: Vec<String>,
    /// Of a command that may fail, how it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored: Option<String>,
}

/// One timed sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Time on the clock, nanoseconds, of all iterations.
    pub wall_ns: u64,
    /// Processor time in user mode, nanoseconds, of all iterations and threads.
    pub user_ns: u64,
    /// Processor time in the kernel, nanoseconds, of all iterations and threads.
    pub sys_ns: u64,
    /// The most memory resident at once, bytes, the worker's own program included.
    pub peak_bytes: Option<u64>,
    /// What the first iteration saw.
    pub tally: Tally,
    /// What the first iteration saw that did not see the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_tally: Option<Tally>,
    /// What the kernel and the processor counted, of all iterations and threads.
    #[serde(default)]
    pub counters: Counters,
}

/// What one listing took in each sample, of samples that list so many times.
pub(super) fn per_listing(samples: &[Sample], iterations: u32, of: impl Fn(&Sample) -> u64) -> Vec<f64> {
    samples.iter().map(|sample| of(sample) as f64 / f64::from(iterations)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_line_of_json() {
        let request = Request::Sample { iterations: 3 };
        assert_eq!(serde_json::to_string(&request).unwrap(), r#"{"sample":{"iterations":3}}"#);
        assert_eq!(serde_json::to_string(&Request::Verify).unwrap(), r#""verify""#);
    }
}
