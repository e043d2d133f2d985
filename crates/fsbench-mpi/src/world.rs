//! MPI: the transport between ranks, and the questions that all of them answer together.
//!
//! One thread of each rank makes all calls ([`mpi::Threading::Funneled`]). Short messages (questions, refusals) are sent with MPI_Bsend from
//! a buffer that has room for one to every rank, which is the most that can be under way: a rank has one question out at a time.
//! Work is sent with MPI_Send, which may block until the receiver takes it; [`crate::schedule`] says why that cannot last.

use crate::schedule::Transport;
use mpi::Threading;
use mpi::collective::SystemOperation;
use mpi::environment::Universe;
use mpi::point_to_point::MatchedReceiveVec;
use mpi::request::{Request, StaticScope};
use mpi::topology::SimpleCommunicator;
use mpi::traits::*;
use std::thread;
use std::time::Duration;

/// What MPI_Bsend takes, with its own header (MPI_BSEND_OVERHEAD is 96 in MPICH, 128 in Open MPI).
const SHORT_BYTES: usize = 16;
const BUFFERED_BYTES: usize = 512;

/// Between two looks at whether all ranks are there.
const PAUSE: Duration = Duration::from_micros(200);

/// All ranks, as this one has them. MPI is finalized when it is dropped.
pub struct World {
    world: SimpleCommunicator,
    sum: Option<Request<'static, [u64], StaticScope>>,
    // Dropped last.
    _universe: Universe,
}

impl World {
    /// Joins the job; without mpirun it is one of a single rank. `None` if this process has joined before.
    #[must_use]
    pub fn join() -> Option<Self> {
        // A second thread that calls MPI is a bug here, so more than Funneled is not needed; less is none at all.
        let (mut universe, _) = mpi::initialize_with_threading(Threading::Funneled)?;
        let world = universe.world();
        let ranks = usize::try_from(world.size()).expect("MPI counts ranks from 1");
        universe.set_buffer_size((ranks + 1) * BUFFERED_BYTES);
        Some(Self { world, sum: None, _universe: universe })
    }

    /// How many ranks run on this machine, this one included.
    #[must_use]
    pub fn ranks_here(&self) -> usize {
        let here = self.world.split_shared(self.world.rank());
        usize::try_from(here.size()).expect("MPI counts ranks from 1")
    }

    /// The numbers of every rank, by rank. All ranks bring equally many.
    #[must_use]
    pub fn gather(&self, mine: &[u64]) -> Vec<Vec<u64>> {
        self.barrier();
        let mut all = vec![0; mine.len() * self.ranks()];
        self.world.all_gather_into(mine, &mut all[..]);
        all.chunks(mine.len()).map(<[u64]>::to_vec).collect()
    }

    /// Waits until every rank is here. MPI's blocking calls wait by asking all the time, on a core that those who are late may need: so
    /// whatever may take long is waited for here, asleep.
    pub fn barrier(&self) {
        let mut request = self.world.immediate_barrier();
        while let Err(not_yet) = request.test() {
            request = not_yet;
            thread::sleep(PAUSE);
        }
    }

    /// Ends all ranks at once.
    pub fn abort(&self, status: i32) -> ! {
        self.world.abort(status)
    }
}

impl Transport for World {
    fn rank(&self) -> usize {
        usize::try_from(self.world.rank()).expect("MPI counts ranks from 0")
    }

    fn ranks(&self) -> usize {
        usize::try_from(self.world.size()).expect("MPI counts ranks from 1")
    }

    fn send(&mut self, to: usize, message: &[u8]) {
        let to = self.world.process_at_rank(i32::try_from(to).expect("MPI's ranks are C ints"));
        if message.len() <= SHORT_BYTES { to.buffered_send(message) } else { to.send(message) }
    }

    fn try_receive(&mut self) -> Option<(usize, Vec<u8>)> {
        let probed = self.world.any_process().immediate_matched_probe()?;
        let (text, status) = probed.matched_receive_vec::<u8>();
        Some((usize::try_from(status.source_rank()).expect("MPI counts ranks from 0"), text))
    }

    fn start_sum(&mut self, addends: [u64; 2]) {
        assert!(self.sum.is_none(), "one sum at a time");
        // MPI writes to them until the sum is complete, whatever becomes of this value: so they are never freed. They take 32 bytes, and
        // there is about one sum for each time that all ranks have run out of work.
        let mine: &'static [u64] = Box::leak(Box::new(addends));
        let totals: &'static mut [u64] = Box::leak(Box::new([0; 2]));
        self.sum = Some(self.world.immediate_all_reduce_into(StaticScope, mine, totals, SystemOperation::sum()));
    }

    fn try_sum(&mut self) -> Option<[u64; 2]> {
        match self.sum.take()?.test_with_data() {
            Ok((_, totals)) => Some([totals[0], totals[1]]),
            Err(not_yet) => {
                self.sum = Some(not_yet);
                None
            }
        }
    }
}
