//! Text that people read, held against a file of the repository. `FSBENCH_RENEW_GOLDENS=1 cargo test` writes the files
//! anew; `git diff` shows what readers will see.

use std::fs;
use std::path::Path;

/// Holds `text` against `tests/goldens/NAME`.
pub(crate) fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens").join(name);
    if std::env::var_os("FSBENCH_RENEW_GOLDENS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        text == expected,
        "{} is no longer what is printed; FSBENCH_RENEW_GOLDENS=1 renews it. Printed now:\n{text}",
        path.display()
    );
}
