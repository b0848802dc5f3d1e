use super::address_space;
use gosbrk_look::space::Space;
use serde_json::{Map, json};

#[test]
fn what_is_not_known_of_the_address_space_has_a_reason_and_no_limit_has_none() {
    let mut unknown = Map::new();
    let space = Space { current: Ok(1), peak: Ok(2), max: Ok(None) };
    let object = address_space(space, &mut unknown);
    assert_eq!(object, json!({"current": 1, "peak": 2, "max": null}));
    assert!(unknown.is_empty());
    let space = Space { current: Ok(1), peak: Err("no peak".into()), max: Err("no limits".into()) };
    let object = address_space(space, &mut unknown);
    assert_eq!(object, json!({"current": 1, "peak": null, "max": null}));
    let reasons = json!({"address_space.peak": "no peak", "address_space.max": "no limits"});
    assert_eq!(json!(unknown), reasons);
}
