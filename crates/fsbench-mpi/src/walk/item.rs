//! What waits to be done, and how it is written to be given to another rank.
//!
//! Paths are prefix-coded: each says how many of its first bytes are those of the path before it, then the rest. Directories that wait
//! together are mostly siblings, whose names alone are left.
//!
//! ```text
//! item = root u32, shared u32, rest u32, rest bytes, part
//! part = 0                                      all of the directory
//!      | 1, from u64, to u64 (MAX: none), bytes u64   the positions from `from` to below `to`
//!      | 2, length u32, names                   these entries of it, to be looked up: kind u8, name, NUL
//! ```

use super::node::Node;
use fswalk::list::range::Range;
use std::sync::Arc;

/// A directory, or part of one, that waits to be listed.
pub struct Item {
    /// The directory.
    pub node: Arc<Node>,
    /// What of it.
    pub part: Part,
}

/// What of a directory is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All.
    Whole,
    /// A range of its positions. Where file systems do not order positions, the last of the ranges, which has no end, is still one: what
    /// comes after a position, in whatever order, is the same for everybody.
    Range(Range),
    /// Entries that were read and not yet looked up: of each its kind, its name and a NUL.
    Names(Box<[u8]>),
}

impl Item {
    /// Bytes that it takes while it waits.
    pub fn bytes(&self) -> usize {
        let names = if let Part::Names(names) = &self.part { names.len() } else { 0 };
        size_of::<Self>() + self.node.bytes() + names
    }
}

/// Writes items.
pub(super) fn encode<'i>(items: impl IntoIterator<Item = &'i Item>) -> Vec<u8> {
    let (mut coded, mut before, mut path) = (Vec::new(), Vec::new(), Vec::new());
    for item in items {
        path.clear();
        item.node.append_below(&mut path);
        let shared = path.iter().zip(&before).take_while(|(a, b)| a == b).count();
        for number in [item.node.root, length(shared), length(path.len() - shared)] {
            coded.extend_from_slice(&number.to_le_bytes());
        }
        coded.extend_from_slice(&path[shared..]);
        match &item.part {
            Part::Whole => coded.push(0),
            Part::Range(range) => {
                coded.push(1);
                for number in [range.from(), range.to().unwrap_or(u64::MAX), range.bytes() as u64] {
                    coded.extend_from_slice(&number.to_le_bytes());
                }
            }
            Part::Names(names) => {
                coded.push(2);
                coded.extend_from_slice(&length(names.len()).to_le_bytes());
                coded.extend_from_slice(names);
            }
        }
        std::mem::swap(&mut before, &mut path);
    }
    coded
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("a path, or the names in an item, take less than 4 GiB")
}

/// Reads items. Those of one directory share a node for it, so that it is opened once.
///
/// # Panics
/// If [`encode`] did not write them.
pub(super) fn decode(mut coded: &[u8]) -> Vec<Item> {
    let (mut items, mut path): (Vec<Item>, Vec<u8>) = (Vec::new(), Vec::new());
    // The directory that the last item was in, or was.
    let mut parent: Option<(Vec<u8>, Arc<Node>)> = None;
    let mut last: Option<(Vec<u8>, Arc<Node>)> = None;
    while !coded.is_empty() {
        let root = u32::from_le_bytes(take(&mut coded));
        let shared = u32::from_le_bytes(take(&mut coded)) as usize;
        let rest = u32::from_le_bytes(take(&mut coded)) as usize;
        path.truncate(shared);
        path.extend_from_slice(slice(&mut coded, rest));
        let node = match &last {
            Some((of, node)) if *of == path && node.root == root => Arc::clone(node),
            _ => {
                let slash = path.iter().rposition(|&byte| byte == b'/');
                let (above, name) = slash.map_or((&path[..0], &path[..]), |slash| (&path[..slash], &path[slash + 1..]));
                if path.is_empty() {
                    Node::root(root)
                } else {
                    if !parent.as_ref().is_some_and(|(of, node)| of == above && node.root == root) {
                        parent = Some((above.to_vec(), Node::given(root, above)));
                    }
                    let (_, parent) = parent.as_ref().expect("it was just set");
                    Node::child(parent, name)
                }
            }
        };
        last = Some((path.clone(), Arc::clone(&node)));
        let part = match take::<1>(&mut coded) {
            [0] => Part::Whole,
            [1] => {
                let [from, to, bytes] = [(); 3].map(|()| u64::from_le_bytes(take(&mut coded)));
                Part::Range(Range::new(from, (to != u64::MAX).then_some(to), usize::try_from(bytes).unwrap_or(0)))
            }
            [2] => {
                let length = u32::from_le_bytes(take(&mut coded)) as usize;
                Part::Names(slice(&mut coded, length).into())
            }
            [other] => panic!("all ranks are the same program; this one knows no part {other}"),
        };
        items.push(Item { node, part });
    }
    items
}

fn slice<'c>(coded: &mut &'c [u8], length: usize) -> &'c [u8] {
    let (part, rest) = coded.split_at(length);
    *coded = rest;
    part
}

fn take<const N: usize>(coded: &mut &[u8]) -> [u8; N] {
    slice(coded, N).try_into().expect("it has the length that was asked for")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(item: &Item) -> (u32, Vec<u8>) {
        let mut path = Vec::new();
        item.node.append_below(&mut path);
        (item.node.root, path)
    }

    #[test]
    fn items_arrive_as_they_were_and_siblings_cost_their_names() {
        let top = Node::root(1);
        let deep = Node::child(&Node::child(&top, b"a very long name of a directory"), b"\xff\n");
        let whole = |name: &[u8]| Item { node: Node::child(&deep, name), part: Part::Whole };
        let items = [
            Item { node: Arc::clone(&top), part: Part::Range(Range::new(7, Some(9), 5)) },
            whole(b"x"),
            whole(b"y"),
            Item { node: Arc::clone(&deep), part: Part::Names(b"fone\0ltwo\0".to_vec().into()) },
            Item { node: Node::root(0), part: Part::Range(Range::new(1 << 62, None, 0)) },
        ];
        let coded = encode(&items);
        let arrived = decode(&coded);
        let see = |item: &Item| (below(item), item.part.clone());
        assert_eq!(arrived.iter().map(see).collect::<Vec<_>>(), items.iter().map(see).collect::<Vec<_>>());
        assert_eq!(encode(&items[1..3]).len() - encode(&items[1..2]).len(), 12 + 1 + 1, "lengths, one byte, whole");
    }
}
