//! The schedule without MPI: ranks in one thread, over a network that delays and reorders messages by a seed, on a clock that is
//! computed. It serves twice: to try the scheduler in orders that no machine would show, and to see how 1,000 ranks would fare.

mod cluster;
mod network;
mod tree;

pub use cluster::{Cluster, Outcome};
pub use network::{Network, Wire};
pub use tree::{Law, Subtree};

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn cluster(ranks: usize, seed: u64) -> Cluster {
        let us = Duration::from_micros;
        // From messages that are faster than everything else to some that are late by ten directories.
        let longest = [us(2), us(300), us(3_000), us(30_000)][(seed % 4) as usize];
        Cluster {
            ranks,
            threads: 1 + (seed / 4 % 3) as usize,
            law: Law::USUAL,
            directories: 1 + seed * 7 % 400,
            answer: us(1_000),
            questions: 2,
            entries_per_answer: 1_000,
            answers_per_second: f64::INFINITY,
            delays: us(1)..longest,
            poll: us(200),
            seed,
        }
    }

    #[test]
    fn every_directory_is_listed_once_and_no_rank_ends_before_whatever_the_order_of_messages() {
        for seed in 0..400 {
            for ranks in [1, 2, 3, 4, 7, 8] {
                let cluster = cluster(ranks, seed);
                let outcome = cluster.run();
                assert_eq!(outcome.listed.iter().sum::<u64>(), cluster.directories, "{ranks} ranks, seed {seed}");
                assert_eq!(outcome.left, (0, 0), "left when they ended; {ranks} ranks, seed {seed}");
            }
        }
    }

    #[test]
    fn many_ranks_share_a_log_normal_tree_evenly() {
        let mut cluster = cluster(16, 1);
        (cluster.threads, cluster.directories) = (4, 60_000);
        cluster.delays = Duration::from_micros(5)..Duration::from_micros(50);
        let outcome = cluster.run();
        assert!(outcome.efficiency(&cluster) > 0.9, "{}", outcome.efficiency(&cluster));
        assert!(outcome.imbalance() < 1.1, "{}", outcome.imbalance());
    }

    #[test]
    fn a_chain_keeps_one_rank_at_work_and_ends() {
        let mut cluster = cluster(8, 5);
        cluster.law = Law { subdirectories: 1.0, sigma: 0.0, files: 1.0, files_sigma: 0.0 };
        cluster.directories = 1_000;
        let outcome = cluster.run();
        assert_eq!((outcome.listed.iter().sum::<u64>(), outcome.left), (1_000, (0, 0)));
    }
}
