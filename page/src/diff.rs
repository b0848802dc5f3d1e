//! The page of two traces beside each other: a chart of each on one scale, and what
//! differs. It has no script.

use crate::chart::{COLOURS, Chart};
use crate::html::{escaped, hash};
use gosbrk_look::model::{Kind, megabytes, signed};
use gosbrk_trace::diff::Diff;
use std::fmt::Write as _;

const STYLE: &str = include_str!("style/diff.css");

/// The page. `names` say what A and B are; `moments` are where they are compared.
#[must_use]
pub fn html(
    names: &[String; 2],
    charts: &[Chart],
    moments: [Option<u64>; 2],
    diff: &Diff,
) -> String {
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'\">\n\
         <title>Two recordings beside each other</title>\n<style>{STYLE}</style>\n\
         <h1>Two recordings beside each other</h1>\n",
        hash(STYLE)
    );
    let scale = Chart::scale(charts);
    for (((side, name), chart), moment) in ["A", "B"].iter().zip(names).zip(charts).zip(moments) {
        let marks: Vec<u64> = moment.into_iter().collect();
        let (name, svg) = (escaped(name), chart.svg(scale, &marks));
        let _ = writeln!(html, "<h2>{side}: {name}</h2>\n{svg}");
    }
    let modules = charts.iter().all(|chart| chart.kind == Kind::Module);
    let kind = if modules { Kind::Module } else { Kind::Process };
    legend(&mut html, kind);
    let rows = diff.rows.iter().map(|row| {
        let figure = |known: gosbrk_trace::figures::Figure| match known {
            Ok(size) if row.is_taken_off() && size > 0 => format!("-{}", megabytes(size)),
            Ok(size) => megabytes(size),
            Err(why) => format!("not known: {}", why.text()),
        };
        let change = row.change().map_or_else(|| "not known".into(), signed);
        [figure(row.a), figure(row.b), change, kind.rows()[row.row].name.to_owned()]
    });
    table(&mut html, "Where the memory is", rows);
    let line = |a: u64, b: u64, name: String| {
        [megabytes(a), megabytes(b), signed(i128::from(b) - i128::from(a)), name]
    };
    let growths = diff.growths.iter().map(|(stack, a, b)| {
        let name = format!("{} ({} and {} times)", stack.line(), a.count, b.count);
        line(a.bytes, b.bytes, name)
    });
    table(&mut html, "Who made the heap grow, up to the marked moments", growths);
    let space = diff.space.iter().map(|(name, a, b)| line(*a, *b, name.clone()));
    table(&mut html, "Address space that the runtime took, by what it is for", space);
    html
}

fn legend(html: &mut String, kind: Kind) {
    html.push_str("<p class=\"legend\">");
    for (row, colour) in kind.rows().iter().zip(COLOURS) {
        let _ = write!(
            html,
            "<span><svg width=\"10\" height=\"10\"><rect width=\"10\" height=\"10\" fill=\"{colour}\"/></svg> {}</span> ",
            row.name
        );
    }
    let line = match kind {
        Kind::Process => "The line is the resident memory; what is above it was never touched.",
        Kind::Module => "The line is the module's memory, which never shrinks.",
    };
    let _ =
        writeln!(html, "</p>\n<p>{line} The dashed lines are the moments that are compared.</p>");
}

fn table(html: &mut String, heading: &str, rows: impl Iterator<Item = [String; 4]>) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return;
    }
    let _ = writeln!(
        html,
        "<h2>{heading}</h2>\n<table><tr><th>A<th>B<th>difference<th class=\"name\">"
    );
    // A number stays with its unit.
    let whole = |text: String| text.replace(" MB", "\u{a0}MB");
    for [a, b, change, name] in rows {
        let (a, b, change) = (whole(a), whole(b), whole(change));
        let _ =
            writeln!(html, "<tr><td>{a}<td>{b}<td>{change}<td class=\"name\">{}", escaped(&name));
    }
    html.push_str("</table>\n");
}
