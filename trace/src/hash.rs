//! The hash in a trace: of the header, and in the check word of every slot.

/// The hash of bytes, the last ones filled up with zeros to a word.
#[must_use]
pub fn bytes(bytes: &[u8], seed: u64) -> u64 {
    words(
        bytes.chunks(8).map(|chunk| {
            chunk.iter().rev().fold(0, |word: u64, &byte| word << 8 | u64::from(byte))
        }),
        seed,
    )
}

/// The hash of words.
#[inline]
pub fn words(words: impl IntoIterator<Item = u64>, seed: u64) -> u64 {
    words.into_iter().fold(seed ^ 0x9e37_79b9_7f4a_7c15, |h, word| {
        let h = (h ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
        h ^ h >> 32
    })
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn every_bit_counts_and_so_does_the_seed() {
        let text = *b"a slot of a trace, and a bit";
        let hash = bytes(&text, 7);
        assert_ne!(hash, bytes(&text, 8));
        for bit in 0..8 * text.len() {
            let mut other = text;
            other[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(hash, bytes(&other, 7), "bit {bit}");
        }
    }

    /// Worked out by hand from docs/trace-format.md, in another language.
    #[test]
    fn it_is_the_one_that_the_format_describes() {
        assert_eq!(bytes(b"", 0), 0x9e37_79b9_7f4a_7c15);
        assert_eq!(bytes(b"gosbrk", 1), super::words([0x6b72_6273_6f67], 1));
        assert_eq!(bytes(b"gosbrk and more", 1), 0xda91_c957_96e2_cbfd);
    }
}
