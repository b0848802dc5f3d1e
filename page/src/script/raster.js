// From rectangles to pixels. A pixel that covers several gets the mean of their colours,
// each by the share of it that it covers: thousands of rectangles can meet in one. This is
// what takes the time when a large trace is zoomed, hence the plain loops.
//
// For each state and each line of pixels only the differences of coverage from one pixel to
// the next are noted, at the two ends of a rectangle, however wide it is. Adding them up
// from the left gives the coverage.

/** Rectangles of which the extent is known together. */
const BLOCK = 512;

/** For each block the first begin and the last end, so that most are left out at once. */
function extents(list) {
  const blocks = Math.ceil(list.count / BLOCK);
  const first = new Float64Array(blocks).fill(Infinity);
  const last = new Float64Array(blocks);
  for (let i = 0; i < list.count; i++) {
    const block = Math.floor(i / BLOCK);
    if (list.begins[i] < first[block]) first[block] = list.begins[i];
    if (list.ends[i] > last[block]) last[block] = list.ends[i];
  }
  return { first, last };
}

/**
 * Pixels (RGBA) of what `view` shows: times from t0 to t1, rows from r0 to r1, of which
 * the lowest is at the bottom. `colours` has red, green and blue for each state.
 */
function raster(list, view, width, height, colours) {
  const stride = width + 2;
  const steps = new Float32Array(colours.length * height * stride);
  const { t0, t1, r0, r1 } = view;
  const right = width / (t1 - t0);
  const up = height / (r1 - r0);
  const { low, high, begins, ends, state, count } = list;
  list.extents ??= extents(list);
  const { first, last } = list.extents;
  for (let block = 0; block < first.length; block++) {
    if (first[block] >= t1 || last[block] <= t0) continue;
    const end = Math.min(count, (block + 1) * BLOCK);
    for (let i = block * BLOCK; i < end; i++) {
      if (begins[i] >= t1 || ends[i] <= t0 || low[i] >= r1 || high[i] <= r0) continue;
      let x0 = (begins[i] - t0) * right;
      let x1 = (ends[i] - t0) * right;
      let y0 = height - (high[i] - r0) * up;
      let y1 = height - (low[i] - r0) * up;
      if (x0 < 0) x0 = 0;
      if (y0 < 0) y0 = 0;
      if (x1 > width) x1 = width;
      if (y1 > height) y1 = height;
      cover(steps, state[i] * height, stride, x0, x1, y0, y1);
    }
  }
  return pixels(steps, stride, width, height, colours);
}

/** Notes the two ends of a rectangle in each line of pixels that it is in. */
function cover(steps, lines, stride, x0, x1, y0, y1) {
  // Whole numbers by `| 0`, which is fast; all are small and not below 0.
  const first = x0 | 0;
  const last = x1 | 0;
  const before = x0 - first;
  const within = x1 - last;
  for (let y = y0 | 0; y < y1; y++) {
    const tall = (y + 1 < y1 ? y + 1 : y1) - (y > y0 ? y : y0);
    const at = (lines + y) * stride;
    steps[at + first] += tall * (1 - before);
    steps[at + first + 1] += tall * before;
    steps[at + last] -= tall * (1 - within);
    steps[at + last + 1] -= tall * within;
  }
}

/** The pixels of these steps; what nothing covers is paper. */
function pixels(steps, stride, width, height, colours) {
  const made = new Uint8ClampedArray(width * height * 4);
  const sums = new Float32Array(width * 4);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let state = 1; state < colours.length; state++) {
      const [red, green, blue] = colours[state];
      let share = 0;
      for (let x = 0, at = (state * height + y) * stride; x < width; x++, at++) {
        share += steps[at];
        sums[4 * x] += share * red;
        sums[4 * x + 1] += share * green;
        sums[4 * x + 2] += share * blue;
        sums[4 * x + 3] += share;
      }
    }
    for (let x = 0, at = 4 * y * width; x < width; x++, at += 4) {
      const rest = Math.max(0, 1 - sums[4 * x + 3]);
      for (let c = 0; c < 3; c++) made[at + c] = sums[4 * x + c] + rest * colours[0][c];
      made[at + 3] = 255;
    }
  }
  return made;
}
