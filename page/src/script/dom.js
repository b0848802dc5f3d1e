// Elements. Text from the trace is only ever set as text, never as HTML.

/** The element with this id. */
function byId(id) {
  return document.getElementById(id);
}

/** A new element with attributes (`class`, `title`, …, or a listener `onclick`) and content. */
function element(tag, attributes = {}, ...content) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...content);
  return made;
}

/** Puts something else into an element. */
function fill(target, ...content) {
  target.replaceChildren(...content);
}

/** A link to a point: `#number`. */
function link(record, point, text) {
  return element("a", { href: "#" + record.numbers[point] }, text);
}

/** A bar as wide as `share` (0 to 1) of its place, in the colour of a row. */
function bar(share, key) {
  const made = element("span", { class: "bar fill-" + key });
  made.style.width = Math.max(0, Math.min(1, share)) * 100 + "%";
  return made;
}

/** Text in which commands stand between backticks. */
function marked(text) {
  return text.split("`").map((part, i) => (i % 2 === 1 ? element("code", {}, part) : part));
}

/** A section that has nothing to show says why. */
function unknown(section, reason) {
  fill(section, element("p", { class: "unknown" }, ...marked(reason)));
}

/** Sets a canvas to its size in the page; gives its context, width and height. */
function canvas(target, height) {
  const ratio = window.devicePixelRatio || 1;
  const width = target.clientWidth;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (target.width !== w || target.height !== h) Object.assign(target, { width: w, height: h });
  target.style.height = height + "px";
  const context = target.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = "11px system-ui, sans-serif";
  return { context, width, height, ratio };
}
