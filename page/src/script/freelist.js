// The layer's free list at a point.

/** Blocks on the list, the largest first: {address, bytes}. */
function freeList(columns, point) {
  const { "free.point": points, "free.address": addresses } = columns;
  const { "free.bytes": sizes, "free.comes": comes } = columns;
  let list = [];
  for (let i = 0; i < points.length && points[i] <= point; i++) {
    const start = addresses[i];
    const end = start + sizes[i];
    if (comes[i]) {
      list.push([start, end]);
      continue;
    }
    // What leaves may be a part of a block.
    list = list.flatMap(([from, to]) => {
      if (to <= start || from >= end) return [[from, to]];
      return [[from, Math.min(to, start)], [Math.max(from, end), to]].filter(([a, b]) => a < b);
    });
  }
  list.sort((a, b) => a[0] - b[0]);
  // Neighbours are one block, as in the layer.
  const blocks = [];
  for (const [start, end] of list) {
    const last = blocks[blocks.length - 1];
    if (last && last.address + last.bytes === start) last.bytes += end - start;
    else blocks.push({ address: start, bytes: end - start });
  }
  return blocks.sort((a, b) => b.bytes - a.bytes);
}
