//! A difference for programs.

use super::{Diff, Row, Side, Size};
use gosbrk_look::model::ROWS;
use serde_json::{Value, json};

fn difference(a: u64, b: u64) -> Value {
    // JSON's integers are as wide as this here; sizes are addresses at most.
    json!(i64::try_from(i128::from(b) - i128::from(a)).ok())
}

fn row(row: &Row) -> Value {
    let (a, b) = (row.a.ok(), row.b.ok());
    let change = a.zip(b).map(|(a, b)| difference(a, b));
    let mut object = json!({ "row": ROWS[row.row].key, "a": a, "b": b, "difference": change });
    for (key, figure) in [("a_unknown", row.a), ("b_unknown", row.b)] {
        if let Err(why) = figure {
            object[key] = json!(why.text());
        }
    }
    object
}

fn growth((stack, a, b): &(crate::growth::Stack, Size, Size)) -> Value {
    let size = |size: &Size| json!({ "bytes": size.bytes, "count": size.count });
    json!({
        "stack": stack.names(),
        "own": stack.own,
        "place": Some(stack.place()).filter(|place| !place.is_empty()),
        "a": size(a),
        "b": size(b),
        "difference": difference(a.bytes, b.bytes),
    })
}

impl Diff {
    /// An object; `docs/seeing-memory.md` says what is in it.
    #[must_use]
    pub fn json(&self, a: &Side, b: &Side) -> Value {
        let space = |(name, a, b): &(String, u64, u64)| json!({ "name": name, "a": a, "b": b, "difference": difference(*a, *b) });
        json!({
            "version": 1,
            "a": a.moment.json(),
            "b": b.moment.json(),
            "rows": self.rows.iter().map(row).collect::<Vec<_>>(),
            "heap_growths": self.growths.iter().map(growth).collect::<Vec<_>>(),
            "address_space": self.space.iter().map(space).collect::<Vec<_>>(),
        })
    }
}
