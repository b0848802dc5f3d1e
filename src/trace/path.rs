//! The names of trace files, built without allocation.

use core::ffi::CStr;

/// Most bytes of a path in `GOSBRK`.
pub const ASKED: usize = 255;

/// Bytes of a path, with room for what is put behind it, and its NUL.
const SIZE: usize = ASKED + 33;

/// A path. All zero is the empty one.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    bytes: [u8; SIZE],
    used: usize,
}

impl Path {
    /// Makes it empty.
    pub fn clear(&mut self) {
        self.cut(0);
    }

    /// Cuts it to so many bytes.
    pub fn cut(&mut self, used: usize) {
        for byte in self.bytes.iter_mut().skip(used) {
            *byte = 0;
        }
        self.used = used;
    }

    /// Its bytes without the NUL.
    pub const fn len(&self) -> usize {
        self.used
    }

    /// Appends text; what does not fit is left out.
    pub fn text(&mut self, text: &[u8]) {
        for &byte in text {
            if let Some(place) = self.bytes.get_mut(self.used).filter(|_| self.used + 1 < SIZE) {
                *place = byte;
                self.used += 1;
            }
        }
    }

    /// Appends a number in decimal.
    pub fn number(&mut self, mut n: usize) {
        let mut digits = [0; 20];
        let mut used = 0;
        for digit in &mut digits {
            #[expect(clippy::cast_possible_truncation, reason = "a digit")]
            let value = b'0' + (n % 10) as u8;
            *digit = value;
            used += 1;
            n /= 10;
            if n == 0 {
                break;
            }
        }
        for &digit in digits.iter().take(used).rev() {
            self.text(&[digit]);
        }
    }

    /// Appends text, with a number in the place of each `%p`. Whether there was one.
    pub fn expanded(&mut self, mut text: &[u8], n: usize) -> bool {
        let mut any = false;
        while let Some((&first, rest)) = text.split_first() {
            if first == b'%' && rest.first() == Some(&b'p') {
                any = true;
                self.number(n);
                text = rest.get(1..).unwrap_or_default();
            } else {
                self.text(&[first]);
                text = rest;
            }
        }
        any
    }

    /// For the kernel.
    pub fn as_c(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes).unwrap_or(c"")
    }
}
