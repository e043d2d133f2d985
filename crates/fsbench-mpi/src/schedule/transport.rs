//! How ranks reach each other: messages from one to another, and sums over all of them.

/// The wires between ranks, as one rank has them. No call blocks for long, and messages need not arrive in the order in which they were
/// sent.
pub trait Transport {
    /// Number of this rank, from 0.
    fn rank(&self) -> usize;

    /// How many ranks there are.
    fn ranks(&self) -> usize;

    /// Sends a message, which arrives sometime.
    fn send(&mut self, to: usize, message: &[u8]);

    /// A message that has arrived, and the rank that sent it.
    fn try_receive(&mut self) -> Option<(usize, Vec<u8>)>;

    /// Joins a sum over all ranks with these addends. It completes on no rank before every rank has joined. A rank joins the next
    /// one only when this one has completed.
    fn start_sum(&mut self, addends: [u64; 2]);

    /// The totals of the sum joined last, once it has completed.
    fn try_sum(&mut self) -> Option<[u64; 2]>;
}
