//! `--want`: what is asked of each entry, by its word.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use fsbench::list::Want;

/// Takes the words of [`Want`].
pub(super) fn want() -> impl TypedValueParser<Value = Want> {
    let about = |want| match want {
        Want::Names => "Names: `ls -U`, `find` without a test",
        Want::Kinds => "Names and file types: `ls -F`, any walk of a tree, which must know the directories",
        Want::Metadata => "Names, file types, mode, links, owner, group, size, modification time, inode: `ls -li`",
    };
    let values = Want::ALL.map(|want| PossibleValue::new(want.name()).help(about(want)));
    PossibleValuesParser::new(values)
        .map(|word| Want::ALL.into_iter().find(|want| want.name() == word).expect("the words are those of Want::ALL"))
}
