//! Prefetches memory that is needed soon.

use std::ptr;

/// Has the processor fetch what `first` stands in, without waiting for it. Where there is no such instruction, it does
/// nothing.
#[inline(always)]
pub(crate) fn prefetch<T>(first: &T) {
    prefetch_at(ptr::from_ref(first).cast());
}

/// The same of any address: one that is not mapped is passed over.
#[inline(always)]
pub(crate) fn prefetch_at(address: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY:
    // - The instruction is SSE's, which every x86-64 processor has; it reads nothing and faults nowhere.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(address.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}
