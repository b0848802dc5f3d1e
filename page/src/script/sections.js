// The sections below the charts.

function setUpSections(record) {
  growths(record);
  space(record);
  waste(record);
  others(record);
  outlook(record);
  const { calls, map } = record.facts;
  if (calls.unknown) unknown(byId("calls"), calls.unknown);
  else view.followers.push(() => showCalls(record));
  if (map.unknown || calls.unknown) unknown(byId("free-list"), map.unknown || "The free list is the memory layer's: only a trace has it.");
  else view.followers.push(() => showFreeList(record));
}
