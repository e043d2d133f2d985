//! How work is shared among ranks, and how they learn that there is none left: generic over what the work is and over how messages
//! travel. MPI carries them in earnest; [`crate::simulation`] carries them late, in any order, and on a clock of its own.

mod message;
mod scheduler;
mod share;
mod transport;

pub use message::Message;
pub use scheduler::{Counts, Load, Scheduler, Step, Work};
pub use share::spare;
pub use transport::Transport;
