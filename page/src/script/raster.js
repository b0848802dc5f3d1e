// From rectangles to pixels. A pixel that covers several gets the mean of their colours,
// each by the share of it that it covers: thousands of rectangles can meet in one.

/**
 * Pixels (RGBA) of what `view` shows: times from t0 to t1, rows from r0 to r1, of which
 * the lowest is at the bottom. `colours` has red, green and blue for each state.
 */
function raster(list, view, width, height, colours) {
  const sums = new Float32Array(width * height * 3);
  const covered = new Float32Array(width * height);
  const right = width / (view.t1 - view.t0);
  const up = height / (view.r1 - view.r0);
  for (let i = 0; i < list.count; i++) {
    const from = list.begins[i];
    const to = list.ends[i];
    if (to <= view.t0 || from >= view.t1) continue;
    if (list.high[i] <= view.r0 || list.low[i] >= view.r1) continue;
    const x0 = Math.max(0, (from - view.t0) * right);
    const x1 = Math.min(width, (to - view.t0) * right);
    const y0 = Math.max(0, height - (list.high[i] - view.r0) * up);
    const y1 = Math.min(height, height - (list.low[i] - view.r0) * up);
    const [red, green, blue] = colours[list.state[i]];
    const lastX = Math.min(width - 1, Math.floor(x1));
    const lastY = Math.min(height - 1, Math.floor(y1));
    for (let y = Math.floor(y0); y <= lastY; y++) {
      const tall = Math.min(y + 1, y1) - Math.max(y, y0);
      if (tall <= 0) continue;
      for (let x = Math.floor(x0), at = y * width + x; x <= lastX; x++, at++) {
        const share = tall * (Math.min(x + 1, x1) - Math.max(x, x0));
        if (share <= 0) continue;
        covered[at] += share;
        sums[3 * at] += share * red;
        sums[3 * at + 1] += share * green;
        sums[3 * at + 2] += share * blue;
      }
    }
  }
  const pixels = new Uint8ClampedArray(width * height * 4);
  const paper = colours[0];
  for (let at = 0; at < width * height; at++) {
    const rest = Math.max(0, 1 - covered[at]);
    for (let c = 0; c < 3; c++) pixels[4 * at + c] = sums[3 * at + c] + rest * paper[c];
    pixels[4 * at + 3] = 255;
  }
  return pixels;
}
