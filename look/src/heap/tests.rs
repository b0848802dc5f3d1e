use super::{HEAP_PAGE, Map, State, state};
use State::{Kept, Released, Used};

#[test]
fn a_page_that_is_in_use_and_given_back_is_only_left_free() {
    let mut bitmap = [0_u8; 128];
    bitmap[8] = 0b0001;
    bitmap[64 + 8] = 0b0011;
    bitmap[16] = 1;
    assert_eq!(state(&bitmap, 0, 64, 128), Used);
    let states: Vec<State> = (64..67).map(|page| state(&bitmap, 0, 64, page)).collect();
    assert_eq!(states, [Released, Released, Kept]);
}

#[test]
fn a_lone_object_shows_among_free_pages() {
    let mut pages = vec![Kept; 16];
    pages[5] = Used;
    pages.extend([Used; 8]);
    pages.extend([Released; 8]);
    let map = Map { ranges: vec![(0xc0_0000_0000, pages)] };
    assert_eq!(map.draw(4), (8 * HEAP_PAGE, vec![(0xc0_0000_0000, "+o#.".to_owned())]));
    assert_eq!(map.total(Kept), 15 * HEAP_PAGE);
}

#[test]
fn an_empty_heap_has_no_map() {
    assert_eq!(Map::default().draw(64), (HEAP_PAGE, Vec::new()));
}
