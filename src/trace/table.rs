//! The indexes of a trace: small numbers that stand for names and threads.

/// How many places are looked at for a key.
const PROBES: usize = 8;

/// Keys, each at its index; 0 is no key. All zero is an empty table.
#[derive(Debug)]
pub struct Table<const N: usize> {
    keys: [u64; N],
}

/// Where a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It has had this index for a while.
    Known(u16),
    /// It has this index from now on; another key may have had it before.
    New(u16),
}

impl<const N: usize> Table<N> {
    /// Forgets all keys.
    pub fn clear(&mut self) {
        for key in &mut self.keys {
            *key = 0;
        }
    }

    /// The index of a key, from 1 on.
    pub fn find(&mut self, key: u64) -> Found {
        const { assert!(N.is_power_of_two() && N >= PROBES && N < 1 << 16) };
        let mixed = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let first = mixed as usize % N;
        for probe in 0..PROBES {
            let at = (first + probe) % N;
            let Some(place) = self.keys.get_mut(at) else { break };
            if *place == key {
                return Found::Known(index(at));
            }
            if *place == 0 {
                *place = key;
                return Found::New(index(at));
            }
        }
        // All of its places are taken: the first has to go.
        if let Some(place) = self.keys.get_mut(first) {
            *place = key;
        }
        Found::New(index(first))
    }
}

/// The index of a place: 0 means none.
#[expect(clippy::cast_possible_truncation, reason = "below 2^16")]
const fn index(at: usize) -> u16 {
    at as u16 + 1
}

#[cfg(test)]
mod tests {
    use super::{Found, Table};

    #[test]
    fn a_key_keeps_its_index_until_another_one_needs_it() {
        let mut table = Table::<8> { keys: [0; 8] };
        let given: Vec<_> = (1..=8).map(|key| table.find(key)).collect();
        for (found, key) in given.iter().zip(1..) {
            let Found::New(index) = *found else { panic!("{key} was known") };
            assert!((1..=8).contains(&index));
            assert_eq!(table.find(key), Found::Known(index));
        }
        let Found::New(index) = table.find(9) else { panic!("9 was known") };
        let mut gone = given.iter().zip(1..).filter(|&(&found, _)| found == Found::New(index));
        let (_, key) = gone.next().unwrap();
        assert!(matches!(table.find(key), Found::New(_)), "{key}");
        table.clear();
        assert!(matches!(table.find(1), Found::New(_)));
    }
}
