// Memory over time: the parts one upon the other, resident memory as a line.

/** Where the charts begin: left of it are their labels. */
const LEFT = 64;

/**
 * From below. What the runtime and gosbrk have for themselves is on top: most of that is
 * never touched, so that it lies above the line of what is resident.
 */
const STACKED = ["file", "other", "stacks", "held", "gaps", "kept", "tables", "layer"];

/** Where a time is drawn. */
function across(time, width) {
  return LEFT + ((time - view.t0) / (view.t1 - view.t0)) * (width - LEFT);
}

/** The time that is drawn there. */
function timeAt(x, width) {
  return view.t0 + ((x - LEFT) / (width - LEFT)) * (view.t1 - view.t0);
}

function setUpChart(record) {
  if (record.count === 1) {
    const how = "One moment was looked at. `gosbrk look --record FILE PID` records many, " +
      "`gosbrk trace record` every call from the first on.";
    return unknown(byId("over-time"), how);
  }
  const rows = STACKED.map((key) => record.row[key]);
  const chart = {
    record,
    rows,
    target: byId("chart"),
    totals: new Peaks(record.sums(rows)),
    resident: new Peaks(record.sums([record.row.rss])),
  };
  chart.top = 1.05 * Math.max(1, highest(chart.totals), highest(chart.resident));
  view.drawers.push(() => drawChart(chart));
  return chart;
}

function highest(peaks) {
  return peaks.values[peaks.highest(0, peaks.values.length - 1)];
}

/** The points that a pixel stands for: those in it, or else the last one before. */
function pointsIn(record, x, width) {
  const last = record.pointAt(timeAt(x + 1, width));
  const first = lastUpTo(record.times, timeAt(x, width)) + 1;
  return [Math.max(0, Math.min(first, last)), last];
}

function drawChart(chart) {
  const { record, rows, totals, resident } = chart;
  const { context, width, height } = canvas(chart.target, window.innerWidth < 600 ? 150 : 190);
  const bottom = height - 20;
  const y = (bytes) => bottom - (bytes / chart.top) * (bottom - 8);
  const columns = Math.floor(width - LEFT);
  const edges = rows.map(() => new Float64Array(columns));
  const line = new Float64Array(columns);
  const missing = new Float64Array(columns);
  for (let c = 0; c < columns; c++) {
    const [first, last] = pointsIn(record, LEFT + c, width);
    const point = totals.highest(first, last);
    let sum = 0;
    let gap = false;
    rows.forEach((row, i) => {
      const bytes = record.at(row, point);
      // The layer's row is unknown in every program that is not on gosbrk.
      if (bytes === null && row.key !== "layer") gap = true;
      sum += bytes ?? 0;
      edges[i][c] = sum;
    });
    line[c] = resident.values[resident.highest(first, last)];
    // What is resident and no known part is grey.
    missing[c] = gap ? Math.max(sum, line[c]) : 0;
  }
  const area = (values, name) => {
    context.fillStyle = colour(name);
    context.beginPath();
    context.moveTo(LEFT, bottom);
    values.forEach((bytes, c) => context.lineTo(LEFT + c, y(bytes)));
    context.lineTo(LEFT + columns, bottom);
    context.fill();
  };
  area(missing, "missing");
  byId("chart-missing").hidden = !missing.some((bytes, c) => bytes > edges[rows.length - 1][c]);
  for (let i = rows.length - 1; i >= 0; i--) area(edges[i], rows[i].key);
  pale(context, line, y);
  context.strokeStyle = colour("text");
  context.lineWidth = 1.5;
  context.beginPath();
  line.forEach((bytes, c) => context.lineTo(LEFT + c, y(bytes)));
  context.stroke();
  scales(context, chart.top, y, width, height);
  marks(record, context, width, bottom);
}

/** Takes the colour out of what lies above the line: it is not resident. */
function pale(context, line, y) {
  context.globalAlpha = 0.6;
  context.fillStyle = colour("paper");
  context.beginPath();
  context.moveTo(LEFT, 0);
  line.forEach((bytes, c) => context.lineTo(LEFT + c, y(bytes)));
  context.lineTo(LEFT + line.length, 0);
  context.fill();
  context.globalAlpha = 1;
}

/** The scales of both directions. */
function scales(context, top, y, width, height) {
  context.fillStyle = colour("dim");
  context.textAlign = "right";
  for (const value of ticks(0, top / 1e6, 4)) {
    const at = y(value * 1e6);
    context.fillText(grouped(value) + " MB", LEFT - 8, at + 4);
    context.globalAlpha = 0.35;
    context.fillRect(LEFT, Math.round(at), width - LEFT, 0.5);
    context.globalAlpha = 1;
  }
  context.textAlign = "center";
  const values = ticks(view.t0 / 1e9, view.t1 / 1e9, (width - LEFT) / 110);
  const digits = values.length > 1 ? Math.max(0, -Math.floor(Math.log10(values[1] - values[0]) + 1e-9)) : 3;
  for (const value of values) {
    const x = Math.min(width - 16, across(value * 1e9, width));
    context.fillText(value.toFixed(digits) + " s", x, height - 5);
  }
}

/** The cursor, and A and B where two moments are compared. */
function marks(record, context, width, height) {
  const mark = (point, label, name) => {
    const x = across(record.times[point], width);
    if (x < LEFT - 1 || x > width + 1) return;
    context.fillStyle = colour(name);
    context.fillRect(Math.min(x, width - 1) - 0.75, 0, 1.5, height);
    if (!label) return;
    context.textAlign = x > width - 20 ? "right" : "left";
    context.fillText(label, x + (x > width - 20 ? -4 : 4), 10);
  };
  const both = view.compared !== null;
  if (both) mark(view.compared, "A", "text");
  mark(view.cursor, both ? "B" : "", "cursor");
}
