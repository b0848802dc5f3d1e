// Where it is: addresses by time, coloured by state. The tables have a band of fixed
// height below the heap; zoom is for the heap.

/** The height of the tables' band, and the gap above it. */
const BAND = 34;
const GAP = 8;

function setUpMap(record) {
  const section = byId("where-it-is");
  if (record.facts.map.unknown) return unknown(section, record.facts.map.unknown);
  const painting = painted(record);
  // The runtime's own map does not tell the two apart.
  if (record.facts.source === "moment") STATES[3].name = "given back to the kernel, or not used yet";
  if (record.facts.module) {
    STATES[1].name = "on the layer\u2019s free list";
    STATES[3].name = "counted as given back";
  }
  view.rows = Math.max(1, painting.shown.heap);
  view.r1 = view.rows;
  legend(painting);
  if (record.count === 1) return setUpGrid(record, painting);
  const map = { record, painting, target: byId("map"), key: "", pictures: null };
  map.band = painting.shown.count > painting.shown.heap ? BAND + GAP : 0;
  view.drawers.push(() => drawMap(map));
  return map;
}

/** The states that occur, with their colours. */
function legend({ heap, tables, state }) {
  const seen = new Set(state);
  for (const list of [heap, tables]) {
    for (let i = 0; i < list.count; i++) seen.add(list.state[i]);
  }
  const entry = (number) => {
    const { colour, name } = STATES[number];
    return element("span", {}, element("i", { class: "swatch fill-" + colour }), name);
  };
  const order = [6, 7, 5, 3, 4, 1, 2].filter((number) => seen.has(number));
  fill(byId("legend"), ...order.map(entry));
}

/** How high the map is. */
function mapHeight() {
  return window.innerWidth < 600 ? 300 : 400;
}

function drawMap(map) {
  const { context, width, height, ratio } = canvas(map.target, mapHeight());
  const { record, painting } = map;
  const columns = Math.max(1, Math.floor((width - LEFT) * ratio));
  const upper = height - map.band;
  const key = [columns, height, ratio, view.t0, view.t1, view.r0, view.r1, colour("paper")].join();
  // Moving the cursor changes nothing below it.
  if (map.key !== key) {
    const colours = STATES.map((state) => rgb(state.colour));
    const picture = (list, low, high, tall) => {
      const shows = { t0: view.t0, t1: view.t1, r0: low, r1: high };
      const rows = Math.max(1, Math.round(tall * ratio));
      return new ImageData(raster(list, shows, columns, rows, colours), columns, rows);
    };
    map.pictures = [picture(painting.heap, view.r0, view.r1, upper)];
    if (map.band) {
      map.pictures.push(picture(painting.tables, painting.shown.heap, painting.shown.count, BAND));
    }
    map.key = key;
  }
  const left = Math.round(LEFT * ratio);
  context.putImageData(map.pictures[0], left, 0);
  if (map.band) context.putImageData(map.pictures[1], left, Math.round((upper + GAP) * ratio));
  mapLabels(map, context, width, upper, height);
  marks(record, context, width, height);
}

/** The scale of the heap's addresses, the cuts, and the band's name. */
function mapLabels(map, context, width, upper, height) {
  const { shown } = map.painting;
  const { base, unit } = map.record.facts.map;
  const y = (row) => upper - ((row - view.r0) / (view.r1 - view.r0)) * upper;
  context.textAlign = "right";
  context.fillStyle = colour("dim");
  const heap = shown.segments.filter((one) => !one.tables);
  heap.forEach((one, i) => {
    const at = y(one.row);
    if (i === 0 || at < 4 || at > upper - 2) return;
    context.strokeStyle = colour("paper");
    context.lineWidth = 3;
    const path = () => {
      context.beginPath();
      context.moveTo(LEFT, at);
      context.lineTo(width, at);
      context.stroke();
    };
    path();
    context.strokeStyle = colour("dim");
    context.lineWidth = 0.8;
    context.setLineDash([3, 3]);
    path();
    context.setLineDash([]);
    const before = heap[i - 1];
    const cut = (one.first - before.first - before.pages) * unit;
    if (y(one.row + one.pages) < at - 16) cutLabel(context, megabytes(cut) + " reserved and never used, not shown", at);
    context.textAlign = "right";
  });
  const size = ((view.r1 - view.r0) * unit) / 1e6;
  for (const value of ticks((view.r0 * unit) / 1e6, (view.r0 * unit) / 1e6 + size, upper / 70)) {
    const at = y((value * 1e6) / unit);
    if (at > 10 && at < upper - 8) context.fillText(grouped(Math.round(value * 10) / 10) + " MB", LEFT - 8, at + 4);
  }
  if (view.r0 === 0 && heap.length) context.fillText("heap", LEFT - 8, upper - 2);
  if (map.band) context.fillText("tables", LEFT - 8, height - BAND / 2 + 4);
  // For a reader that does not see it.
  const first = heap.length ? offset(heap[0].first * unit, base) : "";
  map.target.setAttribute("aria-label", "Addresses of the heap from " + first + " up, by time, coloured by state");
}

/** Says what was cut out, on paper of its own: it lies on the colours. */
function cutLabel(context, text, y) {
  context.textAlign = "left";
  const { width } = context.measureText(text);
  context.fillStyle = colour("paper");
  context.fillRect(LEFT + 8, y - 8, width + 12, 16);
  context.fillStyle = colour("dim");
  context.fillText(text, LEFT + 14, y + 4);
}

/** What is drawn at a place of the map: {rectangle, list, row}, or null. */
function underneath(map, x, y, width) {
  const upper = mapHeight() - map.band;
  const { heap, tables, shown } = map.painting;
  const inBand = y > upper;
  const list = inBand ? tables : heap;
  const row = inBand
    ? shown.heap + (1 - (y - upper - GAP) / BAND) * (shown.count - shown.heap)
    : view.r1 - (y / upper) * (view.r1 - view.r0);
  const rectangle = list.find(row, timeAt(x, width));
  return rectangle < 0 ? null : { list, rectangle, row: Math.floor(row) };
}
