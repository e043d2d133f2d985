//! A directory of a plan.

/// Where it is, and how much it holds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Directory {
    /// The directory it is in; the root's is itself.
    pub(super) parent: u32,
    /// Its number among its parent's subdirectories.
    pub(super) nth: u32,
    /// Its subdirectories are the `children` ones from here.
    pub(super) first_child: u32,
    /// How many subdirectories it has.
    pub(super) children: u32,
    /// How many other entries it has.
    pub(super) files: u32,
}
