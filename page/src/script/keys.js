// The keyboard.

/** What a key does; all of them are listed at the end of the page. */
function keyAction(key, shift) {
  const { record, cursor } = view;
  const { rss, heap } = record.facts.peaks;
  const far = shift ? 100 : 1;
  const time = () => record.times[cursor];
  const to = (point) => (point === null ? null : () => view.visit(point));
  const shiftTimes = (by) => () => view.times(view.t0 + by * (view.t1 - view.t0), view.t1 + by * (view.t1 - view.t0));
  const middleRow = (view.r0 + view.r1) / 2;
  return {
    ArrowLeft: to(cursor - far),
    ArrowRight: to(cursor + far),
    Home: to(0),
    End: to(record.count - 1),
    p: to(rss),
    h: to(heap),
    c: () => view.compare(view.compared === null),
    t: toggleTheme,
    "+": () => zoomTime(time(), 0.5),
    "=": () => zoomTime(time(), 0.5),
    "-": () => zoomTime(time(), 2),
    "[": shiftTimes(-0.5),
    "]": shiftTimes(0.5),
    "<": () => zoomAddresses(middleRow, 2),
    ">": () => zoomAddresses(middleRow, 0.5),
    0: () => view.all(),
  }[key];
}

function setUpKeys() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keyAction(event.key, event.shiftKey);
    if (!act) return;
    event.preventDefault();
    act();
  });
}
