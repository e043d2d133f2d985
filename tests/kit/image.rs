//! File systems in a file, mounted over a loop device while a test runs.

use super::mount::Mount;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A mounted file system; it goes when this is dropped.
pub(crate) struct Mounted {
    /// Dropped before the folder that it is in.
    mount: Option<Mount>,
    folder: TempDir,
}

impl Mounted {
    /// A new one, made by `mkfs.KIND`; or why there can be none here.
    pub(crate) fn new(kind: &str) -> Result<Self, String> {
        // mkfs.xfs wants 300 MB.
        Self::with(kind, &[], 400 << 20)
    }

    /// The same of so many bytes, made with these options.
    pub(crate) fn with(kind: &str, options: &[&str], bytes: u64) -> Result<Self, String> {
        if !rustix::process::geteuid().is_root() {
            return Err("only root may mount".to_owned());
        }
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let image = folder.path().join("image");
        // Sparse: it takes what is written.
        File::create(&image).and_then(|file| file.set_len(bytes)).map_err(|error| error.to_string())?;
        let mut this = Self { mount: None, folder };
        std::fs::create_dir(this.root()).map_err(|error| error.to_string())?;
        run(Command::new(format!("mkfs.{kind}")).arg("-q").args(options).arg(&image))?;
        let image = image.to_str().ok_or("no UTF-8")?;
        this.mount = Some(Mount::new(&["-o", "loop", image], &this.root())?);
        Ok(this)
    }

    /// Where it is mounted.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }
}

/// Runs it to its end; or what it said.
pub(super) fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output();
    let output = output.map_err(|error| format!("{name}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}
