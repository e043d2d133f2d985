//! stub
use std::{fmt, path::Path, sync::atomic::AtomicBool};
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    Flat,
    Source,
}
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Flat => "flat",
            Self::Source => "source",
        })
    }
}
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    pub shape: Shape,
    pub entries: u64,
    pub seed: u64,
}
pub fn generate(
    root: &Path,
    spec: &Spec,
    _p: &(dyn Fn(u64) + Sync),
    _s: &AtomicBool,
) -> Result<(), crate::error::Error> {
    std::fs::create_dir_all(root).unwrap();
    match spec.shape {
        Shape::Flat => {
            for i in 0..spec.entries {
                std::fs::File::create(root.join(format!("file-{i:08}.dat"))).unwrap();
            }
        }
        Shape::Source => {
            for d in 0..spec.entries / 15 {
                let mut p = root.join(format!("d{}", d % 20));
                for k in 0..(d % 7) {
                    p = p.join(format!("s{}", (d / 20 + k) % 9));
                }
                std::fs::create_dir_all(&p).unwrap();
                for i in 0..13 {
                    let _ = std::fs::File::create(p.join(format!("f-{d}-{i}.c")));
                }
            }
        }
    }
    Ok(())
}
