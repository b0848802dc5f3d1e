// Begins: reads the data, fills the page, and says when it is ready.

function setUpHead(record) {
  const { facts } = record;
  fill(byId("title"), facts.title);
  const what = {
    trace: grouped(record.numbers[record.count - 1] + 1) + " calls of the memory layer in " + seconds(record.end),
    samples: grouped(record.count) + " samples in " + seconds(record.end),
    moment: "one moment of a running program",
  }[facts.source];
  fill(byId("facts"), [...facts.facts, what].join(" \u00b7 "));
  fill(byId("notes"), ...facts.notes.map((note) => element("p", {}, ...marked(note))));
  byId("theme").onclick = toggleTheme;
}

/** The point that the address of the page names: `#9624`. The end where it names none. */
function named(record) {
  const match = /^#(\d+)$/.exec(location.hash);
  return match ? record.pointOf(Number(match[1])) : record.count - 1;
}

async function main() {
  const facts = JSON.parse(byId("data").textContent);
  const record = new Record(facts, await readColumns(document));
  view.record = record;
  view.t1 = Math.max(1, record.end);
  setUpHead(record);
  setUpRows(record);
  const chart = setUpChart(record);
  const map = setUpMap(record);
  setUpSections(record);
  setUpPointer(record, chart, map);
  setUpKeys();
  addEventListener("resize", () => view.redraw());
  addEventListener("hashchange", () => view.go(named(record)));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changedTheme);
  changedTheme();
  view.go(named(record));
  requestAnimationFrame(() => requestAnimationFrame(() => {
    document.documentElement.dataset.ready = Math.round(performance.now());
  }));
}

main().catch((error) => {
  fill(byId("sentence"), "This page cannot be shown: " + error.message);
  document.documentElement.dataset.failed = String(error);
});
