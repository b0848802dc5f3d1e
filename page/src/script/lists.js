// Lists that do not follow the cursor: who made the heap grow, address space, what is
// lost for good, what will come back.

/** A line of a list: bar, size, text. */
function line(share, key, size, ...text) {
  const track = element("span", { class: "track" }, bar(share, key));
  return element("div", { class: "line" }, element("span", { class: "figure" }, size), track, element("span", { class: "what" }, ...text));
}

function growths(record) {
  const { growths } = record.facts;
  if (growths.unknown) return unknown(byId("growths"), growths.unknown);
  if (growths.length === 0) return unknown(byId("growths"), "The heap did not grow.");
  const most = growths[0].bytes;
  const one = ({ bytes, count, first, function: leaf, own, place }) => {
    const within = leaf === own ? [] : [" in ", element("code", {}, leaf)];
    const times = grouped(count) + (count === 1 ? " time, " : " times, ");
    const small = element("small", {}, (place ? place + " \u00b7 " : "") + times, link(record, first, "first"));
    return line(bytes / most, "held", megabytes(bytes), element("code", { class: "own" }, own), ...within, small);
  };
  fill(byId("growths"), ...growths.slice(0, 12).map(one));
  const rest = growths.slice(12).reduce((sum, one) => sum + one.bytes, 0);
  if (rest) byId("growths").append(line(rest / most, "held", megabytes(rest), grouped(growths.length - 12) + " other places"));
}

function space(record) {
  const { space } = record.facts;
  if (space.unknown) return unknown(byId("space"), space.unknown);
  const total = space.reduce((sum, [, bytes]) => sum + bytes, 0);
  const lines = space.slice(0, 8).map(([name, bytes]) => line(bytes / total, "file", megabytes(bytes), name));
  const rest = space.slice(8).reduce((sum, [, bytes]) => sum + bytes, 0);
  if (rest) lines.push(line(rest / total, "file", megabytes(rest), grouped(space.length - 8) + " other names"));
  const sum = element("div", { class: "line sum" }, element("span", { class: "figure" }, megabytes(total)), element("span", { class: "track" }), element("span", { class: "what" }, "in all"));
  fill(byId("space"), ...lines, sum);
}

function others(record) {
  const { others } = record.facts;
  if (others.unknown) return byId("others-section").remove();
  const most = Math.max(1, record.at(record.row.rss, record.count - 1) ?? 0);
  const parts = others.filter(([, bytes]) => bytes > 0).sort((a, b) => b[1] - a[1]);
  fill(byId("others"), ...parts.map(([name, bytes]) => line(bytes / most, "other", megabytes(bytes), name)));
}

function waste(record) {
  const { waste } = record.facts;
  if (waste.unknown) return unknown(byId("waste"), waste.unknown);
  const lines = waste.parts.map(([name, bytes]) => line(bytes / Math.max(1, waste.high), "layer", megabytes(bytes), name));
  fill(byId("waste"), element("p", {}, waste.text), ...lines);
}

function outlook(record) {
  const { outlook } = record.facts;
  if (outlook.length === 0) return byId("outlook-section").remove();
  const one = ([title, lines]) => [
    ...(title ? [element("h3", {}, title)] : []),
    element("ul", {}, ...lines.map((text) => element("li", {}, text))),
  ];
  fill(byId("outlook"), ...outlook.flatMap(one));
}
