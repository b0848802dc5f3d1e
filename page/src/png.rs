//! Pixels as a PNG file, which every browser and converter of SVG reads.

use crate::base64;
use miniz_oxide::deflate::compress_to_vec_zlib;

/// How hard to compress, of 10.
const LEVEL: u8 = 6;

/// A picture of red, green and blue, 8 bits each, row by row from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `3 * width * height` bytes.
    pub bytes: Vec<u8>,
}

impl Pixels {
    /// The file as a `data:` address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("data:image/png;base64,{}", base64::text(&self.file()))
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> Vec<u8> {
        let mut header = [self.width, self.height].map(u32::to_be_bytes).concat();
        // 8 bits, three colours, and of everything else what there is one of.
        header.extend([8, 2, 0, 0, 0]);
        let stride = 3 * self.width as usize;
        let mut rows = Vec::with_capacity(self.bytes.len() + self.height as usize);
        let mut above = vec![0; stride];
        for row in self.bytes.chunks(stride.max(1)) {
            // Each byte less the one above it: most of the map is the same there.
            rows.push(2);
            rows.extend(row.iter().zip(&above).map(|(byte, above)| byte.wrapping_sub(*above)));
            above.copy_from_slice(row);
        }
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        for (kind, bytes) in [
            (b"IHDR", header),
            (b"IDAT", compress_to_vec_zlib(&rows, LEVEL)),
            (b"IEND", Vec::new()),
        ] {
            file.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
            let from = file.len();
            file.extend_from_slice(kind);
            file.extend(bytes);
            let sum = checksum(&file[from..]);
            file.extend(sum.to_be_bytes());
        }
        file
    }
}

/// CRC-32, bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)))
}

#[cfg(test)]
mod tests {
    use super::Pixels;

    /// Another reader has the same pixels.
    #[test]
    fn what_is_read_is_what_was_written() {
        for (width, height) in [(1, 1), (3, 5), (640, 31)] {
            let bytes = (0..3 * width * height).map(|i: u32| (i * i).to_le_bytes()[1]).collect();
            let pixels = Pixels { width, height, bytes };
            let file = pixels.file();
            let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().unwrap();
            let mut read = vec![0; reader.output_buffer_size().unwrap()];
            let frame = reader.next_frame(&mut read).unwrap();
            assert_eq!((frame.width, frame.height), (width, height));
            assert_eq!(frame.color_type, png::ColorType::Rgb);
            assert!(read == pixels.bytes, "{width} × {height}");
        }
    }
}
