//! A buffer for a line of text, built without allocation, for messages and traces.

/// Bytes a line can have; what does not fit is cut off.
const CAPACITY: usize = 256;

/// A line under construction.
pub struct LineBuffer {
    used: usize,
    bytes: [u8; CAPACITY],
}

impl LineBuffer {
    /// An empty line.
    pub const fn new() -> Self {
        Self { used: 0, bytes: [0; CAPACITY] }
    }

    /// Appends text.
    pub fn text(&mut self, text: &[u8]) -> &mut Self {
        for &byte in text {
            self.byte(byte);
        }
        self
    }

    /// Appends a number as `0x…`.
    pub fn hex(&mut self, n: usize) -> &mut Self {
        self.text(b"0x").digits::<16>(n)
    }

    /// Appends a number in decimal.
    pub fn decimal(&mut self, n: usize) -> &mut Self {
        self.digits::<10>(n)
    }

    /// Appends text in quotes, so that any byte is shown on this one line. Of one
    /// that takes more than so many bytes the beginning, and `...` behind the quotes.
    pub fn quoted(&mut self, text: &[u8], most: usize) -> &mut Self {
        let end = self.used + most;
        let mut left_out = false;
        self.byte(b'"');
        for &byte in text {
            // A byte takes up to four, and then there is the quote.
            left_out = self.used + 5 > end;
            if left_out {
                break;
            }
            match byte {
                b'"' | b'\\' => {
                    self.byte(b'\\');
                    self.byte(byte);
                }
                b' '..=b'~' => self.byte(byte),
                _ => {
                    self.text(b"\\x").digit(byte >> 4);
                    self.digit(byte & 15);
                }
            }
        }
        self.byte(b'"');
        if left_out { self.text(b"...") } else { self }
    }

    /// What was built, closed with a line feed even when it was cut.
    pub fn finish(&mut self) -> &[u8] {
        let end = self.used.min(CAPACITY - 1);
        if let Some(last) = self.bytes.get_mut(end) {
            *last = b'\n';
        }
        self.bytes.get(..=end).unwrap_or_default()
    }

    fn digits<const BASE: usize>(&mut self, mut n: usize) -> &mut Self {
        // As many digits as the largest number has in the smallest base in use.
        let mut digits = [0; 20];
        let mut used = 0;
        for digit in &mut digits {
            // A digit of base 10 or 16 fits a byte.
            #[expect(clippy::cast_possible_truncation)]
            let value = (n % BASE) as u8;
            *digit = value;
            n /= BASE;
            used += 1;
            if n == 0 {
                break;
            }
        }
        for &digit in digits.iter().take(used).rev() {
            self.digit(digit);
        }
        self
    }

    fn digit(&mut self, digit: u8) {
        self.byte(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
    }

    fn byte(&mut self, byte: u8) {
        if let Some(to) = self.bytes.get_mut(self.used) {
            *to = byte;
            self.used += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CAPACITY, LineBuffer};

    #[test]
    fn numbers_are_written_in_full() {
        let mut line = LineBuffer::new();
        line.hex(0).text(b" ").hex(usize::MAX).text(b" ").decimal(usize::MAX).decimal(10);
        assert_eq!(line.finish(), b"0x0 0xffffffffffffffff 1844674407370955161510\n");
    }

    #[test]
    fn quotes_hide_what_would_break_the_line() {
        let mut line = LineBuffer::new();
        line.quoted(b"a\"\\\n\xff", 100);
        assert_eq!(line.finish(), b"\"a\\\"\\\\\\x0a\\xff\"\n");
    }

    #[test]
    fn of_a_long_quote_the_beginning_is_shown() {
        for (text, want) in [(&b"abcdef"[..], "<\"abcdef\">"), (b"abcdefg", "<\"abcdef\"...>")] {
            let mut line = LineBuffer::new();
            line.text(b"<").quoted(text, 11).text(b">");
            assert_eq!(line.finish(), format!("{want}\n").as_bytes());
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_closed() {
        let mut line = LineBuffer::new();
        line.text(&[b'x'; 2 * CAPACITY]);
        let done = line.finish();
        assert_eq!((done.len(), done.last()), (CAPACITY, Some(&b'\n')));
    }
}
