//! Paths in records and in the worker protocol: text if they are UTF-8, else hexadecimal.

use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// A path in JSON: a string, or its bytes in hexadecimal where it is not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PathText {
    /// UTF-8.
    Text(String),
    /// Anything.
    Hex {
        /// Two digits a byte.
        hex: String,
    },
}

impl From<PathBuf> for PathText {
    fn from(path: PathBuf) -> Self {
        match path.into_os_string().into_string() {
            Ok(text) => Self::Text(text),
            Err(bytes) => Self::Hex { hex: bytes.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect() },
        }
    }
}

impl From<&PathText> for PathBuf {
    /// Pairs that are not hexadecimal become `?`, which names no existing file by accident only.
    fn from(text: &PathText) -> Self {
        match text {
            PathText::Text(text) => text.into(),
            PathText::Hex { hex } => {
                let pair = |pair: &[u8]| {
                    std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or(b'?')
                };
                OsString::from_vec(hex.as_bytes().chunks(2).map(pair).collect()).into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_survives_json() {
        for bytes in [b"/usr".as_slice(), b"/t\xff\n", b""] {
            let path = PathBuf::from(OsString::from_vec(bytes.to_vec()));
            let json = serde_json::to_string(&PathText::from(path.clone())).unwrap();
            assert_eq!(PathBuf::from(&serde_json::from_str::<PathText>(&json).unwrap()), path);
        }
    }
}
