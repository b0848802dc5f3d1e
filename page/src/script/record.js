// The record: its moments and the rows at each. Values are looked up, never computed,
// so that the page says what `gosbrk trace stat` says.

/** The index of the last value that is not above `x` in ascending `values`; -1: none. */
function lastUpTo(values, x) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= x) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** What the program and the page are about: facts from JSON, and columns. */
class Record {
  constructor(facts, columns) {
    this.facts = facts;
    this.columns = columns;
    this.times = columns.time;
    this.numbers = columns.number;
    this.count = this.times.length;
    this.end = this.times[this.count - 1];
    this.rows = facts.rows.map((row) => ({
      ...row,
      at: columns[row.key + ".at"],
      values: columns[row.key + ".bytes"],
      whys: columns[row.key + ".why"],
    }));
    // The parts that are drawn one upon the other: all but the last two.
    this.parts = this.rows.slice(0, 8);
    this.row = Object.fromEntries(this.rows.map((row) => [row.key, row]));
    this.base = facts.map.base ?? 0;
  }

  /** A row at a point: bytes, or null where it is not known. */
  at(row, point) {
    const step = lastUpTo(row.at, point);
    return row.whys[step] ? null : row.values[step];
  }

  /** Why a row is not known at a point; empty where it is. */
  why(row, point) {
    const why = row.whys[lastUpTo(row.at, point)];
    return why ? this.facts.reasons[why - 1] : "";
  }

  /** The point that a number of a call or sample belongs to: of merged ones, theirs. */
  pointOf(number) {
    return Math.max(0, lastUpTo(this.numbers, number));
  }

  /** The last point up to a time. */
  pointAt(time) {
    return Math.max(0, lastUpTo(this.times, time));
  }

  /**
   * The part that most of the resident memory is in, or null: {row, bytes}. As
   * `Moment::largest` in Rust finds it, which says why.
   */
  largest(point) {
    const of = (row) => this.at(row, point) ?? 0;
    const sum = this.parts.reduce((sum, row) => sum + of(row), 0);
    let untouched = this.at(this.row.untouched, point) ?? Math.max(0, sum - of(this.row.rss));
    const weights = {};
    for (const row of [this.row.layer, this.row.tables]) {
      const off = Math.min(of(row), untouched);
      untouched -= off;
      weights[row.key] = of(row) - off;
    }
    let best = null;
    for (const row of this.parts) {
      const bytes = this.at(row, point);
      const weight = weights[row.key] ?? bytes;
      if (bytes !== null && (best === null || weight >= best.weight)) best = { row, bytes, weight };
    }
    return best;
  }

  /** The sum of these rows at every point; what is not known counts as nothing. */
  sums(rows) {
    const sums = new Float64Array(this.count);
    for (const row of rows) {
      let before = 0;
      for (let i = 0; i < row.at.length; i++) {
        const value = row.whys[i] ? 0 : row.values[i];
        sums[row.at[i]] += value - before;
        before = value;
      }
    }
    for (let i = 1; i < sums.length; i++) sums[i] += sums[i - 1];
    return sums;
  }
}
