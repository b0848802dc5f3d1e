"use strict";
const test = require("node:test");
const assert = require("node:assert");
const zlib = require("node:zlib");
const { load } = require("./load.js");
const { unbase64, inflate, unplane, readColumns } = load("unbase64", "inflate", "unplane", "readColumns");

test("planes hold the lowest bytes first", () => {
  assert.deepEqual([...unplane(Uint8Array.of(1, 2, 3, 0, 1, 0), 3, 2, false)], [1, 258, 3]);
});

test("differences have either sign and more than 32 bits", () => {
  // 0, then +2^40, then -2^40: zigzag 0, 2^41, 2^41 - 1.
  const bytes = new Uint8Array(18);
  const put = (i, value) => {
    for (let plane = 0; plane < 6; plane++) bytes[plane * 3 + i] = Math.floor(value / 256 ** plane) % 256;
  };
  put(1, 2 ** 41);
  put(2, 2 ** 41 - 1);
  assert.deepEqual([...unplane(bytes, 3, 6, true)], [0, 2 ** 40, 0]);
});

test("nothing but zeros has no planes", () => {
  assert.deepEqual([...unplane(new Uint8Array(0), 3, 0, true)], [0, 0, 0]);
});

test("a column of another length is refused", () => {
  assert.throws(() => unplane(new Uint8Array(5), 3, 2, false), /wrong length/);
});

test("base64 and deflate give the bytes back", async () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * i) % 251);
  const packed = zlib.deflateSync(bytes);
  assert.deepEqual(await inflate(unbase64(packed.toString("base64"))), bytes);
});

test("damaged bytes are an error and not other figures", async () => {
  const packed = zlib.deflateSync(Uint8Array.from({ length: 1000 }, (_, i) => (i * i) % 251));
  packed[packed.length - 1] ^= 1;
  await assert.rejects(inflate(packed));
});

test("columns that Rust wrote", async () => {
  // Written by the test in tests/script.rs, which runs this one.
  const columns = JSON.parse(process.env.COLUMNS ?? "[]");
  if (columns.length === 0) return;
  const elements = columns.map(({ text, values, ...dataset }) => ({ dataset, textContent: text, values, remove() {} }));
  const read = await readColumns({ querySelectorAll: () => elements });
  for (const { dataset, values } of elements) assert.deepEqual([...read[dataset.column]], values);
});
