// What the page shows at the moment: the cursor, the moment it is compared with, and the
// part of times and addresses that the charts show. Everything that draws registers here.

const view = {
  record: null,
  /** The point under the cursor. */
  cursor: 0,
  /** The point that it is compared with; null: none. */
  compared: null,
  /** Times and rows that are shown. */
  t0: 0,
  t1: 1,
  r0: 0,
  r1: 1,
  /** The number of rows there are. */
  rows: 1,
  /** What follows the cursor, and what draws. */
  followers: [],
  drawers: [],
  waiting: false,

  /** Moves the cursor, and the charts if it is not in them. */
  go(point) {
    this.cursor = Math.max(0, Math.min(this.record.count - 1, point));
    const time = this.record.times[this.cursor];
    if (time < this.t0 || time > this.t1) {
      const width = this.t1 - this.t0;
      this.times(time - width / 2, time + width / 2);
    }
    for (const follow of this.followers) follow();
    this.redraw();
  },

  /** The same, and the address of the page says so. */
  visit(point) {
    this.go(point);
    history.replaceState(null, "", "#" + this.record.numbers[this.cursor]);
  },

  /** Compares with the moment under the cursor, or no more. */
  compare(on) {
    this.compared = on ? this.cursor : null;
    this.go(this.cursor);
  },

  /** Shows these times, moved and cut so that they lie in the record. */
  times(from, to) {
    [this.t0, this.t1] = within(from, to, Math.max(1, this.record.end));
    this.redraw();
  },

  /** Shows these rows. */
  addresses(from, to) {
    [this.r0, this.r1] = within(from, to, this.rows);
    this.redraw();
  },

  /** Shows everything. */
  all() {
    this.times(0, this.record.end);
    this.addresses(0, this.rows);
  },

  /** Draws with the next picture, once however often it was asked for. */
  redraw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      const start = performance.now();
      for (const draw of this.drawers) draw();
      // What was drawn, and how long it took: for tests and measurements.
      const { dataset } = document.documentElement;
      dataset.view = [this.t0, this.t1, this.r0, this.r1].join(" ");
      dataset.drawn = (performance.now() - start).toFixed(1);
    });
  },
};

/** A range moved into [0, end], and not smaller than a millionth of it. */
function within(from, to, end) {
  const width = Math.min(end, Math.max(to - from, end * 1e-6));
  const start = Math.max(0, Math.min(end - width, from));
  return [start, start + width];
}
