use super::{BOLD, Line, NORMAL, width, wrap};

#[test]
fn a_line_is_cut_between_characters() {
    let line = |columns| {
        let mut line = Line::of("a日", BOLD);
        line.push("本b", NORMAL);
        line.cut(columns);
        line.text()
    };
    let cut: Vec<_> = (0..=7).map(line).collect();
    assert_eq!(cut, ["", "a", "a", "a日", "a日", "a日本", "a日本b", "a日本b"]);
    assert_eq!(width("a日e\u{301}"), 4);
}

#[test]
fn a_line_is_filled_up() {
    let mut line = Line::of("日", NORMAL);
    line.fill(4);
    assert_eq!(line.text(), "日  ");
    line.fill(2);
    assert_eq!(line.text(), "日  ");
}

#[test]
fn text_is_broken_at_spaces() {
    assert_eq!(wrap("one two three", 7, 0), ["one two", "three"]);
    assert_eq!(wrap("one two three", 8, 2), ["one two", "  three"]);
    assert_eq!(wrap("  one two", 6, 4), ["  one", "   two"]);
    assert_eq!(wrap("abcdefgh ij", 3, 0), ["abc", "def", "gh", "ij"]);
    assert_eq!(wrap("日本 語", 4, 0), ["日本", "語"]);
    assert_eq!(wrap("", 5, 0), [""]);
    // Nothing fits, and it ends nevertheless.
    assert_eq!(wrap("日本", 1, 0).concat(), "日本");
    for text in ["x y", "xx yyy z"] {
        for columns in 0..9 {
            let all: String = wrap(text, columns, 1).concat();
            assert_eq!(all.replace(' ', ""), text.replace(' ', ""), "{columns}");
        }
    }
}
