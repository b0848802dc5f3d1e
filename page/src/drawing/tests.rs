use super::svg;
use gosbrk_look::model::{ROWS, megabytes};
use gosbrk_trace::file::Trace;
use gosbrk_trace::page::{Page, Part};
use gosbrk_trace::sample;
use roxmltree::{Document, Node};

fn made_up(calls: u64) -> Page {
    let trace = Trace::new(Box::new(sample::write(Vec::new(), calls).unwrap())).unwrap();
    Page::of(&trace, Part::default(), |_| ()).unwrap()
}

fn texts(document: &Document) -> Vec<String> {
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.filter_map(|node| node.text().map(str::to_owned)).collect()
}

#[test]
fn it_is_well_formed_and_needs_nothing_else() {
    let svg = svg(&made_up(3000));
    let document = Document::parse(&svg).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().namespace(), Some("http://www.w3.org/2000/svg"));
    let number = |name: &str| root.attribute(name).unwrap().parse::<f64>().unwrap();
    assert_eq!(
        root.attribute("viewBox").unwrap(),
        format!("0 0 {} {}", number("width"), number("height"))
    );
    let first: Vec<_> =
        root.children().filter(Node::is_element).map(|node| node.tag_name().name()).collect();
    assert_eq!(first[..2], ["title", "desc"], "for who does not see it");
    // What a converter may not know, or may not fetch.
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        assert!(!["script", "style", "foreignObject", "a"].contains(&name), "{name}");
        for attribute in node.attributes() {
            let value = attribute.value();
            assert!(attribute.name() != "style" && !value.contains("var("), "{name}: {value}");
            let is_outside = value.contains("://") || value.starts_with("//");
            assert!(!is_outside, "{name} fetches {value}");
            if let Some((_, id)) = value.split_once("url(#") {
                let id = id.split(')').next().unwrap();
                assert!(
                    document.descendants().any(|node| node.attribute("id") == Some(id)),
                    "{id}"
                );
            }
        }
    }
    let images = document.descendants().filter(|node| node.has_tag_name("image"));
    let namespace = "http://www.w3.org/1999/xlink";
    let sources: Vec<_> = images.filter_map(|node| node.attribute((namespace, "href"))).collect();
    assert_eq!(sources.len(), 2, "the heap and the tables");
    assert!(sources.iter().all(|source| source.starts_with("data:image/png;base64,")));
}

#[test]
fn its_figures_are_those_of_stat() {
    let page = made_up(3000);
    let svg = svg(&page);
    let texts = texts(&Document::parse(&svg).unwrap());
    for row in &ROWS {
        let at = texts.iter().position(|text| text == row.name).unwrap();
        for (key, shown) in ["peak", "end"].iter().zip(&texts[at + 1..]) {
            let size = page.meta["stat"]["moments"][key][row.key].as_u64().unwrap();
            let sign = if row.key == "untouched" && size > 0 { "\u{2212}" } else { "" };
            assert_eq!(*shown, format!("{sign}{}", megabytes(size)), "{} at the {key}", row.key);
        }
    }
    let growth = &page.meta["stat"]["heap_growths"][0];
    let size = megabytes(growth["bytes"].as_u64().unwrap());
    let times = format!("{} times", growth["count"]);
    let at = texts.iter().rposition(|text| *text == times).unwrap();
    assert_eq!(texts[at - 1], size);
    assert!(texts[at + 1].starts_with("main."), "{}", texts[at + 1]);
    // Both axes have units.
    assert!(texts.iter().any(|text| text == "10 MB") && texts.iter().any(|text| text == "2 s"));
}

#[test]
fn what_is_not_known_has_its_reason() {
    let mut page = made_up(3000);
    let why = "which parts are resident < was & not \u{1} measured";
    let peak = &mut page.meta["stat"]["moments"]["peak"];
    peak["file"] = serde_json::Value::Null;
    peak["unknown"]["file"] = why.into();
    page.meta["stat"]["command"] = serde_json::json!(["./a\u{2}b", "<&>\"'"]);
    let svg = svg(&page);
    let texts = texts(&Document::parse(&svg).unwrap());
    assert!(texts.contains(&"not known (1)".to_owned()), "{texts:?}");
    assert!(texts.contains(&format!("(1) {}", why.replace('\u{1}', "\u{fffd}"))), "{texts:?}");
    assert_eq!(texts[0], "./a\u{fffd}b <&>\"'");
}

/// However many calls there are, the drawing stays small.
#[test]
fn a_long_trace_makes_no_long_file() {
    let (short, long) = (svg(&made_up(300)).len(), svg(&made_up(100_000)).len());
    println!("{short} and {long} bytes");
    assert!(long < 1_000_000, "{long} bytes");
}
