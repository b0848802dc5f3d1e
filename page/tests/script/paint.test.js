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
