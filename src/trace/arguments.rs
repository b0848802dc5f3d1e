//! What the kernel gave the process when it started: its command line, and the auxiliary vector.
//! A Go program knows where they are in memory. Elsewhere they are read from `/proc`, which
//! takes longer.

use crate::addr::pointer;
use crate::os::linux::File;

/// Bytes of a word.
const WORD: usize = size_of::<usize>();

/// Where the arguments are: an array of pointers, which the kernel made, with those to the
/// environment and the auxiliary vector behind it. All zero: not known.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Arguments {
    /// The address of the first pointer.
    pub vector: usize,
    /// How many arguments there are.
    pub count: usize,
}

impl Arguments {
    /// Copies the command line, a zero behind each argument, and gives the bytes that it has,
    /// of which not all may fit.
    pub fn command(self, into: &mut [u8], scratch: &mut [u8]) -> usize {
        if self.vector == 0 {
            return command_of_proc(into, scratch);
        }
        let mut places = into.iter_mut();
        let mut all = 0;
        // C code that renames its process may have taken some away.
        for start in (0..self.count).map(|i| self.word(i)).filter(|&start| start != 0) {
            for at in start.. {
                // SAFETY: text that the kernel made for the process, up to its zero.
                let byte = unsafe { pointer::<u8>(at).read() };
                all += 1;
                if let Some(place) = places.next() {
                    *place = byte;
                }
                if byte == 0 {
                    break;
                }
            }
        }
        all
    }

    /// The entries with these keys of the auxiliary vector; 0 where there is none, or it cannot
    /// be read.
    pub fn auxv<const N: usize>(self, keys: [usize; N], scratch: &mut [u8]) -> [usize; N] {
        let mut values = [0; N];
        let mut take = |key, value| {
            for (place, _) in values.iter_mut().zip(keys).filter(|&(_, wanted)| wanted == key) {
                *place = value;
            }
        };
        if self.vector == 0 {
            let file = File::open(c"/proc/self/auxv");
            let n = file.and_then(|file| file.read(scratch)).unwrap_or(0);
            for pair in scratch.get(..n).unwrap_or_default().chunks_exact(2 * WORD) {
                let (key, value) = pair.split_at(WORD);
                take(number(key), number(value));
            }
            return values;
        }
        // A null pointer is behind the arguments, and one behind the environment.
        let mut i = self.count + 1;
        while self.word(i) != 0 {
            i += 1;
        }
        while self.word(i + 1) != AT_NULL {
            take(self.word(i + 1), self.word(i + 2));
            i += 2;
        }
        values
    }

    fn word(self, i: usize) -> usize {
        // SAFETY: one of those that the kernel made; nobody asks for one behind the last.
        unsafe { pointer::<usize>(self.vector + i * WORD).read() }
    }
}

/// Ends the auxiliary vector.
const AT_NULL: usize = 0;

fn command_of_proc(into: &mut [u8], scratch: &mut [u8]) -> usize {
    let Ok(file) = File::open(c"/proc/self/cmdline") else { return 0 };
    let mut used = 0;
    while let Some(rest) = into.get_mut(used..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(n @ 1..) => used += n,
            _ => return used,
        }
    }
    while let Ok(n @ 1..) = file.read(scratch) {
        used += n;
    }
    used
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | usize::from(byte))
}

#[cfg(test)]
mod tests {
    use super::{Arguments, WORD};

    #[test]
    fn what_is_in_memory_is_found() {
        let text = |text: &'static core::ffi::CStr| text.as_ptr().expose_provenance();
        let (program, flag, variable) = (text(c"./program"), text(c""), text(c"A=1"));
        let words = [program, flag, 0, variable, variable, 0, 3, 0x40, 5, 7, 0, 0];
        let arguments = Arguments { vector: words.as_ptr().expose_provenance(), count: 2 };
        assert_eq!(arguments.auxv([5, 3, 6], &mut []), [7, 0x40, 0]);
        // Without an environment.
        let words = [program, 0, 0, 5, 8, 0, 0];
        let alone = Arguments { vector: words.as_ptr().expose_provenance(), count: 1 };
        assert_eq!(alone.auxv([5, 3], &mut []), [8, 0]);
        let words = [program, 0, 0];
        let taken = Arguments { vector: words.as_ptr().expose_provenance(), count: 2 };
        assert_eq!(taken.command(&mut [], &mut []), 10);
        for n in [0, 4, 11, 20] {
            let mut copy = vec![b'-'; n];
            assert_eq!(arguments.command(&mut copy, &mut []), 11);
            let whole = b"./program\0\0---------";
            assert_eq!(copy, whole[..n]);
        }
    }

    #[test]
    fn what_is_not_in_memory_is_in_proc() {
        let mut scratch = [0; 4096];
        let whole = std::fs::read("/proc/self/cmdline").unwrap();
        for n in [3, 3000] {
            let mut copy = vec![0; n];
            let all = Arguments::default().command(&mut copy, &mut scratch);
            let fits = all.min(n);
            assert_eq!((all, &copy[..fits]), (whole.len(), &whole[..fits]));
        }
        // SAFETY: it has no arguments in memory.
        let page = unsafe { libc::getauxval(libc::AT_PAGESZ) };
        let found = Arguments::default().auxv([6, 1000], &mut scratch);
        assert_eq!(found, [usize::try_from(page).unwrap(), 0]);
        assert_eq!(WORD, 8);
    }
}
