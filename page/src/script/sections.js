// The sections below the charts.

function setUpSections(record) {
  if (record.facts.module) wordsOfModule();
  growths(record);
  space(record);
  waste(record);
  others(record);
  outlook(record);
  const { calls, map } = record.facts;
  if (calls.unknown) unknown(byId("calls"), calls.unknown);
  else view.followers.push(() => showCalls(record));
  if (!record.facts.layer) byId("free-section").remove();
  else if (map.unknown || calls.unknown) unknown(byId("free-list"), map.unknown || "The free list is the memory layer's: only a trace has it.");
  else view.followers.push(() => showFreeList(record));
}

/** What the page says otherwise of a WebAssembly module. */
function wordsOfModule() {
  const words = {
    "chart-note": "the parts, one upon the other; the line is the module\u2019s memory, which never shrinks",
    "map-scale": "addresses by time, the lowest at the bottom; the module\u2019s data lies below",
    "peak-name": "largest",
    "free-name": "Free list of the memory layer",
    "waste-note": "what was of no use even when most was needed",
  };
  for (const [id, text] of Object.entries(words)) fill(byId(id), text);
}
