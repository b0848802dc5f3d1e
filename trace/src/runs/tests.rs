use super::Runs;

/// Numbers that are the same for the same seed (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % below
    }
}

/// What is in the runs, a value for each address.
fn spread(runs: &Runs<u8>, size: usize) -> Vec<Option<u8>> {
    let mut all = vec![None; size];
    for (from, to, value) in runs.iter() {
        for at in &mut all[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()] {
            assert_eq!(*at, None, "two at one address");
            *at = Some(value);
        }
    }
    all
}

#[test]
fn they_are_what_single_addresses_are() {
    for seed in 1..200 {
        let mut random = Random(seed * 0x9E37_79B9);
        let size = 60;
        let (mut runs, mut naive) = (Runs::default(), vec![None; 60]);
        for _ in 0..100 {
            let (a, b) = (random.next(size + 1), random.next(size + 1));
            let (from, to) = (a.min(b), a.max(b));
            let (what, value) = (random.next(4), u8::try_from(random.next(3)).unwrap());
            let new = |old: Option<u8>| match what {
                0 => None,
                1 => old.map(|_| value),
                2 => old.or(Some(value)),
                _ => Some(value),
            };
            let mut told = Vec::new();
            runs.update(from, to, new, |changed| told.push(changed));
            for at in from..to {
                let place = &mut naive[usize::try_from(at).unwrap()];
                let told = told.iter().find(|one| (one.from..one.to).contains(&at));
                match told {
                    Some(one) => {
                        assert_eq!((one.old, one.new), (*place, new(*place)));
                        assert_ne!(one.old, one.new);
                    }
                    None => assert_eq!(*place, new(*place), "not told of"),
                }
                *place = new(*place);
                assert_eq!(runs.get(at), *place);
            }
            assert!(told.iter().all(|one| one.from >= from && one.to <= to));
            assert_eq!(spread(&runs, 60), naive, "seed {seed}");
            // As few as there can be.
            let all: Vec<_> = runs.iter().collect();
            assert!(all.windows(2).all(|two| two[0].1 < two[1].0 || two[0].2 != two[1].2));
        }
    }
}

#[test]
fn the_highest_address_is_no_trouble() {
    let mut runs = Runs::default();
    runs.update(u64::MAX - 5, u64::MAX, |_| Some(1), |_| ());
    runs.update(0, u64::MAX, |_| Some(2), |_| ());
    runs.update(5, 5, |_| Some(3), |_| ());
    assert_eq!(runs.iter().collect::<Vec<_>>(), [(0, u64::MAX, 2)]);
}
