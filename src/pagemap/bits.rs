//! The bits of one chunk of the map, a word at a time.

/// Pages in a chunk.
pub const CHUNK: usize = 512;
/// Words of bits in a chunk.
pub const WORDS: usize = CHUNK / 64;

/// A bit for each page of a chunk.
pub type Bits = [u64; WORDS];

/// Pages of one chunk, as summaries count them.
#[expect(clippy::cast_possible_truncation, reason = "at most 512")]
pub const fn short(pages: usize) -> u32 {
    pages as u32
}

/// The first and the last word that has some of the bits `[from, to)`, each with a
/// mask of those that are not beyond its end of the range.
const fn ends(from: usize, to: usize) -> [(usize, u64); 2] {
    [(from / 64, !0 << (from % 64)), ((to - 1) / 64, !0 >> (63 - (to - 1) % 64))]
}

/// A mask of the bits `[from, to)`, at least one, if they are all in one word.
pub const fn in_one_word(from: usize, to: usize) -> Option<u64> {
    if from / 64 == (to - 1) / 64 {
        Some(!0 << (from % 64) & !0 >> (63 - (to - 1) % 64))
    } else {
        None
    }
}

/// Sets or clears the bits `[from, to)` of a chunk, at least one.
pub fn set_bits(bits: &mut Bits, from: usize, to: usize, set: bool) {
    let [(first, low), (last, high)] = ends(from, to);
    let put = |word: &mut u64, mask: u64| *word = if set { *word | mask } else { *word & !mask };
    if first == last {
        return put(&mut bits[first % WORDS], low & high);
    }
    put(&mut bits[first % WORDS], low);
    for word in bits.iter_mut().take(last).skip(first + 1) {
        put(word, !0);
    }
    put(&mut bits[last % WORDS], high);
}

/// Whether any of the bits `[from, to)` of a chunk is set.
pub fn has_set(bits: &Bits, from: usize, to: usize) -> bool {
    let [(first, low), (last, high)] = ends(from, to);
    if first == last {
        return bits[first % WORDS] & low & high != 0;
    }
    let middle = bits.iter().take(last).skip(first + 1).fold(0, |any, word| any | word);
    middle | bits[first % WORDS] & low | bits[last % WORDS] & high != 0
}

/// The first bit at or above `from` that differs from those of `fill`, which is
/// all zeros or all ones; [`CHUNK`] if there is none.
pub fn first_bit(bits: &Bits, from: usize, fill: u64) -> usize {
    let mut mask = !0 << (from % 64);
    for (i, word) in bits.iter().enumerate().skip(from / 64) {
        let found = (word ^ fill) & mask;
        if found != 0 {
            return i * 64 + found.trailing_zeros() as usize;
        }
        mask = !0;
    }
    CHUNK
}

/// The last bit at or below `from` that differs from those of `fill`.
pub fn last_bit(bits: &Bits, from: usize, fill: u64) -> Option<usize> {
    let mut mask = !0 >> (63 - from % 64);
    for (i, word) in bits.iter().enumerate().take(from / 64 + 1).rev() {
        let found = (word ^ fill) & mask;
        if found != 0 {
            return Some(i * 64 + 63 - found.leading_zeros() as usize);
        }
        mask = !0;
    }
    None
}

/// Where the first run of at least `n` set bits begins, in a number of steps that
/// does not depend on how many shorter ones come before it.
pub fn run_in(bits: &Bits, n: usize) -> Option<usize> {
    // Set bits right below the word that is looked at.
    let mut run = 0;
    for (i, &word) in bits.iter().enumerate() {
        if run + word.trailing_ones() as usize >= n {
            return Some(i * 64 - run);
        }
        if n < 64 {
            let starts = starts_of_runs(word, short(n));
            if starts != 0 {
                return Some(i * 64 + starts.trailing_zeros() as usize);
            }
        }
        run = if word == !0 { run + 64 } else { word.leading_ones() as usize };
    }
    None
}

/// The bits of a word where `n` set bits in a row begin, `n` not 0.
pub fn starts_of_runs(word: u64, n: u32) -> u64 {
    if n > 64 {
        return 0;
    }
    // A bit stays where `done` set bits in a row begin.
    let (mut at, mut done) = (word, 1);
    while 2 * done <= n {
        at &= at >> done;
        done *= 2;
    }
    at & (at >> (n - done))
}

/// The longest run of set bits in a word, in a number of steps that does not
/// depend on it.
pub fn longest_run(word: u64) -> u32 {
    if word == !0 {
        return 64;
    }
    // starts[i] has a bit where a run of at least 2^i begins.
    let mut starts = [0; 7];
    let mut at = word;
    let mut i = 0;
    while at != 0 {
        starts[i % 7] = at;
        at &= at >> (1 << i);
        i += 1;
    }
    // The longest power of two, then what can be added to it, largest first.
    let mut longest = 0;
    let mut at = !0;
    for (i, starts) in starts.iter().enumerate().take(i).rev() {
        let more = at & (starts >> longest);
        if more != 0 {
            at = more;
            longest += 1 << i;
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::longest_run;
    use crate::random::Random;

    #[test]
    fn the_longest_run_of_a_word_is_that_of_a_plain_walk() {
        let mut random = Random::new(7);
        let plain = |word: u64| {
            let text = format!("{word:b}");
            text.split('0').map(str::len).max().unwrap()
        };
        for round in 0..20_000 {
            let word = match round {
                0 => 0,
                1 => !0,
                _ => (0..round % 5).fold(random.next(), |word, _| word | random.next()),
            };
            assert_eq!(longest_run(word) as usize, plain(word), "{word:b}");
        }
    }
}
