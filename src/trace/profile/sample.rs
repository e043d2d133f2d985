//! A sample of a processor, from the bytes that perf_event_open(2) writes: nothing in them is believed that does not fit.

/// Where the processor was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sample {
    /// In user mode.
    User,
    /// In the kernel: addresses of the functions, the innermost first.
    Kernel(Vec<u64>),
    /// In a hypervisor, a guest, or the kernel does not say.
    Elsewhere,
}

/// `PERF_RECORD_MISC_CPUMODE_MASK` and two of its values.
const MODE_MASK: u16 = 7;
const KERNEL: u16 = 1;
const USER: u16 = 2;
/// `PERF_CONTEXT_MAX`: an "address" from here on says whose the next ones are.
const FIRST_MARKER: u64 = -4095_i64 as u64;
/// Frames that are kept. The innermost ones tell what is done; those beyond, who asked for it.
const MOST_FRAMES: usize = 48;

impl Sample {
    /// Of a record's `misc` field and its bytes, which are IP and CALLCHAIN: an address, a number, and so many addresses.
    /// `None` if that is not what they are.
    pub(super) fn parse(misc: u16, bytes: &[u8]) -> Option<Self> {
        let mut words = bytes.chunks_exact(8).map(|word| u64::from_ne_bytes(word.try_into().expect("of 8 bytes")));
        let address = words.next()?;
        let number = usize::try_from(words.next()?).ok()?;
        if number > words.len() {
            return None;
        }
        match misc & MODE_MASK {
            USER => return Some(Self::User),
            KERNEL => {}
            _ => return Some(Self::Elsewhere),
        }
        let mut frames: Vec<u64> = words.take(number).filter(|&word| word < FIRST_MARKER).take(MOST_FRAMES).collect();
        // Without a chain (a kernel that cannot unwind itself) there is the place alone.
        if frames.is_empty() {
            frames.push(address);
        }
        Some(Self::Kernel(frames))
    }
}

/// Samples that a record of `PERF_RECORD_LOST` tells to be lost: an id, and their number.
pub(super) fn lost(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_ne_bytes(*bytes.get(8..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KERNEL_NEXT: u64 = -128_i64 as u64;

    fn bytes(words: &[u64]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_ne_bytes()).collect()
    }

    #[test]
    fn a_chain_is_its_addresses_without_the_markers_between_them() {
        let sample = Sample::parse(KERNEL, &bytes(&[7, 3, KERNEL_NEXT, 7, 8]));
        assert_eq!(sample, Some(Sample::Kernel(vec![7, 8])));
        assert_eq!(Sample::parse(KERNEL, &bytes(&[7, 0])), Some(Sample::Kernel(vec![7])));
        assert_eq!(Sample::parse(USER | 0x4000, &bytes(&[7, 0])), Some(Sample::User));
        assert_eq!(Sample::parse(5, &bytes(&[7, 0])), Some(Sample::Elsewhere));
    }

    #[test]
    fn what_is_cut_short_or_claims_more_than_is_there_is_no_sample() {
        let whole = bytes(&[7, 2, 7, 8]);
        assert!((0..whole.len()).all(|length| Sample::parse(KERNEL, &whole[..length]).is_none()));
        for number in [3, 1 << 32, 1 << 61, u64::MAX] {
            assert_eq!(Sample::parse(KERNEL, &bytes(&[7, number, 7, 8])), None, "{number}");
        }
    }

    #[test]
    fn an_endless_chain_is_cut() {
        let mut words = vec![1, 500];
        words.extend(1..=500);
        let Some(Sample::Kernel(frames)) = Sample::parse(KERNEL, &bytes(&words)) else { panic!("the kernel's") };
        assert_eq!(frames.len(), MOST_FRAMES);
    }

    #[test]
    fn losses_are_told_by_a_record_of_their_own() {
        assert_eq!(lost(&bytes(&[99, 5])), Some(5));
        assert_eq!(lost(&bytes(&[99])), None);
    }
}
