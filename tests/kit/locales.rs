//! Locales: the system's, or made by localedef(1) where it has its sources.

use std::process::Command;
use std::sync::{LazyLock, Mutex};
use tempfile::TempDir;

/// Where made ones lie, as long as the test runs.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());
static MAKING: Mutex<()> = Mutex::new(());

/// The environment that brings the locale about, or why there is none.
pub(crate) fn locale(name: &str, charset: &str) -> Result<Vec<(String, String)>, String> {
    let full = format!("{name}.{charset}");
    let alike = |text: &str| text.to_lowercase().replace('-', "");
    let known = Command::new("locale").arg("-a").output().map_err(|why| why.to_string())?;
    if String::from_utf8_lossy(&known.stdout).lines().any(|line| alike(line) == alike(&full)) {
        return Ok(vec![("LC_ALL".to_owned(), full)]);
    }
    let _making = MAKING.lock().unwrap();
    let folder = FOLDER.path().join(&full);
    if !folder.join("LC_COLLATE").exists() {
        let made = Command::new("localedef").args(["-i", name, "-f", charset]).arg(&folder).output();
        let made = made.map_err(|why| why.to_string())?;
        // It warns where a locale leaves something out, and ends with 1; what counts is what it made.
        if !folder.join("LC_COLLATE").exists() {
            return Err(String::from_utf8_lossy(&made.stderr).into_owned());
        }
    }
    let path = FOLDER.path().to_string_lossy().into_owned();
    Ok(vec![("LC_ALL".to_owned(), full), ("LOCPATH".to_owned(), path)])
}
