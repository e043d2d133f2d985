//! The directories of a walk: who is in whom, so that paths can be put together when they are needed.

use fswalk::walk::path::{below, push_name};

/// All directories that were found.
pub(super) struct Tree {
    nodes: Vec<Node>,
    names: Vec<u8>,
}

struct Node {
    parent: u32,
    depth: u32,
    name_start: usize,
    name_length: usize,
}

/// A directory of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(u32);

impl Id {
    pub(super) const ROOT: Self = Self(0);
}

/// Directories that were found and are in no tree yet.
#[derive(Default)]
pub(super) struct Found {
    entries: Vec<(u32, Id, usize)>,
    names: Vec<u8>,
}

impl Found {
    /// Inode `ino` is called `name` in `parent`.
    #[inline]
    pub(super) fn push(&mut self, ino: u32, parent: Id, name: &[u8]) {
        self.names.extend_from_slice(name);
        self.entries.push((ino, parent, self.names.len()));
    }

    /// Takes all out: inode number, parent and name of each.
    pub(super) fn drain(&mut self, mut each: impl FnMut(u32, Id, &[u8])) {
        let mut start = 0;
        for &(ino, parent, end) in &self.entries {
            each(ino, parent, &self.names[start..end]);
            start = end;
        }
        self.entries.clear();
        self.names.clear();
    }
}

impl Tree {
    pub(super) fn new() -> Self {
        let node = Node { parent: 0, depth: 0, name_start: 0, name_length: 0 };
        Self { nodes: vec![node], names: Vec::new() }
    }

    /// Takes in a directory. Each inode is one at most, and inode numbers have 32 bits: so have directories.
    pub(super) fn push(&mut self, parent: Id, name: &[u8]) -> Id {
        let id = u32::try_from(self.nodes.len()).expect("there are at most as many directories as inode numbers");
        let depth = self.nodes[parent.0 as usize].depth + 1;
        let node = Node { parent: parent.0, depth, name_start: self.names.len(), name_length: name.len() };
        self.names.extend_from_slice(name);
        self.nodes.push(node);
        Id(id)
    }

    fn name(&self, id: Id) -> &[u8] {
        let node = &self.nodes[id.0 as usize];
        &self.names[node.name_start..][..node.name_length]
    }

    fn parent(&self, id: Id) -> Id {
        Id(self.nodes[id.0 as usize].parent)
    }

    fn depth(&self, id: Id) -> usize {
        self.nodes[id.0 as usize].depth as usize
    }
}

/// A path, kept for the next one: what two directories have in common is not put together again.
pub(super) struct Path {
    bytes: Vec<u8>,
    /// Of each directory on the path, from the root: which one it is, and how long the path is up to it.
    parts: Vec<(Id, usize)>,
    below: usize,
    /// Directories on the way up to what is there already.
    missing: Vec<Id>,
}

impl Path {
    /// Paths in the tree of that root.
    pub(super) fn new(root: &[u8]) -> Self {
        let parts = vec![(Id::ROOT, root.len())];
        Self { bytes: root.to_owned(), parts, below: below(root), missing: Vec::new() }
    }

    /// The path of a directory.
    pub(super) fn set(&mut self, tree: &Tree, id: Id) {
        self.missing.clear();
        let mut up = id;
        // The root is on every path.
        while self.parts.get(tree.depth(up)).is_none_or(|&(part, _)| part != up) {
            self.missing.push(up);
            up = tree.parent(up);
        }
        let kept = tree.depth(up);
        self.parts.truncate(kept + 1);
        let (_, length) = self.parts[kept];
        self.bytes.truncate(length);
        while let Some(id) = self.missing.pop() {
            push_name(&mut self.bytes, tree.name(id));
            self.parts.push((id, self.bytes.len()));
        }
    }

    /// All of it.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What of a path is below the root.
    pub(super) fn below_of<'p>(&self, path: &'p [u8]) -> &'p [u8] {
        path.get(self.below..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_right_whichever_came_before() {
        let mut tree = Tree::new();
        let a = tree.push(Id::ROOT, b"a");
        let b = tree.push(Id::ROOT, b"b");
        let deep = tree.push(a, b"deep");
        let deeper = tree.push(deep, b"deeper");
        let mut path = Path::new(b"root/");
        let all = [
            (Id::ROOT, "root/", ""),
            (a, "root/a", "a"),
            (b, "root/b", "b"),
            (deep, "root/a/deep", "a/deep"),
            (deeper, "root/a/deep/deeper", "a/deep/deeper"),
        ];
        for before in all {
            for (id, whole, below) in all {
                path.set(&tree, before.0);
                path.set(&tree, id);
                assert_eq!(
                    (path.bytes(), path.below_of(path.bytes())),
                    (whole.as_bytes(), below.as_bytes()),
                    "{before:?}"
                );
            }
        }
    }
}
