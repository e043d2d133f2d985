//! `fsbench worker`: the process that `compare` starts to run one case.

use super::{Failed, Status};
use fsbench::measure::worker;
use std::io;

pub(super) fn run() -> Result<Status, Failed> {
    worker::serve(io::stdin().lock(), io::stdout().lock()).map(|()| Status::Fine).map_err(Failed::output)
}
