//! Who waits for whom: workers that take directories as they become known, simulated. Pure.
//!
//! A directory's children are known when it has been listed, so two things bound a walk: the longest chain of directories
//! below each other, and all work over the number of workers. Which of them holds when is a matter of the tree, so the schedule is played
//! through: a worker that is free takes the directory that has waited longest.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// A piece of work that one worker does from its beginning to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// The task that makes it known; `None` of what is known from the start.
    pub parent: Option<usize>,
    /// How long it takes, nanoseconds.
    pub ns: u64,
}

/// How many work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workers {
    /// As many all the time.
    Fixed(usize),
    /// As [`fswalk::Threads::Auto`]: one at first, then one a core, then more by steps while all of them wait and work is left.
    ByNeed {
        /// Cores.
        cores: usize,
    },
}

/// One thread walks alone for about that long before others are started.
const ALONE_NS: u64 = 1_000_000;
/// Until the first look at how the threads fare.
const FIRST_LOOK_NS: u64 = 2_000_000;
/// From one look to the next; a trial of more threads that is a clear success is followed by the next after two.
const LOOK_NS: u64 = 4_000_000;
/// Where hardly a thread is ever ready, that many times as many are tried.
const TIMES: usize = 16;
/// The most threads.
const MOST: usize = 256;

/// Their number, and when it changes next.
struct Number {
    now: usize,
    cores: usize,
    next_ns: Option<u64>,
}

impl Number {
    fn new(workers: Workers) -> Self {
        match workers {
            Workers::Fixed(number) => Self { now: number.max(1), cores: 0, next_ns: None },
            Workers::ByNeed { cores } => Self { now: 1, cores, next_ns: Some(ALONE_NS) },
        }
    }

    /// Looks at them at `ns`: whether work waits for a free one.
    fn look(&mut self, ns: u64, is_waiting: bool) {
        let pause = if self.now < self.cores {
            self.now = self.cores;
            FIRST_LOOK_NS
        } else if is_waiting {
            self.now = (self.now * TIMES).min(MOST);
            2 * LOOK_NS
        } else {
            LOOK_NS
        };
        self.next_ns = (self.now < MOST).then_some(ns + pause);
    }
}

/// When the last of the tasks has ended, nanoseconds.
pub fn finish_ns(tasks: &[Task], workers: Workers) -> u64 {
    let mut children = vec![Vec::new(); tasks.len()];
    let mut waiting = VecDeque::new();
    for (place, task) in tasks.iter().enumerate() {
        match task.parent.and_then(|parent| children.get_mut(parent)) {
            Some(siblings) => siblings.push(place),
            None => waiting.push_back(place),
        }
    }
    let mut number = Number::new(workers);
    let mut running = BinaryHeap::new();
    let mut now = 0;
    loop {
        while running.len() < number.now
            && let Some(place) = waiting.pop_front()
        {
            running.push(Reverse((now + tasks[place].ns, place)));
        }
        let Some(&Reverse((ends, place))) = running.peek() else { return now };
        match number.next_ns.filter(|&look| look < ends) {
            Some(look) => {
                now = look;
                number.look(now, !waiting.is_empty());
            }
            None => {
                now = ends;
                running.pop();
                waiting.extend(&children[place]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A root with three children, the last of which has one.
    const TREE: [Task; 5] = [task(None, 4), task(Some(0), 5), task(Some(0), 5), task(Some(0), 2), task(Some(3), 9)];

    const fn task(parent: Option<usize>, ns: u64) -> Task {
        Task { parent, ns }
    }

    #[test]
    fn one_worker_does_all_of_it_and_many_wait_for_the_longest_chain() {
        let finish = |workers| finish_ns(&TREE, Workers::Fixed(workers));
        assert_eq!((finish(1), finish(100)), (25, 4 + 2 + 9));
        // Two: 4, then 5 and 5, then 2, then 9.
        assert_eq!(finish(2), 4 + 5 + 2 + 9);
        assert_eq!(finish(0), 25, "somebody has to");
    }

    #[test]
    fn nothing_takes_no_time() {
        assert_eq!(finish_ns(&[], Workers::Fixed(4)), 0);
        assert_eq!(finish_ns(&[], Workers::ByNeed { cores: 2 }), 0);
    }

    #[test]
    fn workers_that_come_by_need_come_only_while_work_waits() {
        let of = |answers: u64| {
            let tasks: Vec<Task> = (0..1000).map(|_| task(None, answers)).collect();
            finish_ns(&tasks, Workers::ByNeed { cores: 2 })
        };
        // A thousand of 1 µs are done before anybody has looked.
        assert_eq!(of(1000), 1_000_000);
        // A thousand of 10 ms: 2 are done by 10 ms, and from the second look on there are 256.
        let long = of(10_000_000);
        assert!((40_000_000..80_000_000).contains(&long), "{long}");
    }
}
