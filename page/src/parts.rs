//! Script and style of the page. Each is written as short files with one job each; they
//! share one scope in the browser, in this order.

/// The page around them: `{{NAME}}` stands for a part.
pub const FRAME: &str = include_str!("frame.html");

/// Those that touch no document first: `node --test` tests them as they are.
const SCRIPT: [&str; 22] = [
    include_str!("script/format.js"),
    include_str!("script/data.js"),
    include_str!("script/record.js"),
    include_str!("script/peaks.js"),
    include_str!("script/paint.js"),
    include_str!("script/freelist.js"),
    include_str!("script/raster.js"),
    include_str!("script/sentence.js"),
    include_str!("script/dom.js"),
    include_str!("script/view.js"),
    include_str!("script/theme.js"),
    include_str!("script/rows.js"),
    include_str!("script/chart.js"),
    include_str!("script/map.js"),
    include_str!("script/grid.js"),
    include_str!("script/lists.js"),
    include_str!("script/calls.js"),
    include_str!("script/sections.js"),
    include_str!("script/tip.js"),
    include_str!("script/pointer.js"),
    include_str!("script/keys.js"),
    include_str!("script/main.js"),
];

const STYLE: [&str; 4] = [
    include_str!("style/colours.css"),
    include_str!("style/page.css"),
    include_str!("style/rows.css"),
    include_str!("style/phone.css"),
];

/// The whole script. Its names are seen by nobody else in the browser.
#[must_use]
pub fn script() -> String {
    format!("\"use strict\";\n{{\n{}}}\n", SCRIPT.join("\n"))
}

/// The whole style.
#[must_use]
pub fn style() -> String {
    STYLE.join("\n")
}
