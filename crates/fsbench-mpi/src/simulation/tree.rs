//! A tree that is a function of its seed: how many directories are below each, and how many files are in it, follow log-normal laws, as
//! they do on real file systems (Agrawal et al., A five-year study of file-system metadata, FAST 2007).

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::f64::consts::TAU;

/// A directory with all below it, yet to be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subtree {
    /// What it is a function of.
    pub seed: u64,
    /// Directories in it, itself included.
    pub directories: u64,
}

/// How trees are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Law {
    /// Subdirectories of a directory, median.
    pub subdirectories: f64,
    /// Spread of their number, and of how unequal their sizes are: the standard deviation of the logarithm.
    pub sigma: f64,
    /// Files in a directory, median.
    pub files: f64,
    /// Spread of their number.
    pub files_sigma: f64,
}

impl Law {
    /// 15 files a directory in the mean, and siblings of very unequal size.
    pub const USUAL: Self = Self { subdirectories: 4.0, sigma: 1.5, files: 5.0, files_sigma: 1.5 };

    /// The files in a directory, and the subtrees below it.
    #[must_use]
    pub fn list(&self, subtree: Subtree) -> (u64, Vec<Subtree>) {
        let mut random = ChaCha8Rng::seed_from_u64(subtree.seed);
        let files = log_normal(&mut random, self.files, self.files_sigma) as u64;
        let below = subtree.directories - 1;
        if below == 0 {
            return (files, Vec::new());
        }
        let count = (log_normal(&mut random, self.subdirectories, self.sigma) as u64).clamp(1, below);
        let weights: Vec<f64> = (0..count).map(|_| log_normal(&mut random, 1.0, self.sigma)).collect();
        let sum: f64 = weights.iter().sum();
        // Each has at least itself; the rest is shared by weight, and what rounding leaves goes to the last.
        let (mut left, rest) = (below - count, below - count);
        let last = weights.len() - 1;
        let subtree = |(index, weight): (usize, &f64)| {
            let share = if index == last { left } else { ((rest as f64 * weight / sum) as u64).min(left) };
            left -= share;
            Subtree { seed: random.random(), directories: 1 + share }
        };
        (files, weights.iter().enumerate().map(subtree).collect())
    }
}

fn log_normal(random: &mut ChaCha8Rng, median: f64, sigma: f64) -> f64 {
    // Box and Muller's way to a normal number; 1 - u is never 0.
    let (u, v): (f64, f64) = (random.random(), random.random());
    median * (sigma * (-2.0 * (1.0 - u).ln()).sqrt() * (TAU * v).cos()).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_as_many_directories_as_it_says() {
        for seed in 0..50 {
            let mut waiting = vec![Subtree { seed, directories: 1 + seed * 37 }];
            let mut listed = 0;
            while let Some(subtree) = waiting.pop() {
                listed += 1;
                waiting.extend(Law::USUAL.list(subtree).1);
            }
            assert_eq!(listed, 1 + seed * 37, "seed {seed}");
        }
    }
}
