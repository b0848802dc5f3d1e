// Lists that follow the cursor: calls around it, and the free list of the layer.

/** A few calls before the cursor and after it. */
function showCalls(record) {
  const { columns, facts, count } = record;
  const first = Math.max(0, Math.min(view.cursor - 5, count - 11));
  const cell = (text, kind = "") => element("td", { class: kind }, text);
  const call = (i) => {
    const failed = columns["call.error"][i] ? " failed" : "";
    const bytes = columns["call.bytes"][i];
    return element("tr", i === view.cursor ? { class: "here", "aria-current": "true" } : {},
      element("td", { class: "number" }, link(record, i, grouped(record.numbers[i]))),
      cell((record.times[i] / 1e6).toFixed(2) + " ms", "number"),
      cell(facts.calls.functions[columns["call.function"][i]] + failed),
      cell(columns["call.address"][i] ? offset(columns["call.address"][i], record.base) : "nil", "number"),
      cell(kibibytes(bytes), "number"),
      cell(facts.calls.names[columns["call.name"][i]], "name"),
      cell(facts.calls.threads[columns["call.thread"][i]], "name"));
  };
  const rows = [];
  for (let i = first; i < Math.min(count, first + 11); i++) rows.push(call(i));
  const head = ["call", "time", "function", "address", "size", "name", "by"];
  const numbers = [0, 1, 3, 4];
  const heads = head.map((text, i) => element("th", { class: numbers.includes(i) ? "number" : "" }, text));
  fill(byId("calls"), element("table", {}, element("tr", {}, ...heads), ...rows));
}

function showFreeList(record) {
  const blocks = freeList(record.columns, view.cursor);
  if (blocks.length === 0) return unknown(byId("free-list"), "Nothing is on it at this moment.");
  const total = blocks.reduce((sum, one) => sum + one.bytes, 0);
  const plural = blocks.length === 1 ? " block, " : " blocks, ";
  const lines = blocks.slice(0, 6).map(({ address, bytes }) =>
    line(bytes / blocks[0].bytes, "layer", megabytes(bytes), element("code", {}, offset(address, record.base))));
  fill(byId("free-list"), element("p", {}, grouped(blocks.length) + plural + megabytes(total) + " of addresses"), ...lines);
}
