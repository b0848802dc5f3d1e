//! The rows at the peak and at the end, in figures: the chart's legend.

use super::sheet::Sheet;
use crate::axes::MARGIN;
use crate::chart::COLOURS;
use gosbrk_look::model::{Kind, Known, Moment, ROWS, megabytes};
use serde_json::Value;
use std::fmt::Write as _;

/// A moment of the summary.
pub struct At {
    /// Its name.
    pub name: &'static str,
    /// The call behind which it is.
    pub call: Option<u64>,
    /// When that was, in seconds.
    seconds: Option<f64>,
    /// The rows.
    pub moment: Moment,
}

impl At {
    /// A moment as `stat --json` has it; none where there is none.
    pub fn of(moments: &Value, key: &str, name: &'static str, kind: Kind) -> Option<Self> {
        let json = moments.get(key).filter(|moment| moment.is_object())?;
        let known = |at: usize| -> Known {
            let key = ROWS[at].key;
            let why = json["unknown"][key].as_str().unwrap_or("this is not known");
            json[key].as_u64().ok_or_else(|| why.to_owned().into())
        };
        let moment = Moment {
            kind,
            held: known(0),
            gaps: known(1),
            kept: known(2),
            stacks: known(3),
            tables: known(4),
            layer: known(5),
            other: known(6),
            file: known(7),
            untouched: known(8),
            rss: known(9),
        };
        Some(Self { name, call: json["call"].as_u64(), seconds: json["time_s"].as_f64(), moment })
    }

    /// When it is.
    pub fn when(&self) -> String {
        self.seconds.map_or_else(|| "then".into(), |seconds| format!("{seconds:.3} s"))
    }
}

/// Lines in black upon a colour, so that parts can be told apart without it.
const LINES: [&str; 8] = [
    "",
    "M0 6L6 0M-1 1L1 -1M5 7L7 5",
    "M1 1.5H2M4 4.5H5",
    "M0 3H6",
    "M0 0L6 6M-1 5L1 7M5 -1L7 1",
    "M0 3H6M3 0V6",
    "",
    "M3 0V6",
];

/// What is drawn upon the parts: the names of [`definitions`].
pub fn patterns() -> [String; 8] {
    std::array::from_fn(|part| match LINES[part] {
        "" => "none".into(),
        _ => format!("url(#gosbrk-{})", ROWS[part].key),
    })
}

/// The patterns themselves.
pub fn definitions() -> String {
    let mut patterns = String::new();
    for (row, lines) in ROWS.iter().zip(LINES).filter(|(_, lines)| !lines.is_empty()) {
        let _ = writeln!(
            patterns,
            "<pattern id=\"gosbrk-{}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><path d=\"{lines}\" stroke=\"#000000\" stroke-opacity=\"0.5\" stroke-width=\"0.8\" fill=\"none\"/></pattern>",
            row.key
        );
    }
    patterns
}

/// Draws the table, and below it the reasons for what is not known.
pub fn table(sheet: &mut Sheet, moments: &[At]) {
    let columns = [560.0, 748.0];
    for (at, x) in moments.iter().zip(columns) {
        let y = sheet.y;
        sheet.put(x, y, "end", &format!("{}, {}", at.name, at.when()));
    }
    sheet.y += 16.0;
    let mut reasons: Vec<String> = Vec::new();
    let patterns = patterns();
    let kind = moments.first().map_or_else(Kind::default, |at| at.moment.kind);
    for (i, row) in kind.rows().iter().enumerate() {
        let y = sheet.y;
        if let Some(colour) = COLOURS.get(i) {
            sheet.swatch(MARGIN.0, colour);
            sheet.swatch(MARGIN.0, &patterns[i]);
        } else if row.key == "rss" {
            sheet.push(&format!(
                "<path d=\"M{} {:.1}h10\" stroke=\"#1b1f24\" stroke-width=\"1.5\" fill=\"none\"/>\n",
                MARGIN.0,
                y - 4.0
            ));
        }
        sheet.put(MARGIN.0 + 16.0, y, "start", row.name);
        for (at, x) in moments.iter().zip(columns) {
            let rows = at.moment.rows();
            let text = match rows[i].1 {
                Ok(size) if row.key == "untouched" && *size > 0 => {
                    format!("\u{2212}{}", megabytes(*size))
                }
                Ok(size) => megabytes(*size),
                Err(why) => {
                    let number = reasons.iter().position(|one| one == why).unwrap_or_else(|| {
                        reasons.push(why.to_string());
                        reasons.len() - 1
                    });
                    format!("not known ({})", number + 1)
                }
            };
            sheet.put(x, y, "end", &text);
        }
        sheet.y += 16.0;
    }
    for (i, reason) in reasons.iter().enumerate() {
        let y = sheet.y;
        sheet.put(MARGIN.0 + 16.0, y, "start", &format!("({}) {reason}", i + 1));
        sheet.y += 16.0;
    }
}
