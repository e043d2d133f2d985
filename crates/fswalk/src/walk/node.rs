//! Where a walk is: directories that have subdirectories to be walked, linked to their parents.
//!
//! A path is put together from the links when it is needed, in a buffer of the thread that needs it: jobs that wait hold no
//! paths, so a tree 10,000 deep costs its names and not their sums. What keeps a directory open is not here but with
//! the jobs that still need it: it closes when the last of its children has been opened, not when the last has ended.

use super::path::push_name;
use std::ffi::CStr;
use std::iter::successors;
use std::sync::Arc;

/// A directory, or a range of a large one, with the subdirectories found in it.
pub struct Node {
    /// The directory it is in, and where in `names` there its name starts; `None` of the root.
    pub parent: Option<(Arc<Node>, usize)>,
    /// Of the directory itself: 0 for the root.
    pub depth: usize,
    /// Of the directory's path.
    path_length: usize,
    /// Of its subdirectories, each ended by a NUL.
    names: Box<[u8]>,
    /// Device and inode number, where loops or file systems are watched for.
    pub identity: Option<(u64, u64)>,
}

impl Node {
    pub fn new(
        parent: Option<(Arc<Self>, usize)>,
        path_length: usize,
        names: &[u8],
        identity: Option<(u64, u64)>,
    ) -> Self {
        let depth = parent.as_ref().map_or(0, |(parent, _)| parent.depth + 1);
        Self { parent, depth, path_length, names: names.into(), identity }
    }

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

    /// Whether `above` is one of the directories that it is in.
    fn is_below(&self, above: &Arc<Self>) -> bool {
        self.above().take_while(|node| node.depth >= above.depth).any(|node| Arc::ptr_eq(node, above))
    }

    /// Writes its path, which starts with `root`'s, to `path`: from its end, since links point upwards.
    fn write_path(&self, root: &[u8], path: &mut Vec<u8>) {
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
#[derive(Default)]
pub struct PathOf {
    bytes: Vec<u8>,
    node: Option<Arc<Node>>,
}

impl PathOf {
    /// The path of `node`.
    pub fn node(&mut self, node: &Arc<Node>, root: &[u8]) -> &[u8] {
        let last = self.node.as_ref();
        if !last.is_some_and(|last| Arc::ptr_eq(last, node)) {
            if !last.is_some_and(|last| last.is_below(node)) {
                node.write_path(root, &mut self.bytes);
            }
            self.node = Some(Arc::clone(node));
        }
        self.bytes.truncate(node.path_length);
        &self.bytes
    }

    /// `node` was just made of the child, or of the directory, whose path was last asked for.
    pub fn is_of(&mut self, node: &Arc<Node>) {
        self.node = Some(Arc::clone(node));
    }

    /// The path of `name` in `node`.
    pub fn child(&mut self, node: &Arc<Node>, name: &[u8], root: &[u8]) -> &[u8] {
        self.node(node, root);
        push_name(&mut self.bytes, name);
        &self.bytes
    }
}

impl Drop for Node {
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
            let node = |parent, path: &str, names: &[u8]| Arc::new(Node::new(parent, path.len(), names, None));
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
        let mut node = Arc::new(Node::new(None, 1, b"a\0", None));
        for depth in 1..200_000 {
            node = Arc::new(Node::new(Some((node, 0)), depth * 2, b"a\0", None));
        }
        assert_eq!(node.depth, 199_999);
    }
}
