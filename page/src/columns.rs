//! Columns of numbers as text that a page can carry: about 6 bytes a call.
//!
//! Neighbouring values differ little, so that differences are written, each as a number
//! without a sign (zigzag). All lowest bytes come first, then all second ones (planes),
//! which deflate packs best. Base64 makes text of it. `data.js` reads them again.

use crate::base64;
use std::fmt::Write as _;

/// The largest value: differences of two have to be exact in the page's numbers, which
/// are of 53 bits. Only a damaged trace has larger ones; they are cut off here.
pub const MAX: u64 = (1 << 52) - 1;

/// How hard deflate tries: beyond this it takes longer and gains 1 %.
const LEVEL: u8 = 6;

/// The columns of a page.
#[derive(Debug, Default)]
pub struct Columns {
    html: String,
}

impl Columns {
    /// Adds numbers of which neighbours are alike.
    pub fn ascending(&mut self, name: &str, values: impl IntoIterator<Item = u64>) {
        let mut before = 0;
        let difference = |value: u64| {
            let value = value.min(MAX);
            zigzag(value.wrapping_sub(std::mem::replace(&mut before, value)))
        };
        let differences: Vec<u64> = values.into_iter().map(difference).collect();
        self.add(name, &differences, true);
    }

    /// Adds numbers that have nothing to do with their neighbours.
    pub fn plain(&mut self, name: &str, values: impl IntoIterator<Item = u64>) {
        let values: Vec<u64> = values.into_iter().map(|value| value.min(MAX)).collect();
        self.add(name, &values, false);
    }

    fn add(&mut self, name: &str, values: &[u64], differences: bool) {
        let planes = planes(values);
        let bytes: Vec<u8> = (0..planes)
            .flat_map(|plane| values.iter().map(move |value| value.to_le_bytes()[plane]))
            .collect();
        let text = base64::text(&miniz_oxide::deflate::compress_to_vec_zlib(&bytes, LEVEL));
        let _ = writeln!(
            self.html,
            "<script type=\"text/plain\" data-column=\"{name}\" data-count=\"{}\" \
             data-planes=\"{planes}\" data-differences=\"{}\">{text}</script>",
            values.len(),
            u8::from(differences),
        );
    }

    /// The columns as elements that a browser does not run.
    #[must_use]
    pub fn html(self) -> String {
        self.html
    }
}

/// A number without a sign for a difference modulo 2^64: of 0, -1, 1, -2, … 0, 1, 2, 3, …
const fn zigzag(difference: u64) -> u64 {
    (difference << 1) ^ (difference >> 63).wrapping_neg()
}

/// How many bytes the largest one has.
fn planes(values: &[u64]) -> usize {
    let all = values.iter().fold(0, |all, value| all | value);
    (64 - all.leading_zeros() as usize).div_ceil(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_differences_of_either_sign_are_small_numbers() {
        let differences = [0, 0_u64.wrapping_sub(1), 1, 0_u64.wrapping_sub(2), 2];
        assert_eq!(differences.map(zigzag), [0, 1, 2, 3, 4]);
        assert_eq!(zigzag(0_u64.wrapping_sub(MAX)), 2 * MAX - 1);
    }

    #[test]
    fn as_many_planes_as_the_largest_value_needs() {
        assert_eq!(planes(&[]), 0);
        assert_eq!(planes(&[0, 0]), 0);
        assert_eq!(planes(&[255, 1]), 1);
        assert_eq!(planes(&[256]), 2);
        assert_eq!(planes(&[MAX]), 7);
    }
}
