//! Where a walk is: directories that have subdirectories to be walked, linked to their parents.
//!
//! A path is put together from the links when it is needed, in a buffer of the thread that needs it: jobs that wait hold no
//! paths, so a tree 10,000 deep costs its names and not their sums. What keeps a directory open is not here but with
//! the jobs that still need it: it closes when the last of its children has been opened, not when the last has ended.
//!
//! A directory with everything below it has ended when nobody holds its node any more: jobs hold the node that they are about, and
//! nodes hold their parents. Whoever lets go of the last hold knows it (`Node::release`).

use super::path::push_name;
use std::ffi::CStr;
use std::iter::successors;
use std::mem::take;
use std::sync::{Arc, Weak};

/// A directory, or a part of a large one, with the subdirectories found in it. `S`: what its visitor keeps of it.
pub struct Node<S = ()> {
    /// The directory it is in, and where in `names` there its name starts; `None` of a root.
    pub parent: Option<(Arc<Self>, usize)>,
    /// Of a part: the directory that it is of, which has the state.
    whole: Option<Arc<Self>>,
    /// What the visitor made of it; its default in a part.
    state: S,
    /// The visitor was told of it.
    is_entered: bool,
    /// Which of the walk's roots it is below.
    pub root: usize,
    /// Of the directory itself: 0 for a root.
    pub depth: usize,
    /// Of the directory's path.
    path_length: usize,
    /// Of its subdirectories, each ended by a NUL.
    names: Box<[u8]>,
    /// Device and inode number, where loops or file systems are watched for.
    pub identity: Option<(u64, u64)>,
}

impl<S: Default> Node<S> {
    pub fn new(
        parent: Option<(Arc<Self>, usize)>,
        path_length: usize,
        names: &[u8],
        identity: Option<(u64, u64)>,
    ) -> Self {
        let (root, depth) = parent.as_ref().map_or((0, 0), |(parent, _)| (parent.root, parent.depth + 1));
        let names = names.into();
        Self { parent, whole: None, state: S::default(), is_entered: false, root, depth, path_length, names, identity }
    }

    /// Number `root` of the roots, before it has been listed.
    pub(super) fn of_root(root: usize, path_length: usize) -> Self {
        let mut node = Self::new(None, path_length, &[], None);
        node.root = root;
        node
    }

    /// The same, below root number `root`, with what the visitor made of it.
    pub(super) fn entered(mut self, root: usize, state: S) -> Self {
        (self.root, self.state, self.is_entered) = (root, state, true);
        self
    }

    /// A part of the directory `whole`, with subdirectories of its own.
    pub(super) fn part_of(whole: &Arc<Self>, names: &[u8]) -> Self {
        let mut part = Self::new(whole.parent.clone(), whole.path_length, names, whole.identity);
        part.whole = Some(Arc::clone(whole.whole.as_ref().unwrap_or(whole)));
        part.root = whole.root;
        part
    }

    /// What the visitor made of the directory.
    pub(super) fn state(&self) -> &S {
        self.whole.as_ref().map_or(&self.state, |whole| &whole.state)
    }

    /// Whether the visitor was told of it, and so wants to know of its end.
    pub(super) fn is_entered(&self) -> bool {
        self.is_entered
    }

    /// Lets go of a node. Where that was the last hold, everything below its directory has ended, and `ended` is told: the node,
    /// its state, its parent. The same for the nodes above it.
    pub(super) fn release(node: Arc<Self>, mut ended: impl FnMut(&Self, S)) {
        let mut next = Some(node);
        while let Some(node) = next.take() {
            let Some(mut node) = Arc::into_inner(node) else { return };
            if let Some(whole) = node.whole.take() {
                // Which holds the parent, too.
                next = Some(whole);
                continue;
            }
            let state = take(&mut node.state);
            ended(&node, state);
            next = node.parent.take().map(|(parent, _)| parent);
        }
    }
}

impl<S> Node<S> {
    /// Of the directory's path: what the paths of its subdirectories start with.
    pub fn path_length(&self) -> usize {
        self.path_length
    }

    /// The name that starts at `at`.
    pub fn name(&self, at: usize) -> &[u8] {
        let rest = self.names.get(at..).unwrap_or_default();
        rest.split(|&byte| byte == 0).next().unwrap_or_default()
    }

    /// The same with its NUL; `None` behind the last.
    pub fn c_name(&self, at: usize) -> Option<&CStr> {
        CStr::from_bytes_until_nul(self.names.get(at..)?).ok()
    }

    /// The names from one that starts at `from` to one that ends at `to`, each ended by a NUL.
    pub fn names(&self, from: usize, to: usize) -> &[u8] {
        self.names.get(from..to).unwrap_or_default()
    }

    /// The directories that it is in, from its parent up.
    fn above(&self) -> impl Iterator<Item = &Arc<Self>> {
        successors(self.parent_node(), |node| node.parent_node())
    }

    fn parent_node(&self) -> Option<&Arc<Self>> {
        self.parent.as_ref().map(|(parent, _)| parent)
    }

    /// Whether it, or a directory above it, is that one.
    pub fn is_within(&self, identity: (u64, u64)) -> bool {
        self.identity == Some(identity) || self.above().any(|node| node.identity == Some(identity))
    }

    /// The directory that is that one: it, or one above it.
    pub(super) fn find_above(&self, identity: (u64, u64)) -> Option<&Self> {
        let is_it = |node: &&Self| node.identity == Some(identity);
        Some(self).filter(is_it).or_else(|| self.above().map(Arc::as_ref).find(is_it))
    }

    /// Writes its path, which starts with `root`'s, to `path`: from its end, since links point upwards.
    pub(super) fn write_path(&self, root: &[u8], path: &mut Vec<u8>) {
        path.clear();
        path.extend_from_slice(root);
        // The slashes are what is not overwritten.
        path.resize(self.path_length, b'/');
        let (mut node, mut end) = (self, self.path_length);
        while let Some((parent, at)) = &node.parent {
            let name = parent.name(*at);
            let name = name.strip_prefix(LINK).unwrap_or(name);
            if let Some(place) = end.checked_sub(name.len()).and_then(|start| path.get_mut(start..end)) {
                place.copy_from_slice(name);
            }
            (node, end) = (parent, parent.path_length);
        }
    }
}

/// What a link's name starts with among the subdirectories' names, where links are followed: no name holds a slash.
pub const LINK: &[u8] = b"/";

/// A path buffer that knows whose path it holds: most jobs are about a child of the last job's directory, or of one above it.
/// It does not keep those directories from ending.
pub struct PathOf<S = ()> {
    bytes: Vec<u8>,
    /// By depth, the directories whose paths it starts with. A weak hold keeps a node's address from becoming another's.
    nodes: Vec<Weak<Node<S>>>,
}

impl<S> Default for PathOf<S> {
    fn default() -> Self {
        Self { bytes: Vec::new(), nodes: Vec::new() }
    }
}

impl<S> PathOf<S> {
    /// The path of `node`.
    pub fn node(&mut self, node: &Arc<Node<S>>, root: &[u8]) -> &[u8] {
        let known = self.nodes.get(node.depth);
        if !known.is_some_and(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(node))) {
            node.write_path(root, &mut self.bytes);
            self.nodes.clear();
            self.nodes.extend(successors(Some(node), |node| node.parent_node()).map(Arc::downgrade));
            self.nodes.reverse();
        }
        self.nodes.truncate(node.depth + 1);
        self.bytes.truncate(node.path_length);
        &self.bytes
    }

    /// `node` was just made of the child, or of the directory, whose path was last asked for.
    pub fn is_of(&mut self, node: &Arc<Node<S>>) {
        self.nodes.truncate(node.depth);
        // A directory without a node of its own was asked for by its parent's; a root, by none.
        if self.nodes.len() == node.depth {
            self.nodes.push(Arc::downgrade(node));
        }
    }

    /// The path of `name` in `node`.
    pub fn child(&mut self, node: &Arc<Node<S>>, name: &[u8], root: &[u8]) -> &[u8] {
        self.node(node, root);
        push_name(&mut self.bytes, name);
        &self.bytes
    }
}

impl<S> Drop for Node<S> {
    /// Link by link: a chain of 10,000, dropped by recursion, would overflow a stack.
    fn drop(&mut self) {
        let mut above = self.parent.take();
        while let Some((node, _)) = above {
            above = Arc::into_inner(node).and_then(|mut node| node.parent.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_put_together_from_its_links() {
        for (root, paths) in [("top", ["top", "top/a", "top/a/bc"]), ("/", ["/", "/a", "/a/bc"])] {
            let node = |parent, path: &str, names: &[u8]| Arc::new(Node::<()>::new(parent, path.len(), names, None));
            let top = node(None, paths[0], b"x\0a\0");
            let middle = node(Some((Arc::clone(&top), 2)), paths[1], b"/bc\0");
            let bottom = node(Some((Arc::clone(&middle), 0)), paths[2], b"end\0");
            let mut path = PathOf::default();
            let asked = [(&bottom, 2), (&top, 0), (&middle, 1), (&bottom, 2), (&middle, 1), (&top, 0)];
            for (node, expected) in asked.map(|(node, depth)| (node, paths[depth])) {
                assert_eq!(path.node(node, root.as_bytes()), expected.as_bytes());
                assert_eq!(
                    path.child(node, b"n", root.as_bytes()),
                    format!("{}/n", expected.trim_end_matches('/')).as_bytes()
                );
            }
            path.child(&top, b"a", root.as_bytes());
            path.is_of(&middle);
            assert_eq!(path.node(&middle, root.as_bytes()), paths[1].as_bytes());
        }
    }

    #[test]
    fn a_long_chain_is_dropped_without_recursion() {
        let mut node = Arc::new(Node::<()>::new(None, 1, b"a\0", None));
        for depth in 1..200_000 {
            node = Arc::new(Node::new(Some((node, 0)), depth * 2, b"a\0", None));
        }
        assert_eq!(node.depth, 199_999);
    }
}
