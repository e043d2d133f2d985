//! What GNU's ls promises, and `fsbench ls` after it.

#[path = "../kit/mod.rs"]
mod kit;

mod faults;
mod later;
mod ls;
mod order;
mod refused;
mod times;
