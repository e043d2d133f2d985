//! The `fsbench` command.

fn main() {}
