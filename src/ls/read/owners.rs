//! Names of users and groups, each looked up once a listing, however many threads ask.

use crate::ls::text::quote::Encoding;
use crate::ls::text::width::printable_columns;
use crate::sys::owners;
use fswalk::team::lock;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A user or a group, as it is shown.
#[derive(Debug)]
pub(crate) struct Named {
    /// Its name, or its number where it has none.
    pub(crate) text: Vec<u8>,
    /// Columns of the text; `None` for what cannot be shown, and stands where it falls.
    pub(crate) columns: Option<usize>,
    /// Names stand left in their column, numbers right.
    pub(crate) is_name: bool,
}

/// Users or groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum IdKind {
    User,
    Group,
}

// Ordered: hashing would ask the kernel for a random key at each start.
type Known = BTreeMap<(IdKind, u32), Arc<Named>>;

/// What all threads have looked up.
#[derive(Default)]
pub(crate) struct Owners {
    known: Mutex<Known>,
}

/// One thread's view: it asks the others once an ID.
pub(crate) struct OwnerCache<'o> {
    owners: &'o Owners,
    numeric: bool,
    encoding: Encoding,
    known: Known,
    last: [Option<(u32, Arc<Named>)>; 2],
}

impl Owners {
    pub(crate) fn lookup(&self, numeric: bool, encoding: Encoding) -> OwnerCache<'_> {
        OwnerCache { owners: self, numeric, encoding, known: Known::new(), last: [None, None] }
    }
}

impl OwnerCache<'_> {
    /// What the user or group is called.
    pub(crate) fn get(&mut self, of: IdKind, id: u32) -> &Named {
        let Self { owners, numeric, encoding, known, last } = self;
        let last = &mut last[of as usize];
        // Neighbours in a directory mostly have one owner.
        let hit = last.as_ref().is_some_and(|(last, _)| *last == id);
        if !hit {
            *last = None;
        }
        &last
            .get_or_insert_with(|| {
                let named = known.entry((of, id)).or_insert_with(|| {
                    let mut all = lock(&owners.known);
                    // The lock is held while the system is asked: nobody else asks for the same.
                    Arc::clone(all.entry((of, id)).or_insert_with(|| Arc::new(ask(of, id, *numeric, *encoding))))
                });
                (id, Arc::clone(named))
            })
            .1
    }
}

fn ask(of: IdKind, id: u32, numeric: bool, encoding: Encoding) -> Named {
    let name = match of {
        _ if numeric => None,
        IdKind::User => owners::user_name(id),
        IdKind::Group => owners::group_name(id),
    };
    // A name without a letter tells less than the number.
    let name = name.filter(|name| !name.is_empty());
    let is_name = name.is_some();
    let text = name.unwrap_or_else(|| id.to_string().into_bytes());
    Named { columns: printable_columns(&text, encoding), text, is_name }
}
