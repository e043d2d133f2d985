//! How paths are put together: the root as the user named it, a slash, what is below it.

/// Appends `name` to the path of the directory it is in.
pub fn push_name(path: &mut Vec<u8>, name: &[u8]) {
    if !path.ends_with(b"/") {
        path.push(b'/');
    }
    path.extend_from_slice(name);
}

/// Where the part below `root` starts in the paths that [`push_name`] makes from it.
pub fn below(root: &[u8]) -> usize {
    root.len() + usize::from(!root.ends_with(b"/"))
}
