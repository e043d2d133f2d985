//! The C library's mathematics, from crate libm, for those below us that call it by C's names: charts need it.
//!
//! A program that has them of its own does not need `libm.so`, whose loading would take a tenth of the time that `ls` takes for
//! ten files; and charts are the same whatever C library there is. A function that is missing here is no error: `libm.so` is
//! loaded then. They are the program's, not the library's: who links the library keeps the mathematics that they have.

macro_rules! named_as_in_c {
    ($($name:ident($($argument:ident),+: $number:ty);)+) => {$(
        // SAFETY: the C standard reserves the name for a function of this signature that answers this.
        #[unsafe(no_mangle)]
        extern "C" fn $name($($argument: $number),+) -> $number {
            libm::$name($($argument),+)
        }
    )+};
}

named_as_in_c! {
    acos(x: f64);
    acosf(x: f32);
    atan2(y, x: f64);
    atan2f(y, x: f32);
    cos(x: f64);
    cosf(x: f32);
    exp(x: f64);
    expf(x: f32);
    hypot(x, y: f64);
    hypotf(x, y: f32);
    log(x: f64);
    logf(x: f32);
    log10(x: f64);
    log2(x: f64);
    pow(x, y: f64);
    powf(x, y: f32);
    sin(x: f64);
    sinf(x: f32);
    tan(x: f64);
    tanf(x: f32);
}

/// GNU's, and what the compiler makes of a sine and a cosine of one angle.
// SAFETY: as above; C's callers hand over two places that can be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn sincos(x: f64, sine: *mut f64, cosine: *mut f64) {
    let (s, c) = libm::sincos(x);
    // SAFETY: what the caller promises.
    unsafe {
        sine.write(s);
        cosine.write(c);
    }
}

/// The same of the smaller numbers.
// SAFETY: as above.
#[unsafe(no_mangle)]
unsafe extern "C" fn sincosf(x: f32, sine: *mut f32, cosine: *mut f32) {
    let (s, c) = libm::sincosf(x);
    // SAFETY: what the caller promises.
    unsafe {
        sine.write(s);
        cosine.write(c);
    }
}
