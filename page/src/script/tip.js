// What is under the pointer.

function showTip(event, ...content) {
  const tip = byId("tip");
  fill(tip, ...content);
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const x = event.clientX + 14 + width > window.innerWidth ? event.clientX - 14 - width : event.clientX + 14;
  const y = event.clientY + 14 + height > window.innerHeight ? event.clientY - 14 - height : event.clientY + 14;
  tip.style.left = Math.max(4, x) + "px";
  tip.style.top = Math.max(4, y) + "px";
}

function hideTip() {
  byId("tip").hidden = true;
}

/** What, how much, from when to when, by which goroutine. */
function mapTip(event, map, x, y, width) {
  const found = underneath(map, x, y, width);
  if (!found) return hideTip();
  const { list, rectangle: i, row } = found;
  const { facts, columns, times } = map.record;
  const { unit } = facts.map;
  const names = facts.calls.names ?? [];
  const name = names[list.name[i]];
  const [from, to] = [list.from[i], list.to[i]];
  const size = kibibytes((list.high[i] - list.low[i]) * unit);
  const start = offset(map.painting.shown.page(Math.min(row, list.high[i] - 1)) * unit, map.record.base);
  const lasts = to === map.record.count - 1 ? " to the end" : " to " + seconds(times[to]);
  const lines = [
    element("b", {}, STATES[list.state[i]].name + (name && list.state[i] === 4 ? ": " + name : "")),
    element("div", {}, size + ", here " + start),
    element("div", {}, "from " + seconds(times[from]) + lasts),
  ];
  if (columns["call.thread"]) {
    const thread = facts.calls.threads[columns["call.thread"][from]];
    lines.push(element("div", {}, "since call " + grouped(map.record.numbers[from]) + (thread ? " by " + thread : "")));
  }
  showTip(event, ...lines);
}

/** The rows at a time. */
function chartTip(event, record, time) {
  const point = record.pointAt(time);
  const known = record.rows.filter((row) => (record.at(row, point) ?? 0) > 0 && row.key !== "untouched").reverse();
  const entry = (row) => element("div", { class: "entry" },
    element("i", { class: "swatch fill-" + row.key }), element("span", {}, row.name),
    element("span", { class: "figure" }, megabytes(record.at(row, point))));
  showTip(event, element("b", {}, seconds(record.times[point])), ...known.map(entry));
}
