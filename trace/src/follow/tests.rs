use super::Follow;
use crate::file::{End, Trace};
use crate::format::{HEADER, SLOT};
use crate::growth::Stack;
use crate::sample;
use crate::source::Source;
use crate::stat::{Stat, address_space};
use std::io;
use std::sync::{Arc, Mutex};

/// A file that grows.
#[derive(Clone, Default)]
struct Growing(Arc<Mutex<Vec<u8>>>);

impl Source for Growing {
    fn read_at(&self, offset: u64, to: &mut [u8]) -> io::Result<usize> {
        self.0.lock().unwrap().read_at(offset, to)
    }
}

/// After each piece that is written it knows what reading the whole file anew tells.
fn check(bytes: &[u8], pieces: impl IntoIterator<Item = usize>) -> Follow {
    let file = Growing::default();
    file.0.lock().unwrap().extend(&bytes[..HEADER]);
    let mut follow = Follow::of(Box::new(file.clone())).unwrap();
    let mut at = HEADER;
    for piece in pieces {
        let to = (at + piece).min(bytes.len());
        file.0.lock().unwrap().extend(&bytes[at..to]);
        at = to;
        follow.read_on(|_| ()).unwrap();
        let trace = Trace::new(Box::new(bytes[..to].to_vec())).unwrap();
        let stat = Stat::of(&trace, None, |_| ()).unwrap();
        let moment = follow.moment();
        assert_eq!(moment.figures, stat.end.figures, "at {to}");
        assert_eq!((moment.call, moment.ns), (stat.end.call, stat.end.ns), "at {to}");
        if follow.assembler.clone().rest().is_none() {
            let space = address_space(&follow.trace, &follow.picture.memory);
            assert_eq!(space, stat.address_space, "at {to}");
        }
        // Its last call may still be read.
        let all = &follow.growths().all;
        assert_eq!(all[..], stat.growths.all[..all.len()], "at {to}");
        assert!(all.len() + 1 >= stat.growths.all.len(), "at {to}");
        assert_eq!(
            follow.growths().stacks[..],
            stat.growths.stacks[..follow.growths().stacks.len()]
        );
    }
    assert_eq!(at, bytes.len(), "all was written");
    follow
}

#[test]
fn a_trace_that_grows_is_read_as_if_it_were_read_anew() {
    let bytes = sample::write(Vec::new(), 3000).unwrap();
    // Slots that belong together come apart, and so do the halves of slots.
    let mut pieces = (1..).map(|i: usize| (i * 7919) % (97 * SLOT) + 5);
    let mut sizes = Vec::new();
    let mut sum = HEADER;
    while sum < bytes.len() {
        let size = pieces.next().unwrap();
        sum += size;
        sizes.push(size);
    }
    let follow = check(&bytes, sizes);
    assert_eq!(follow.trace().end, End::Exited);
    let all: Vec<_> = follow.growths_from(0).collect();
    assert!(all.len() > 10 && all.iter().all(|(ns, _)| ns.is_some()));
    assert!(all.is_sorted_by_key(|(ns, growth)| (*ns, growth.call)));
    assert_eq!(follow.growths_from(all.len() - 1).count(), 1);
}

#[test]
fn names_and_functions_that_come_slot_by_slot_are_whole() {
    let bytes = sample::write(Vec::new(), 60).unwrap();
    let slots = (bytes.len() - HEADER) / SLOT;
    let follow = check(&bytes, std::iter::repeat_n(SLOT, slots));
    let names: Vec<_> = follow.growths().stacks.iter().map(Stack::sentence).collect();
    assert_eq!(names, ["main.loadIndex", "main.burst"]);
    assert_eq!(follow.trace().name(4), "heap index");
}
