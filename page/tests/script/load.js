// The script's files as the browser has them: in one scope, in the order of `parts.rs`.
// Only those that touch no document can be used from here.
"use strict";
const { readFileSync } = require("node:fs");
const path = require("node:path");

const source = path.join(__dirname, "../../src");

/** What these names are in the script. */
function load(...names) {
  const parts = readFileSync(path.join(source, "parts.rs"), "utf8");
  const files = [...parts.matchAll(/include_str!\("(script\/\w+\.js)"\)/g)].map((match) => match[1]);
  const pure = files.slice(0, files.indexOf("script/dom.js"));
  const text = pure.map((file) => readFileSync(path.join(source, file), "utf8")).join("\n");
  return new Function(text + "\nreturn { " + names.join(", ") + " };")();
}

module.exports = { load };
