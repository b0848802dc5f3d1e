"use strict";
const test = require("node:test");
const assert = require("node:assert");
const { load } = require("./load.js");
const { painted, freeList, raster, Shown } = load("painted", "freeList", "raster", "Shown");

/** A record of paints [point, first page, pages, state], with these segments. */
function record(paints, segments, count = 10) {
  const column = (values) => Float64Array.from(values);
  const columns = {
    "paint.point": column(paints.map((one) => one[0])),
    "paint.own": column(paints.map(() => 0)),
    "paint.state": column(paints.map((one) => one[3])),
    "paint.name": column(paints.map(() => 0)),
    "paint.address": column(paints.map((one) => one[1] * 4096)),
    "paint.bytes": column(paints.map((one) => one[2] * 4096)),
  };
  return { columns, count, times: Float64Array.from({ length: count }, (_, i) => 10 * i), facts: { map: { unit: 4096, page: 4096, segments } } };
}

const rectangles = (list) => Array.from({ length: list.count }, (_, i) => [list.low[i], list.high[i], list.from[i], list.to[i], list.state[i]]);

test("a range is a rectangle from its change to the next", () => {
  const { heap, state } = painted(record([[0, 0, 8, 6], [4, 2, 3, 3]], [[0, 8, false]]));
  assert.deepEqual(rectangles(heap), [[2, 5, 0, 4, 6], [0, 2, 0, 9, 6], [2, 5, 4, 9, 3], [5, 8, 0, 9, 6]]);
  assert.deepEqual([...state], [6, 6, 3, 3, 3, 6, 6, 6]);
});

test("what is at a row and a time", () => {
  const { heap } = painted(record([[0, 0, 8, 6], [4, 2, 3, 3]], [[0, 8, false]]));
  assert.deepEqual([heap.find(3, 39), heap.find(3, 40), heap.find(0, 89), heap.find(0, 90), heap.find(8, 0)], [0, 2, 1, -1, -1]);
});

test("painting what is there already changes nothing", () => {
  const { heap } = painted(record([[0, 0, 8, 6], [4, 2, 3, 6]], [[0, 8, false]]));
  assert.deepEqual(rectangles(heap), [[0, 8, 0, 9, 6]]);
});

test("a range over several segments paints the shown parts; tables have a list to themselves", () => {
  const segments = [[10, 2, false], [20, 2, false], [0, 3, true]];
  const { heap, tables, shown } = painted(record([[0, 0, 21, 4]], segments));
  assert.deepEqual(rectangles(heap), [[0, 3, 0, 9, 4]]);
  assert.deepEqual(rectangles(tables), [[4, 7, 0, 9, 4]]);
  assert.deepEqual([0, 1, 2, 3, 4, 6].map((row) => shown.page(row)), [10, 11, 20, 21, 0, 2]);
});

test("a range is that of its call where it says so", () => {
  const one = record([[1, 0, 0, 6]], [[0, 8, false]]);
  one.columns["paint.own"][0] = 1;
  one.columns["call.address"] = Float64Array.of(0, 4096);
  one.columns["call.bytes"] = Float64Array.of(0, 5000);
  assert.deepEqual(rectangles(painted(one).heap), [[1, 3, 1, 9, 6]]);
});

test("nothing outside what is shown", () => {
  const shown = new Shown([[10, 5, false]]);
  const seen = [];
  shown.rows(0, 10, (low, high) => seen.push([low, high]));
  shown.rows(15, 99, (low, high) => seen.push([low, high]));
  shown.rows(14, 16, (low, high) => seen.push([low, high]));
  assert.deepEqual(seen, [[4, 5]]);
});

test("the free list joins neighbours and loses what is taken", () => {
  const columns = {
    "free.point": Float64Array.of(0, 0, 1, 2),
    "free.address": Float64Array.of(0, 100, 40, 90),
    "free.bytes": Float64Array.of(100, 50, 20, 20),
    "free.comes": Float64Array.of(1, 1, 0, 0),
  };
  assert.deepEqual(freeList(columns, 0), [{ address: 0, bytes: 150 }]);
  assert.deepEqual(freeList(columns, 1), [{ address: 60, bytes: 90 }, { address: 0, bytes: 40 }]);
  assert.deepEqual(freeList(columns, 9), [{ address: 0, bytes: 40 }, { address: 110, bytes: 40 }, { address: 60, bytes: 30 }]);
});

test("a pixel has the mean of what it covers", () => {
  const list = { count: 2, low: [0, 0], high: [2, 1], begins: [0, 10], ends: [10, 20], state: [1, 2] };
  const colours = [[0, 0, 0], [200, 0, 0], [0, 100, 0]];
  const view = { t0: 0, t1: 20, r0: 0, r1: 2 };
  const pixels = raster(list, view, 2, 1, colours);
  // The left one is red in whole, the right one green in its lower half.
  assert.deepEqual([...pixels], [200, 0, 0, 255, 0, 50, 0, 255]);
});

test("rectangles of any place are drawn as a slow sum over pixels draws them", () => {
  let seed = 7;
  const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
  // Columns of rows that are apart in time, as painting makes them; several meet in a pixel.
  const list = { count: 0, low: [], high: [], begins: [], ends: [], state: [] };
  for (let row = 0; row < 60; row += 3) {
    for (let time = random(40); time < 990; ) {
      const end = time + 1 + random(120);
      list.low.push(row);
      list.high.push(row + 1 + random(3));
      list.begins.push(time);
      list.ends.push(end);
      list.state.push(1 + random(3));
      list.count++;
      time = end + random(30);
    }
  }
  const colours = [[250, 250, 250], [255, 0, 0], [0, 255, 0], [0, 0, 255]];
  const view = { t0: 103, t1: 822, r0: 5.5, r1: 41 };
  const [width, height] = [37, 11];
  const drawn = raster(list, view, width, height, colours);
  const overlap = (a, b, c, d) => Math.max(0, Math.min(b, d) - Math.max(a, c));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [wide, tall] = [(view.t1 - view.t0) / width, (view.r1 - view.r0) / height];
      const from = view.t0 + x * wide;
      const below = view.r1 - (y + 1) * tall;
      const sum = [0, 0, 0, 0];
      for (let i = 0; i < list.count; i++) {
        const share = (overlap(from, from + wide, list.begins[i], list.ends[i]) / wide) *
          (overlap(below, below + tall, list.low[i], list.high[i]) / tall);
        colours[list.state[i]].forEach((part, c) => (sum[c] += share * part));
        sum[3] += share;
      }
      for (let c = 0; c < 3; c++) {
        const expected = sum[c] + Math.max(0, 1 - sum[3]) * colours[0][c];
        const got = drawn[4 * (y * width + x) + c];
        assert.ok(Math.abs(got - expected) <= 1, `${x} ${y}: ${got} is not ${expected}`);
      }
    }
  }
});
