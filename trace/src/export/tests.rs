use super::{csv, perfetto};
use crate::file::Trace;
use crate::sample;
use crate::stat::Stat;
use gosbrk_look::model::ROWS;
use serde_json::Value;

fn made_up() -> (Trace, Stat) {
    let trace = Trace::new(Box::new(sample::write(Vec::new(), 3000).unwrap())).unwrap();
    let stat = Stat::of(&trace, None, |_| ()).unwrap();
    (trace, stat)
}

/// The last row of the table is the end, and the highest RSS in it the peak, as `stat` has them.
#[test]
fn the_table_has_the_figures_of_the_summary() {
    let (trace, stat) = made_up();
    let mut text = Vec::new();
    csv(&trace, &mut text, |_| ()).unwrap();
    let text = String::from_utf8(text).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0][..4], ["time_s", "call", "held_bytes", "gaps_bytes"]);
    assert!(rows.iter().all(|row| row.len() == 14));
    let column = |name: &str| rows[0].iter().position(|one| *one == name).unwrap();
    for (i, row) in ROWS.iter().enumerate() {
        let cell = rows.last().unwrap()[column(&format!("{}_bytes", row.key))];
        assert_eq!(cell.parse().ok(), stat.end.figures.0[i].ok(), "{}", row.key);
    }
    let rss = |row: &Vec<&str>| row[column("rss_bytes")].parse::<u64>().ok();
    let highest = rows[1..].iter().filter_map(rss).max();
    assert_eq!(highest, stat.peak.unwrap().figures.0[9].ok());
    let times = rows[1..].iter().map(|row| row[0].parse::<f64>().unwrap());
    assert!(times.is_sorted());
}

/// What the format's description asks of counters and instants.
#[test]
fn the_timeline_has_counters_and_growths() {
    let (trace, stat) = made_up();
    let mut text = Vec::new();
    perfetto(&trace, &mut text, |_| ()).unwrap();
    let json: Value = serde_json::from_slice(&text).unwrap();
    let events = json["traceEvents"].as_array().unwrap();
    let of = |phase: &str| events.iter().filter(|one| one["ph"] == phase).collect::<Vec<_>>();
    assert_eq!(of("M").len(), 1);
    let (counters, instants) = (of("C"), of("i"));
    assert_eq!(events.len(), 1 + counters.len() + instants.len());
    for event in counters.iter().chain(&instants) {
        assert!(
            event["ts"].is_f64() && event["pid"] == 4711 && event["name"].is_string(),
            "{event}"
        );
    }
    let bytes = |events: &[&Value]| -> Vec<u64> {
        events.iter().map(|one| one["args"]["bytes"].as_u64().unwrap()).collect()
    };
    let growths: Vec<u64> = stat.growths.all.iter().map(|one| one.bytes).collect();
    assert_eq!(bytes(&instants), growths);
    let rss: Vec<&Value> = counters.into_iter().filter(|one| one["name"] == ROWS[9].name).collect();
    assert_eq!(bytes(&rss).into_iter().max(), stat.peak.unwrap().figures.0[9].ok());
}

/// No change is left out: behind each call at which the page has other rows the table has the
/// same ones.
#[test]
fn the_table_has_every_change() {
    let (trace, _) = made_up();
    let mut text = Vec::new();
    csv(&trace, &mut text, |_| ()).unwrap();
    let text = String::from_utf8(text).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let page = crate::page::Page::of(&trace, crate::page::Part::default(), |_| ()).unwrap();
    let numbers = |name: &str| &page.column("row", name).unwrap().numbers;
    let count = numbers("call").len();
    assert!(count > 100);
    // The first is the moment before the first call.
    for at in 1..count {
        let call = numbers("call").get(at).unwrap();
        let here = rows.iter().rfind(|row| row[1].parse::<u64>().unwrap() <= call).unwrap();
        for (i, row) in ROWS.iter().enumerate() {
            let is_known = numbers(&format!("{}_why", row.key)).get(at) == Some(0);
            let size = numbers(row.key).get(at).filter(|_| is_known);
            assert_eq!(here[2 + i].parse().ok(), size, "{} behind call {call}", row.key);
        }
    }
}
