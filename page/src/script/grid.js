// The map of one moment: no time to draw, so pages follow each other line by line, as in
// a book, and each line says where it begins.

const CELL = 7;

function setUpGrid(record, painting) {
  byId("map").remove();
  byId("map-help").remove();
  const target = element("canvas", { id: "grid", role: "img", "aria-label": "Pages of the heap, coloured by state" });
  byId("where-it-is").append(target);
  view.drawers.push(() => drawGrid(record, painting, target));
}

function drawGrid(record, { shown, state }, target) {
  const left = 96;
  const across = Math.max(16, 2 ** Math.floor(Math.log2((target.clientWidth - left) / CELL)));
  const { unit, base } = record.facts.map;
  // So many pages a cell that some 64 lines are enough.
  let each = 1;
  while (shown.heap / each > across * 64) each *= 2;
  const lines = [];
  for (const one of shown.segments.filter((segment) => !segment.tables)) {
    for (let row = 0; row < one.pages; row += across * each) {
      lines.push({ from: one.row + row, to: one.row + Math.min(one.pages, row + across * each), cut: row === 0 });
    }
  }
  const { context } = canvas(target, lines.length * CELL + 20);
  context.font = "10px ui-monospace, monospace";
  const colours = STATES.map((one) => colour(one.colour));
  lines.forEach(({ from, to, cut }, line) => {
    const y = line * CELL + 4;
    if (line % 4 === 0 || cut) {
      context.fillStyle = colour("dim");
      context.textAlign = "right";
      context.fillText(offset(shown.page(from) * unit, base), left - 8, y + 7);
    }
    for (let cell = 0; from + cell * each < to; cell++) {
      const start = from + cell * each;
      context.fillStyle = colours[most(state, start, Math.min(to, start + each))];
      context.fillRect(left + cell * CELL, y, CELL - 1, CELL - 1);
    }
  });
  const kib = grouped((each * unit) / 1024);
  fill(byId("map-scale"), "a square is " + kib + " KiB; addresses on the left");
}

/** The state that most of these rows have; one page in use among free ones shows. */
function most(state, from, to) {
  const counts = new Uint32Array(STATES.length);
  for (let row = from; row < to; row++) counts[state[row]]++;
  if (counts[6] * 4 >= to - from) return 6;
  return counts.indexOf(Math.max(...counts));
}
