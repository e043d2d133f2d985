//! Little-endian numbers at a place that may lie outside.

#[inline]
fn array<const BYTES: usize>(bytes: &[u8], at: usize) -> Option<[u8; BYTES]> {
    bytes.get(at..)?.first_chunk().copied()
}

#[inline]
pub(super) fn u8_at(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at).copied()
}

#[inline]
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

#[inline]
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// A number whose lower 32 bits stand at `low` and whose next 16 bits stand at `high`.
#[inline]
pub(super) fn u48_at(bytes: &[u8], low: usize, high: usize) -> Option<u64> {
    Some(u64::from(u32_at(bytes, low)?) | u64::from(u16_at(bytes, high)?) << 32)
}

/// A number whose halves of 32 bits stand at `low` and `high`.
#[inline]
pub(super) fn u64_at(bytes: &[u8], low: usize, high: usize) -> Option<u64> {
    Some(u64::from(u32_at(bytes, low)?) | u64::from(u32_at(bytes, high)?) << 32)
}
