//! Messages between simulated ranks: each arrives after a delay of its own, so any message may overtake any other, also between the
//! same two ranks, which MPI would not allow.

use crate::schedule::Transport;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::time::Duration;

/// All wires, and the time.
pub struct Network {
    pub(super) now: Duration,
    delays_ns: Range<u64>,
    random: ChaCha8Rng,
    inboxes: Vec<BinaryHeap<Reverse<Letter>>>,
    sums: Vec<Sum>,
    /// How many sums each rank has joined, and how many completed.
    joined: Vec<(usize, usize)>,
    /// Messages sent so far.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Ordered by when it arrives, then by number.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Letter {
    arrives: Duration,
    number: u64,
    from: usize,
    text: Vec<u8>,
}

#[derive(Default)]
struct Sum {
    totals: [u64; 2],
    joined: usize,
    /// When each rank learns the totals, once all have joined.
    known: Vec<Duration>,
}

impl Network {
    /// Between `ranks` ranks, with delays drawn from `delays`.
    #[must_use]
    pub fn new(ranks: usize, delays: Range<Duration>, seed: u64) -> Self {
        let ns = |delay: Duration| u64::try_from(delay.as_nanos()).expect("a delay is less than centuries");
        Self {
            now: Duration::ZERO,
            delays_ns: ns(delays.start)..ns(delays.end).max(ns(delays.start) + 1),
            random: ChaCha8Rng::seed_from_u64(seed),
            inboxes: (0..ranks).map(|_| BinaryHeap::new()).collect(),
            sums: Vec::new(),
            joined: vec![(0, 0); ranks],
            messages: 0,
            bytes: 0,
        }
    }

    /// Moves the time on.
    pub fn set_now(&mut self, now: Duration) {
        self.now = now;
    }

    /// As rank number `rank` has it.
    pub fn wire(&mut self, rank: usize) -> Wire<'_> {
        Wire { network: self, rank }
    }

    fn delay(&mut self) -> Duration {
        Duration::from_nanos(self.random.random_range(self.delays_ns.clone()))
    }

    /// Messages that nobody has received.
    pub fn unread(&self) -> usize {
        self.inboxes.iter().map(BinaryHeap::len).sum()
    }
}

/// The network as one rank has it.
pub struct Wire<'n> {
    pub(super) network: &'n mut Network,
    pub(super) rank: usize,
}

impl Transport for Wire<'_> {
    fn rank(&self) -> usize {
        self.rank
    }

    fn ranks(&self) -> usize {
        self.network.inboxes.len()
    }

    fn send(&mut self, to: usize, message: &[u8]) {
        let network = &mut *self.network;
        let arrives = network.now + network.delay();
        network.messages += 1;
        network.bytes += message.len() as u64;
        let letter = Letter { arrives, number: network.messages, from: self.rank, text: message.to_vec() };
        network.inboxes[to].push(Reverse(letter));
    }

    fn try_receive(&mut self) -> Option<(usize, Vec<u8>)> {
        let inbox = &mut self.network.inboxes[self.rank];
        let has_arrived = inbox.peek().is_some_and(|Reverse(letter)| letter.arrives <= self.network.now);
        let Reverse(letter) = has_arrived.then(|| inbox.pop()).flatten()?;
        Some((letter.from, letter.text))
    }

    fn start_sum(&mut self, addends: [u64; 2]) {
        let ranks = self.ranks();
        let (joined, completed) = &mut self.network.joined[self.rank];
        assert_eq!(joined, completed, "rank {} joins a sum while another is under way", self.rank);
        let number = *joined;
        *joined += 1;
        if self.network.sums.len() == number {
            self.network.sums.push(Sum::default());
        }
        let sum = &mut self.network.sums[number];
        sum.totals = [sum.totals[0] + addends[0], sum.totals[1] + addends[1]];
        sum.joined += 1;
        if sum.joined == ranks {
            let known = (0..ranks).map(|_| self.network.now + self.network.delay()).collect();
            self.network.sums[number].known = known;
        }
    }

    fn try_sum(&mut self) -> Option<[u64; 2]> {
        let (_, completed) = &mut self.network.joined[self.rank];
        let sum = self.network.sums.get(*completed)?;
        let is_known = sum.known.get(self.rank).is_some_and(|known| *known <= self.network.now);
        is_known.then(|| {
            *completed += 1;
            sum.totals
        })
    }
}
