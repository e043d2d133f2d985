//! Random numbers that come out the same everywhere: a ChaCha stream for each purpose, integer arithmetic, and libm's
//! functions where there must be logarithms, since those of C libraries differ in the last bit.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of random numbers. Made in no time: the first block is computed when the first number is drawn.
pub(super) struct Stream(ChaCha8Rng);

impl Stream {
    /// Stream number `stream` of those that `seed` has.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        // Not `seed_from_u64`: how that spreads a seed is the crate's own affair.
        let mut key = [0; 32];
        for (byte, of_seed) in key.iter_mut().zip(seed.to_le_bytes()) {
            *byte = of_seed;
        }
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(stream);
        Self(rng)
    }

    /// A number from 0 up to but not `end`; 0 if `end` is.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        if end == 0 { 0 } else { self.0.random_range(0..end) }
    }

    /// One of them; empty if there is none.
    pub(super) fn pick(&mut self, words: &[&'static str]) -> &'static str {
        let nth = self.below(words.len() as u32) as usize;
        words[nth]
    }

    /// A log-normal number with median 1, in units of 1/1024: whole, so that sums of them are exact.
    pub(super) fn log_normal_1024ths(&mut self, sigma: f64) -> u64 {
        // Box and Muller's, of two numbers in (0, 1].
        let radius = libm::sqrt(-2.0 * libm::log(self.unit()));
        let normal = radius * libm::cos(std::f64::consts::TAU * self.unit());
        (libm::exp(normal * sigma) * 1024.0) as u64
    }

    /// A number in (0, 1].
    fn unit(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    /// A pronounceable word of `from` to `to` syllables of two or three letters.
    pub(super) fn word(&mut self, from: u32, to: u32, out: &mut Vec<u8>) {
        const ONSETS: [&str; 16] = ["b", "c", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr"];
        const VOWELS: [&str; 5] = ["a", "e", "i", "o", "u"];
        let syllables = from + self.below((to + 1).saturating_sub(from));
        for _ in 0..syllables {
            out.extend_from_slice(self.pick(&ONSETS).as_bytes());
            out.extend_from_slice(self.pick(&VOWELS).as_bytes());
        }
    }
}
