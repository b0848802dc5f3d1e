// Reads what Rust wrote into the page: `columns.rs` says how.

/** The bytes of base64 text. */
function unbase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** The bytes that were deflated. Fails if they are damaged: they have a checksum. */
async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * The numbers of a column: `count` of them in `planes` planes of bytes, the lowest bytes
 * first; where `differences` is set, each as the zigzag difference to the one before.
 */
function unplane(bytes, count, planes, differences) {
  if (bytes.length !== count * planes) throw new Error("a column has the wrong length");
  const values = new Float64Array(count);
  for (let plane = 0, weight = 1; plane < planes; plane++, weight *= 256) {
    for (let i = 0, at = plane * count; i < count; i++, at++) values[i] += bytes[at] * weight;
  }
  if (!differences) return values;
  let value = 0;
  for (let i = 0; i < count; i++) {
    // Not by bits: a difference can have more than 32.
    const half = Math.floor(values[i] / 2);
    value += values[i] % 2 === 0 ? half : -half - 1;
    values[i] = value;
  }
  return values;
}

/** All columns of the page by name. */
async function readColumns(root) {
  const elements = [...root.querySelectorAll("script[data-column]")];
  const read = async (element) => {
    const { column, count, planes, differences } = element.dataset;
    const bytes = await inflate(unbase64(element.textContent));
    element.remove();
    return [column, unplane(bytes, Number(count), Number(planes), differences === "1")];
  };
  return Object.fromEntries(await Promise.all(elements.map(read)));
}
