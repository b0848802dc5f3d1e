// The sentence, the moments, the bar and its rows.

/** Fills in what stays the same, and follows the cursor. */
function setUpRows(record) {
  setUpMoments(record);
  const shown = record.rows.filter((row) => row.key !== "layer" || record.facts.layer);
  const rows = shown.map((row) => rowElement(row));
  byId("rows").append(...rows.map((row) => row.root));
  view.followers.push(
    () => showSentence(record),
    () => showBar(record),
    () => shown.forEach((row, i) => showRow(record, row, rows[i])),
  );
}

function showSentence(record) {
  const pieces =
    view.compared === null
      ? sentence(record, view.cursor)
      : difference(record, view.compared, view.cursor);
  const spans = pieces.map((piece) =>
    typeof piece === "string" ? piece : element("b", { class: "text-" + piece[1] }, piece[0]),
  );
  fill(byId("sentence"), ...spans);
}

/** The buttons that go to a moment, and the one that compares two. */
function setUpMoments(record) {
  const { rss, heap } = record.facts.peaks;
  const peak = record.facts.module ? "largest" : "peak RSS";
  const moments = [["start", 0], [peak, rss], ["peak heap", heap], ["end", record.count - 1]];
  const make = ([name, point]) => element("button", { onclick: () => view.visit(point) }, name);
  const known = record.count > 1 ? moments.filter(([, point]) => point !== null) : [];
  const buttons = known.map(make);
  const compare = element("button", {
    id: "compare",
    title: "Keep this moment as A, then go to another one, B (key c)",
    onclick: () => view.compare(view.compared === null),
  });
  const step = (by, text, title) =>
    element("button", { title, "aria-label": title, onclick: () => view.visit(view.cursor + by) }, text);
  const where = element("span", { id: "where" });
  const noun = record.facts.source === "trace" ? "call" : "sample";
  if (record.count > 1) {
    const group = element("span", { class: "group" }, ...buttons);
    const steps = element("span", { class: "group" },
      step(-1, "\u2039", "one " + noun + " back (left arrow)"), where,
      step(1, "\u203a", "one " + noun + " on (right arrow)"));
    byId("moments").append(group, compare, steps);
  }
  view.followers.push(() => {
    buttons.forEach((button, i) => {
      button.setAttribute("aria-pressed", String(known[i][1] === view.cursor));
    });
    const on = view.compared !== null;
    compare.setAttribute("aria-pressed", String(on));
    fill(compare, on ? "A: " + seconds(record.times[view.compared]) + " \u2715" : "A/B compare");
    fill(where, noun + " " + grouped(record.numbers[view.cursor]));
    document.body.classList.toggle("comparing", on);
  });
}

/** In the bar, as in the chart, what is often not touched comes last. */
const BAR = ["held", "gaps", "kept", "stacks", "other", "file", "tables", "layer"];

/** One bar: what there is, by who holds it, and how much of that was never touched. */
function showBar(record) {
  const parts = BAR.map((key) => record.row[key])
    .map((row) => ({ row, bytes: record.at(row, view.cursor) }))
    .filter(({ bytes }) => bytes > 0);
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const width = byId("bar").clientWidth;
  // Only text that has room: about 7 pixels a letter.
  const fits = (text, bytes) => (bytes / total) * width > 7 * text.length + 16;
  const piece = ({ row, bytes }) => {
    const texts = [row.name + " \u00b7 " + megabytes(bytes), megabytes(bytes)];
    const made = element("span", { class: "fill-" + row.key, title: texts[0] });
    made.style.flexGrow = bytes / total;
    made.append(texts.find((text) => fits(text, bytes)) ?? "");
    return made;
  };
  fill(byId("parts"), ...parts.map(piece));
  const untouched = record.at(record.row.untouched, view.cursor) ?? 0;
  const never = byId("never");
  const share = total > 0 ? Math.min(1, untouched / total) : 0;
  never.style.width = share * 100 + "%";
  const text = megabytes(untouched) + " never touched";
  fill(never, text);
  // A narrow one would puzzle; the row below says it anyway.
  never.hidden = !fits(text, untouched);
}

/** A row: name and definition, figures, bar, Go's name and what to do. */
function rowElement(row) {
  const swatch = element("i", { class: "swatch fill-" + row.key });
  const figure = (kind) => element("span", { class: "figure " + kind, role: "cell" });
  const [now, before, delta] = [figure("now"), figure("before"), figure("delta")];
  const track = element("span", { class: "track", role: "cell" });
  const text = () => element("span", { class: "definition" }, row.definition);
  const go = () => element("span", { class: "go", title: "what Go calls it" }, row.go);
  const action = () => element("span", { class: "action" }, row.action);
  // On a phone, what the wide page shows beside the row.
  const more = element("details", { role: "cell" }, element("summary", {}, "what is this?"), text(), go(), action());
  const why = element("span", { class: "why" });
  const name = element("span", { class: "name", role: "cell" }, swatch, element("b", {}, row.name), go(), text(), why);
  const side = element("span", { class: "side", role: "cell" }, action());
  const root = element("div", { class: "row row-" + row.key, role: "row", "data-key": row.key }, name, before, now, delta, track, more, side);
  return { root, now, before, delta, track, why, more };
}

/** Its figures at the cursor, and at the moment it is compared with. */
function showRow(record, row, made) {
  const bytes = record.at(row, view.cursor);
  const known = bytes !== null;
  made.root.classList.toggle("unknown", !known);
  fill(made.why, record.why(row, view.cursor));
  if (known) made.root.dataset.bytes = bytes;
  else delete made.root.dataset.bytes;
  const minus = row.key === "untouched" && bytes > 0 ? "\u2212" : "";
  const text = (value) => (value === null ? "not known" : minus + megabytes(value));
  fill(made.now, text(bytes));
  const full = fullWidth(record);
  fill(made.track, ...(known && bytes > 0 ? [bar(bytes / full, row.key)] : []));
  // Where it matters, what to do stands out.
  made.root.classList.toggle("large", known && bytes * 10 >= full && row.key !== "untouched");
  const largest = record.largest(view.cursor);
  made.more.open = largest !== null && largest.row === row && bytes > 0;
  const earlier = view.compared === null ? null : record.at(row, view.compared);
  fill(made.before, view.compared === null ? "" : text(earlier));
  fill(made.delta, known && earlier !== null ? change(bytes - earlier) : "");
}

/** What the longest bar stands for. */
function fullWidth(record) {
  const values = record.rows.map((row) => record.at(row, view.cursor) ?? 0);
  return Math.max(1, ...values);
}
