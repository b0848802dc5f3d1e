// From changes of address ranges to rectangles: a range of rows that was in one state
// from one point to another. What the state is was decided by Rust; here ranges are only
// painted, later ones over earlier ones.

/** The states, by their number in `data.rs`: a colour and what to call it. */
const STATES = [
  { colour: "paper", name: "" },
  { colour: "layer", name: "on gosbrk's free list" },
  { colour: "reserved", name: "reserved" },
  { colour: "released", name: "given back to the kernel" },
  { colour: "tables", name: "a table of the runtime" },
  { colour: "ready", name: "heap, use not known" },
  { colour: "held", name: "heap in use" },
  { colour: "kept", name: "heap kept free" },
];

/** A growing list of rectangles: rows [low, high), points [from, to], state, name. */
class Rectangles {
  constructor() {
    this.count = 0;
    this.room = 1 << 12;
    this.low = new Int32Array(this.room);
    this.high = new Int32Array(this.room);
    this.from = new Int32Array(this.room);
    this.to = new Int32Array(this.room);
    this.state = new Uint8Array(this.room);
    this.name = new Uint16Array(this.room);
  }

  add(low, high, from, to, state, name) {
    if (this.count === this.room) this.grow();
    const i = this.count++;
    this.low[i] = low;
    this.high[i] = high;
    this.from[i] = from;
    this.to[i] = to;
    this.state[i] = state;
    this.name[i] = name;
  }

  grow() {
    this.room *= 2;
    for (const key of ["low", "high", "from", "to", "state", "name"]) {
      const larger = new this[key].constructor(this.room);
      larger.set(this[key]);
      this[key] = larger;
    }
  }

  /** No more come: notes their times, which drawing looks up again and again. */
  end(times) {
    this.begins = new Float64Array(this.count);
    this.ends = new Float64Array(this.count);
    for (let i = 0; i < this.count; i++) {
      this.begins[i] = times[this.from[i]];
      this.ends[i] = times[this.to[i]];
    }
  }

  /** The rectangle over a row and a time, -1 where there is none. */
  find(row, time) {
    for (let i = 0; i < this.count; i++) {
      if (this.low[i] > row || this.high[i] <= row) continue;
      if (this.begins[i] <= time && this.ends[i] > time) return i;
    }
    return -1;
  }
}

/** The addresses that are shown: parts of them, each a run of rows from 0 up. */
class Shown {
  constructor(segments) {
    let row = 0;
    // The heap's parts come first, then the tables'; both by address.
    this.segments = segments.map(([first, pages, tables]) => {
      const segment = { first, pages, tables, row };
      row += pages;
      return segment;
    });
    this.count = row;
    this.starts = this.segments.map((one) => one.row);
    this.heap = this.segments.filter((one) => !one.tables).reduce((sum, one) => sum + one.pages, 0);
    this.order = [...this.segments].sort((a, b) => a.first - b.first);
    this.firsts = this.order.map((one) => one.first);
  }

  /** Calls `each(low, high)` for the rows of the pages [first, end). */
  rows(first, end, each) {
    for (let i = Math.max(0, lastUpTo(this.firsts, first)); i < this.order.length; i++) {
      const one = this.order[i];
      if (one.first >= end) break;
      const low = Math.max(first, one.first);
      const high = Math.min(end, one.first + one.pages);
      if (low < high) each(one.row + low - one.first, one.row + high - one.first);
    }
  }

  /** The page of a row. */
  page(row) {
    const one = this.segments[lastUpTo(this.starts, row)];
    return one.first + row - one.row;
  }
}

/** The address and the bytes of each paint: most have those of their call. */
function* paints(columns, page) {
  const { "paint.point": points, "paint.own": own, "paint.state": states } = columns;
  const { "paint.name": names, "paint.address": addresses, "paint.bytes": sizes } = columns;
  let next = 0;
  const paint = {};
  for (let i = 0; i < points.length; i++) {
    paint.point = points[i];
    paint.state = states[i];
    paint.name = names[i];
    if (own[i]) {
      paint.address = columns["call.address"][paint.point];
      paint.bytes = Math.ceil(columns["call.bytes"][paint.point] / page) * page;
    } else {
      paint.address = addresses[next];
      paint.bytes = sizes[next++];
    }
    yield paint;
  }
}

/** All rectangles, those of the heap and those of the tables, and what is shown. */
function painted(record) {
  const { unit, page, segments } = record.facts.map;
  const shown = new Shown(segments);
  const state = new Uint8Array(shown.count);
  const name = new Uint16Array(shown.count);
  const since = new Int32Array(shown.count);
  const heap = new Rectangles();
  const tables = new Rectangles();
  const close = (low, high, point) => {
    const list = low < shown.heap ? heap : tables;
    if (state[low] && since[low] < point) {
      list.add(low, high, since[low], point, state[low], name[low]);
    }
  };
  for (const paint of paints(record.columns, page)) {
    const first = Math.floor(paint.address / unit);
    const end = Math.ceil((paint.address + paint.bytes) / unit);
    shown.rows(first, end, (low, high) => {
      for (let row = low; row < high; ) {
        let next = row + 1;
        while (next < high && state[next] === state[row] && since[next] === since[row] && name[next] === name[row]) next++;
        if (state[row] !== paint.state || name[row] !== paint.name) {
          close(row, next, paint.point);
          state.fill(paint.state, row, next);
          name.fill(paint.name, row, next);
          since.fill(paint.point, row, next);
        }
        row = next;
      }
    });
  }
  // What there is at the end lasts until then.
  for (let row = 0; row < shown.count; ) {
    let next = row + 1;
    const border = row < shown.heap ? shown.heap : shown.count;
    while (next < border && state[next] === state[row] && since[next] === since[row] && name[next] === name[row]) next++;
    close(row, next, record.count - 1);
    row = next;
  }
  heap.end(record.times);
  tables.end(record.times);
  return { shown, heap, tables, state };
}
