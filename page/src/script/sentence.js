// A moment in one or two sentences, as a list of pieces: text, or [text, key of a row].
// The words are those of `Moment::sentence` in the command; a test holds them together.

/** The sentence for one point. */
function sentence(record, point) {
  if (record.facts.module) return sentenceOfModule(record, point);
  // A program that was looked at once is as it is.
  const who = record.count === 1 ? "The program" : "At " + seconds(record.times[point]) + " the program";
  const rss = record.at(record.row.rss, point);
  if (rss === null) return [who + ": how much memory it takes is not known."];
  const takes = [who + " takes ", [megabytes(rss), "rss"], " of memory"];
  const held = record.at(record.row.held, point);
  if (held === null) return [...takes, "; how much of it the program holds is not known."];
  const holds = [...takes, " and holds ", [megabytes(held), "held"]];
  holds.push(held <= rss ? " of it." : ", a part of it never touched.");
  const largest = record.largest(point);
  if (largest.row.key === "held") return [...holds, " No other part is as large."];
  const part = [megabytes(largest.bytes), largest.row.key];
  const some = largest.bytes > rss ? ", and not all of it was ever touched" : "";
  return [...holds, " The largest part, ", part, ", is " + largest.row.phrase + some + "."];
}

/** The same for a WebAssembly module. */
function sentenceOfModule(record, point) {
  const who = "At " + seconds(record.times[point]) + " the module";
  const size = record.at(record.row.rss, point);
  if (size === null) return [who + ": how much memory the module has is not known."];
  const has = [who + " has ", [megabytes(size), "rss"], " of memory, which will not shrink"];
  const held = record.at(record.row.held, point);
  if (held === null) return [...has, "; how much of it the program holds is not known."];
  const holds = [...has, ", and holds ", [megabytes(held), "held"], " of it."];
  const largest = record.largest(point);
  if (largest.row.key === "held") return [...holds, " No other part is as large."];
  return [...holds, " The largest part, ", [megabytes(largest.bytes), largest.row.key], ", is " + largest.row.phrase + "."];
}

/** The sentence for two points: what changed from A to B. */
function difference(record, a, b) {
  const between = "From A at " + seconds(record.times[a]) + " to B at " + seconds(record.times[b]) + " ";
  const [before, after] = [a, b].map((point) => record.at(record.row.rss, point));
  if (before === null || after === null) return [between + "it is not known how memory changed."];
  const pieces = [between + "memory "];
  if (megabytes(after) === megabytes(before)) pieces.push("stayed at ", [megabytes(after), "rss"], ".");
  else {
    pieces.push(after > before ? "grew by " : "shrank by ", [megabytes(Math.abs(after - before)), "rss"]);
    pieces.push(", from " + megabytes(before) + " to " + megabytes(after) + ".");
  }
  const changes = record.parts.map((row) => {
    const [from, to] = [record.at(row, a), record.at(row, b)];
    return { row, bytes: from === null || to === null ? 0 : to - from };
  });
  const most = changes.reduce((x, y) => (Math.abs(y.bytes) > Math.abs(x.bytes) ? y : x));
  if (change(most.bytes) === "0.0 MB") return pieces;
  const what = " in \u201c" + most.row.name + "\u201d.";
  return [...pieces, " The largest change is ", [change(most.bytes), most.row.key], what];
}
