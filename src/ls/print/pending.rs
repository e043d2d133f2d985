//! Directories that are still to be listed: for each directory on the path down, its remaining subdirectories.
//!
//! ```text
//! families   roots      [ .         . ]
//!            of root 0  [ a  b  c   d ]    c is in hand: d waits
//!            of c       [ x  y        ]    the next is x
//! ```
//!
//! The innermost comes first, so that the order is depth first. What is given away is the outermost family, the latest
//! and largest part; of a single one, its later half.

use super::segments::Rest;
use fswalk::walk::node::Node;
use fswalk::walk::room::Kept;
use std::sync::Arc;

/// What is left to be listed of a segment.
#[derive(Default)]
pub(crate) struct Waiting {
    families: Vec<Family>,
}

/// Siblings that wait.
struct Family {
    of: Above,
    /// Where the next one's name starts and the last one's ends, among the names of the parent's node; or numbers of
    /// roots.
    next: usize,
    end: usize,
}

/// The directory that they are in.
#[derive(Clone)]
pub(crate) enum Above {
    /// The command line's.
    Nobody,
    /// A directory's.
    Parent {
        node: Arc<Node>,
        /// The directory, open; `None` where there was no room.
        kept: Option<Arc<Kept>>,
        /// Number of the root that it is below.
        root: usize,
    },
}

impl Waiting {
    /// The first `count` roots.
    pub(crate) fn roots(count: usize) -> Self {
        Self { families: vec![Family { of: Above::Nobody, next: 0, end: count }] }
    }

    /// The children whose names take so many bytes come next.
    pub(crate) fn push(&mut self, of: Above, names_bytes: usize) {
        self.families.push(Family { of, next: 0, end: names_bytes });
    }

    /// The next directory: whose child it is, and which.
    pub(crate) fn next(&mut self) -> Option<(Above, usize)> {
        let family = self.families.last_mut()?;
        let at = family.next;
        family.next += match &family.of {
            Above::Nobody => 1,
            Above::Parent { node, .. } => node.name(at).len() + 1,
        };
        if family.next < family.end {
            return Some((family.of.clone(), at));
        }
        self.families.pop().map(|family| (family.of, at))
    }
}

impl Family {
    /// Where the later half starts, if there are two.
    fn middle(&self) -> Option<usize> {
        let half = (self.end - self.next) / 2;
        let middle = self.next
            + match &self.of {
                Above::Nobody => half,
                Above::Parent { node, .. } => {
                    let (before, after) = node.names(self.next, self.end).split_at(half);
                    let is_end = |byte: &u8| *byte == 0;
                    match after.iter().position(is_end) {
                        Some(end) if end + 1 < after.len() => half + end + 1,
                        _ => before.iter().rposition(is_end).map_or(0, |end| end + 1),
                    }
                }
            };
        (self.next < middle && middle < self.end).then_some(middle)
    }
}

impl Rest for Waiting {
    fn is_empty(&self) -> bool {
        self.families.is_empty()
    }

    fn can_split(&self) -> bool {
        match self.families.as_slice() {
            [] => false,
            [family] => family.middle().is_some(),
            _ => true,
        }
    }

    fn split(&mut self) -> Option<Self> {
        if self.families.len() > 1 {
            return Some(Self { families: vec![self.families.remove(0)] });
        }
        let family = self.families.first_mut()?;
        let middle = family.middle()?;
        let later = Family { of: family.of.clone(), next: middle, end: std::mem::replace(&mut family.end, middle) };
        Some(Self { families: vec![later] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(waiting: &mut Waiting) -> Vec<String> {
        std::iter::from_fn(|| waiting.next())
            .map(|(of, at)| match of {
                Above::Nobody => at.to_string(),
                Above::Parent { node, .. } => String::from_utf8_lossy(node.name(at)).into_owned(),
            })
            .collect()
    }

    fn family(waiting: &mut Waiting, names: &[u8]) {
        let node = Arc::new(Node::new(None, 1, names, None));
        waiting.push(Above::Parent { node, kept: None, root: 0 }, names.len());
    }

    #[test]
    fn the_innermost_comes_first() {
        let mut waiting = Waiting::roots(2);
        assert!(matches!(waiting.next(), Some((Above::Nobody, 0))));
        family(&mut waiting, b"a\0bc\0");
        assert_eq!(names(&mut waiting), ["a", "bc", "1"]);
        assert!(waiting.is_empty());
    }

    #[test]
    fn whatever_is_split_keeps_its_order() {
        for children in [&b"a\0"[..], b"a\0b\0", b"a\0bcdefghijk\0", b"abcdefghij\0k\0", b"a\0b\0c\0d\0e\0"] {
            let mut waiting = Waiting::roots(3);
            waiting.next();
            family(&mut waiting, children);
            let expected = names(&mut {
                let mut same = Waiting::roots(3);
                same.next();
                family(&mut same, children);
                same
            });
            let mut parts = Vec::new();
            while let Some(part) = waiting.split() {
                parts.insert(0, part);
            }
            let last = names(&mut waiting);
            assert_eq!(last.len(), 1);
            let mut found = last;
            found.extend(parts.iter_mut().flat_map(names));
            assert_eq!(found, expected);
        }
    }
}
