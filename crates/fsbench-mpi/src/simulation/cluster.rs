//! Ranks that walk a tree on a simulated clock: the scheduler is the real one; what a file system, a network and a rank's threads do is
//! reduced to how long it takes. 1,000 ranks run in one thread, and every run of one seed is the same.

use super::network::Network;
use super::tree::{Law, Subtree};
use crate::schedule::{Load, Scheduler, Step, Work, spare};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::ops::Range;
use std::time::Duration;

/// What is simulated.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Ranks.
    pub ranks: usize,
    /// Threads that list, on each.
    pub threads: usize,
    /// How trees are drawn.
    pub law: Law,
    /// Directories of the tree.
    pub directories: u64,
    /// The file system's answer to one question.
    pub answer: Duration,
    /// Questions that a directory takes beside those of its entries: opening it, and the empty answer that ends it.
    pub questions: u64,
    /// Entries that one answer has.
    pub entries_per_answer: u64,
    /// The most answers that the file system gives in a second, to all ranks together.
    pub answers_per_second: f64,
    /// A message's time on its way, shortest and longest.
    pub delays: Range<Duration>,
    /// How often a rank looks at its messages.
    pub poll: Duration,
    /// Everything is a function of it.
    pub seed: u64,
}

/// How it went.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// When the last rank knew that all had ended.
    pub wall: Duration,
    /// Directories listed by each rank.
    pub listed: Vec<u64>,
    /// Entries found.
    pub entries: u64,
    /// Answers waited for by each rank.
    pub answers: Vec<u64>,
    /// Time that all threads together spent on directories.
    pub busy: Duration,
    /// Messages sent, their bytes, and those that carried work.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Messages that carried work.
    pub steals: u64,
    /// Sums that each rank joined.
    pub sums: u64,
    /// The most directories that waited on one rank.
    pub most_waiting: usize,
    /// Directories not listed when the first rank was told of the end; messages not received when the last was.
    pub left: (u64, usize),
}

impl Outcome {
    /// Which part of all threads' time was spent on directories.
    #[must_use]
    pub fn efficiency(&self, cluster: &Cluster) -> f64 {
        self.busy.as_secs_f64() / (self.wall.as_secs_f64() * (cluster.ranks * cluster.threads) as f64)
    }

    /// The largest over the mean number of answers that a rank waited for.
    #[must_use]
    pub fn imbalance(&self) -> f64 {
        let (most, sum) = (self.answers.iter().max().copied().unwrap_or(0), self.answers.iter().sum::<u64>());
        most as f64 * self.answers.len() as f64 / sum.max(1) as f64
    }
}

/// What a rank has to do.
struct Stack {
    waiting: VecDeque<Subtree>,
    active: usize,
    threads: usize,
}

const CODED_BYTES: usize = 16;

impl Work for Stack {
    fn load(&mut self) -> Load {
        match (self.waiting.is_empty(), self.active) {
            (true, 0) => Load::Nothing,
            (true, active) if active < self.threads => Load::Little,
            _ => Load::Enough,
        }
    }

    fn give(&mut self) -> Vec<u8> {
        let count = spare(self.waiting.len(), self.threads - self.active);
        let given = self.waiting.drain(..count);
        given.flat_map(|subtree| [subtree.seed, subtree.directories].map(u64::to_le_bytes).concat()).collect()
    }

    fn take(&mut self, coded: &[u8]) {
        let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes each"));
        let subtrees = coded.chunks_exact(CODED_BYTES).map(|coded| {
            let (seed, directories) = coded.split_at(CODED_BYTES / 2);
            Subtree { seed: number(seed), directories: number(directories) }
        });
        self.waiting.extend(subtrees);
    }
}

/// What happens to a rank at some time.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Event {
    /// It looks at its messages.
    Poll,
    /// A thread has listed a directory.
    Listed { seed: u64, directories: u64 },
}

struct Running<'c> {
    cluster: &'c Cluster,
    network: Network,
    stacks: Vec<Stack>,
    schedulers: Vec<Scheduler>,
    events: BinaryHeap<Reverse<(Duration, usize, Event)>>,
    /// When the file system has given all answers that it was asked for.
    served: f64,
    done: u64,
    outcome: Outcome,
}

impl Cluster {
    /// Runs it to its end.
    #[must_use]
    pub fn run(&self) -> Outcome {
        let stack = |_| Stack { waiting: VecDeque::new(), active: 0, threads: self.threads };
        let mut running = Running {
            cluster: self,
            network: Network::new(self.ranks, self.delays.clone(), self.seed),
            stacks: (0..self.ranks).map(stack).collect(),
            schedulers: (0..self.ranks).map(|rank| Scheduler::new(rank, self.seed)).collect(),
            events: (0..self.ranks).map(|rank| Reverse((Duration::ZERO, rank, Event::Poll))).collect(),
            served: 0.0,
            done: 0,
            outcome: Outcome { listed: vec![0; self.ranks], answers: vec![0; self.ranks], ..Outcome::default() },
        };
        running.stacks[0].waiting.push_back(Subtree { seed: self.seed, directories: self.directories });
        while let Some(Reverse((now, rank, event))) = running.events.pop() {
            running.network.set_now(now);
            match event {
                Event::Poll => running.poll(rank),
                Event::Listed { seed, directories } => running.listed(rank, Subtree { seed, directories }),
            }
        }
        running.outcome.messages = running.network.messages;
        running.outcome.bytes = running.network.bytes;
        running.outcome.left.1 = running.network.unread();
        running.outcome
    }
}

impl Running<'_> {
    fn poll(&mut self, rank: usize) {
        let now = self.network.now;
        let mut wire = self.network.wire(rank);
        let step = self.schedulers[rank].step(now, &mut wire, &mut self.stacks[rank]);
        if step == Step::Again {
            self.start(rank);
            self.events.push(Reverse((now + self.cluster.poll, rank, Event::Poll)));
            return;
        }
        let counts = self.schedulers[rank].counts();
        self.outcome.left.0 = self.outcome.left.0.max(self.cluster.directories - self.done);
        self.outcome.wall = self.outcome.wall.max(now);
        self.outcome.steals += counts.taken;
        self.outcome.sums = counts.sums;
    }

    /// Threads that have nothing to do take the newest directories.
    fn start(&mut self, rank: usize) {
        while self.stacks[rank].active < self.cluster.threads {
            let Some(subtree) = self.stacks[rank].waiting.pop_back() else { return };
            self.stacks[rank].active += 1;
            let (files, below) = self.cluster.law.list(subtree);
            let entries = files + below.len() as u64;
            let answers = self.cluster.questions + entries.div_ceil(self.cluster.entries_per_answer);
            let now = self.network.now;
            // A server that is asked more than it can answer makes all wait in one queue.
            self.served = self.served.max(now.as_secs_f64()) + answers as f64 / self.cluster.answers_per_second;
            let alone = now + self.cluster.answer * u32::try_from(answers).unwrap_or(u32::MAX);
            let ends = alone.max(Duration::from_secs_f64(self.served));
            self.outcome.entries += entries;
            self.outcome.answers[rank] += answers;
            self.outcome.busy += alone - now;
            let Subtree { seed, directories } = subtree;
            self.events.push(Reverse((ends, rank, Event::Listed { seed, directories })));
        }
    }

    fn listed(&mut self, rank: usize, subtree: Subtree) {
        self.done += 1;
        self.outcome.listed[rank] += 1;
        let stack = &mut self.stacks[rank];
        stack.active -= 1;
        stack.waiting.extend(self.cluster.law.list(subtree).1);
        self.outcome.most_waiting = self.outcome.most_waiting.max(stack.waiting.len());
        self.start(rank);
    }
}
