"use strict";
const test = require("node:test");
const assert = require("node:assert");
const { load } = require("./load.js");
const names = ["Record", "lastUpTo", "Peaks", "sentence", "difference", "megabytes", "change", "kibibytes", "ticks", "offset"];
const { Record, lastUpTo, Peaks, sentence, difference, megabytes, change, kibibytes, ticks, offset } = load(...names);

const KEYS = ["held", "gaps", "kept", "stacks", "tables", "layer", "other", "file", "untouched", "rss"];

/** A record whose rows have these steps: [point, bytes or null]. */
function record(rows) {
  const columns = { time: Float64Array.of(0, 1e9, 2e9), number: Float64Array.of(0, 8, 16) };
  for (const key of KEYS) {
    const steps = rows[key] ?? [[0, null]];
    columns[key + ".at"] = Float64Array.from(steps, ([point]) => point);
    columns[key + ".bytes"] = Float64Array.from(steps, ([, bytes]) => bytes ?? 0);
    columns[key + ".why"] = Float64Array.from(steps, ([, bytes]) => (bytes === null ? 1 : 0));
  }
  const facts = { rows: KEYS.map((key) => ({ key, name: "name of " + key, phrase: "phrase of " + key })), reasons: ["no counters"], map: {} };
  return new Record(facts, columns);
}

test("a value holds until the next step", () => {
  const one = record({ held: [[0, null], [1, 50], [2, 70]] });
  assert.equal(one.at(one.row.held, 0), null);
  assert.equal(one.why(one.row.held, 0), "no counters");
  assert.equal(one.at(one.row.held, 1), 50);
  assert.equal(one.why(one.row.held, 1), "");
  assert.equal(one.at(one.row.held, 2), 70);
});

test("a number between two merged points belongs to the first of them", () => {
  const one = record({});
  assert.deepEqual([0, 7, 8, 15, 16, 99].map((number) => one.pointOf(number)), [0, 0, 1, 1, 2, 2]);
});

test("sums leave out what is not known", () => {
  const one = record({ held: [[0, 5], [2, 9]], kept: [[0, null], [1, 3], [2, null]] });
  assert.deepEqual([...one.sums([one.row.held, one.row.kept])], [5, 8, 9]);
});

test("the last value up to another", () => {
  assert.deepEqual([0, 1, 2, 5, 9].map((x) => lastUpTo([1, 2, 2, 5], x)), [-1, 0, 2, 3, 3]);
});

test("the highest of many, as a slow search finds it", () => {
  const values = Float64Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1013);
  const peaks = new Peaks(values);
  for (const [first, last] of [[0, 999], [3, 3], [63, 64], [1, 640], [130, 701], [64, 127]]) {
    const best = Math.max(...values.slice(first, last + 1));
    assert.equal(values[peaks.highest(first, last)], best);
  }
});

const text = (pieces) => pieces.map((piece) => (typeof piece === "string" ? piece : piece[0])).join("");

test("the sentence says what is not known", () => {
  assert.equal(text(sentence(record({}), 1)), "At 1.000 s the program: how much memory it takes is not known.");
  const rss = { rss: [[0, 5e6]] };
  assert.equal(text(sentence(record(rss), 0)), "At 0.000 s the program takes 5.0 MB of memory; how much of it the program holds is not known.");
  const kept = { ...rss, held: [[0, 1e6]], kept: [[0, 3e6]] };
  assert.equal(text(sentence(record(kept), 0)), "At 0.000 s the program takes 5.0 MB of memory and holds 1.0 MB of it. The largest part, 3.0 MB, is phrase of kept.");
});

test("a comparison names the largest change", () => {
  const one = record({ rss: [[0, 5e6], [2, 9e6]], held: [[0, 1e6], [2, 2e6]], kept: [[0, 6e6], [2, 3e6]] });
  assert.equal(text(difference(one, 0, 2)), "From A at 0.000 s to B at 2.000 s memory grew by 4.0 MB, from 5.0 MB to 9.0 MB. The largest change is \u22123.0 MB in \u201cname of kept\u201d.");
  assert.equal(text(difference(one, 0, 1)), "From A at 0.000 s to B at 1.000 s memory stayed at 5.0 MB.");
  assert.match(text(difference(record({}), 0, 1)), /not known/);
});

test("numbers for people", () => {
  assert.deepEqual([0, 49_999, 50_000, 83_849_999, 1_234_567_890].map(megabytes), ["0.0 MB", "0.0 MB", "0.1 MB", "83.8 MB", "1,234.6 MB"]);
  assert.deepEqual([1.5e6, -1.5e6, 10, -10].map(change), ["+1.5 MB", "\u22121.5 MB", "0.0 MB", "0.0 MB"]);
  assert.deepEqual([100, 65536, 3 << 20, 1536].map(kibibytes), ["100 B", "64 KiB", "3,072 KiB", "1.5 KiB"]);
  assert.deepEqual(ticks(0, 10, 4), [0, 5, 10]);
  assert.deepEqual(ticks(3, 3, 4), []);
  assert.equal(offset(0x40001000, 0x40000000), "+0x1000");
});
