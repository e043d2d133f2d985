//! What tests from outside share.

pub(crate) mod image;
