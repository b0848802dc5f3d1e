// Runs a module for WASI under Node: wasi.mjs MODULE DIR ARG... The program sees DIR as /traces, and of the environment GOSBRK
// alone; - for DIR: no directory.
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const [file, dir, ...args] = process.argv.slice(2);
const preopens = dir === "-" ? {} : { "/traces": dir };
const env = { GOSBRK: process.env.GOSBRK };
const wasi = new WASI({ version: "preview1", args: [file, ...args], env, preopens, returnOnExit: true });
const { instance } = await WebAssembly.instantiate(readFileSync(file), wasi.getImportObject());
process.exitCode = wasi.start(instance);
