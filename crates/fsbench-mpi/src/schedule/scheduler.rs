//! Who does which part of the work, and how all ranks learn that it has ended.
//!
//! **Stealing.** A rank that has too little to do asks another, chosen at random, and asks again, a little later each time, until somebody
//! gives. It has one question under way at a time, and while it has, it refuses whoever asks it. So a rank that sends
//! work is owed no answer, and a rank that is owed one never sends work: a transport may send work with a call that blocks until the
//! receiver takes it, and no circle of ranks can wait for each other.
//!
//! **Termination**, by Mattern's four counters (Algorithms for distributed termination detection, 1987, section 4). Only a message that
//! carries work makes an idle rank busy. Each rank counts those that it sent and received. When it is idle it joins a sum of both counters
//! over all ranks; when that sum has completed and it is idle again, the next. All have ended as soon as the messages *sent* by one
//! sum are as many as those *received* by the sum before:
//!
//! ```text
//!            first sum: R received            second sum: S sent            S = R
//!   rank 0  ---o---------------------|----------------o------------|-->     o: joins, being idle
//!   rank 1  ---------o---------------|---o-------------------------|-->     |: has completed, on the earliest rank
//!   rank 2  -----------------o-------|------------o----------------|-->
//!                                    t
//! ```
//!
//! At time t every rank has joined the first sum and none the second. Counters only grow, and nothing is received before it is sent, so
//! R <= received(t) <= sent(t) <= S. If S = R all four are equal. As R = received(t), no rank received work between the moment it joined,
//! idle, and t: all are idle at t. As received(t) = sent(t), no work is on its way at t. So nothing will ever happen again. All ranks get
//! the same totals and come to this conclusion at the same sum; nobody has to tell anybody. The other way round, once all are idle and no work
//! is on its way, the counters stand still and the next two sums are equal: it ends.
//!
//! One sum alone would not do: a rank may join it, receive work and send some on, all before another joins; the counts then agree by chance
//! while somebody works. `tests` lets a simulated network delay and reorder everything.
//!
//! **Leaving.** Questions may still be under way then. Each rank waits for the answer that it is owed, then joins a last sum, and
//! answers others until that has completed: no message is left behind for whoever uses the transport next.

use super::message::Message;
use super::transport::Transport;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

/// What a rank does, and can give away.
pub trait Work {
    /// How much it has.
    fn load(&mut self) -> Load;

    /// A part to be given away, coded; nothing if none can be spared.
    fn give(&mut self) -> Vec<u8>;

    /// A part that was given away by another rank.
    fn take(&mut self, coded: &[u8]);
}

/// How much a rank has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// Enough.
    Enough,
    /// Some of its threads have nothing to do.
    Little,
    /// None: it stays so until some is taken.
    Nothing,
}

/// What [`Scheduler::step`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Call it again, soon.
    Again,
    /// All ranks have nothing to do, and nothing is under way.
    Ended,
}

/// What a rank counts of its messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Questions asked.
    pub asked: u64,
    /// Messages with work sent.
    pub given: u64,
    /// Messages with work received.
    pub taken: u64,
    /// Sums joined.
    pub sums: u64,
}

/// The first pause after a refusal. The network's own round trip is a tenth of it or less.
const FIRST_PAUSE: Duration = Duration::from_micros(100);
/// The longest: a rank that waits this long is asleep for a few answers of a file system, and 1,000 ranks ask one 200 times a second.
const LONGEST_PAUSE: Duration = Duration::from_millis(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Working,
    /// It has ended; an answer may be owed.
    Ending,
    /// The last sum is joined.
    Leaving,
}

/// One rank's part in the schedule.
pub struct Scheduler {
    phase: Phase,
    /// An answer is owed.
    asks: bool,
    /// A sum is under way.
    sums: bool,
    /// What the sum before said was received.
    received_before: Option<u64>,
    pause: Duration,
    ask_from: Duration,
    counts: Counts,
    random: ChaCha8Rng,
}

impl Scheduler {
    /// For rank number `rank`. Equal seeds ask the same ranks in the same order.
    #[must_use]
    pub fn new(rank: usize, seed: u64) -> Self {
        Self {
            phase: Phase::Working,
            asks: false,
            sums: false,
            received_before: None,
            pause: FIRST_PAUSE,
            ask_from: Duration::ZERO,
            counts: Counts::default(),
            random: ChaCha8Rng::seed_from_u64(seed ^ (rank as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        }
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Answers what has arrived, and asks if there is little to do. `now` is the time since any fixed moment.
    pub fn step(&mut self, now: Duration, transport: &mut impl Transport, work: &mut impl Work) -> Step {
        while let Some((from, message)) = transport.try_receive() {
            self.receive(now, from, Message::decode(message), transport, work);
        }
        match self.phase {
            Phase::Working => self.seek(now, transport, work),
            Phase::Ending if self.asks => {}
            Phase::Ending => {
                transport.start_sum([0, 0]);
                self.phase = Phase::Leaving;
            }
            Phase::Leaving => {
                if transport.try_sum().is_some() {
                    return Step::Ended;
                }
            }
        }
        Step::Again
    }

    fn receive(
        &mut self,
        now: Duration,
        from: usize,
        message: Message,
        transport: &mut impl Transport,
        work: &mut impl Work,
    ) {
        match message {
            Message::Ask => {
                let part = if self.asks { Vec::new() } else { work.give() };
                self.counts.given += u64::from(!part.is_empty());
                transport.send(from, &Message::Give(part).encode());
            }
            Message::Give(part) => {
                assert!(self.asks, "rank {from} gave what nobody asked for");
                self.asks = false;
                if part.is_empty() {
                    let jitter = self.random.random_range(0.5..1.5);
                    self.ask_from = now + self.pause.mul_f64(jitter);
                    self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                } else {
                    assert_eq!(self.phase, Phase::Working, "rank {from} gave work after the end");
                    self.counts.taken += 1;
                    self.pause = FIRST_PAUSE;
                    work.take(&part);
                }
            }
        }
    }

    /// Asks for work, and whether there is any.
    fn seek(&mut self, now: Duration, transport: &mut impl Transport, work: &mut impl Work) {
        let load = work.load();
        if load != Load::Enough && !self.asks && now >= self.ask_from && transport.ranks() > 1 {
            let other = self.random.random_range(0..transport.ranks() - 1);
            let other = other + usize::from(other >= transport.rank());
            transport.send(other, &Message::Ask.encode());
            (self.asks, self.counts.asked) = (true, self.counts.asked + 1);
        }
        if load == Load::Nothing && !self.sums {
            transport.start_sum([self.counts.given, self.counts.taken]);
            (self.sums, self.counts.sums) = (true, self.counts.sums + 1);
        }
        if let Some([sent, received]) = self.sums.then(|| transport.try_sum()).flatten() {
            self.sums = false;
            if self.received_before == Some(sent) {
                self.phase = Phase::Ending;
            }
            self.received_before = Some(received);
        }
    }
}
