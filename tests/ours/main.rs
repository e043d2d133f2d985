//! What fsbench itself promises, tested from outside.

#[path = "../kit/mod.rs"]
mod kit;

mod bare;
mod browser;
mod cold;
mod commands;
mod compare;
mod completions;
mod count;
mod deck;
mod dependencies;
mod divide;
mod documents;
mod env;
mod explain;
mod faulty;
mod gate;
mod r#gen;
mod help;
mod hostile;
mod languages;
mod leftover;
mod ls;
mod made;
mod man;
mod mutation;
mod no_threads;
mod oracle;
mod predict;
mod processes;
mod promises;
mod record;
mod replace;
mod report;
mod results;
mod screens;
mod session;
mod threads;
mod words;
mod workers;
