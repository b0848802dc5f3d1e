// Wheel, drag, click and hover on the charts.

/** How much a turn of the wheel zooms. */
const ZOOM = 0.0016;

/** Zooms times around one that stays where it is. */
function zoomTime(around, factor) {
  view.times(around - (around - view.t0) * factor, around + (view.t1 - around) * factor);
}

/** Zooms rows around one that stays where it is. */
function zoomAddresses(around, factor) {
  view.addresses(around - (around - view.r0) * factor, around + (view.r1 - around) * factor);
}

/** Makes a canvas answer to the pointer; `hover` shows what is there. */
function followPointer(target, map, hover) {
  let drag = null;
  const place = (event) => {
    const box = target.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top, width: box.width, height: box.height };
  };
  const rowAt = ({ y, height }) => {
    const upper = height - map.band;
    return view.r1 - (Math.min(y, upper) / upper) * (view.r1 - view.r0);
  };
  target.addEventListener("wheel", (event) => {
    event.preventDefault();
    hideTip();
    const at = place(event);
    // With shift some systems turn the wheel sideways.
    const factor = Math.exp((event.deltaY || event.deltaX) * ZOOM);
    if (event.shiftKey && map) zoomAddresses(rowAt(at), factor);
    else zoomTime(timeAt(Math.max(LEFT, at.x), at.width), factor);
  }, { passive: false });
  target.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const { t0, t1, r0, r1 } = view;
    drag = { ...place(event), t0, t1, r0, r1, moved: false };
    target.setPointerCapture(event.pointerId);
  });
  target.addEventListener("pointermove", (event) => {
    const at = place(event);
    if (!drag) return hover(event, at);
    const [dx, dy] = [at.x - drag.x, at.y - drag.y];
    // A hand that clicks shakes.
    if (!drag.moved && Math.abs(dx) + Math.abs(dy) < 4) return;
    drag.moved = true;
    hideTip();
    const time = (dx / (at.width - LEFT)) * (drag.t1 - drag.t0);
    view.times(drag.t0 - time, drag.t1 - time);
    if (!map) return;
    const rows = (dy / (at.height - map.band)) * (drag.r1 - drag.r0);
    view.addresses(drag.r0 + rows, drag.r1 + rows);
  });
  target.addEventListener("pointerup", (event) => {
    const at = place(event);
    if (drag && !drag.moved) view.visit(view.record.pointAt(timeAt(at.x, at.width)));
    drag = null;
  });
  target.addEventListener("pointercancel", () => (drag = null));
  target.addEventListener("pointerleave", hideTip);
  target.addEventListener("dblclick", () => view.all());
}

function setUpPointer(record, chart, map) {
  if (chart) {
    followPointer(chart.target, null, (event, at) => {
      if (at.x < LEFT) hideTip();
      else chartTip(event, record, timeAt(at.x, at.width));
    });
  }
  if (map) {
    followPointer(map.target, map, (event, at) => {
      if (at.x < LEFT) hideTip();
      else mapTip(event, map, at.x, at.y, at.width);
    });
  }
  // For those without a wheel.
  if (!chart) return;
  const middle = () => record.times[view.cursor];
  byId("zoom-in").onclick = () => zoomTime(middle(), 0.5);
  byId("zoom-out").onclick = () => zoomTime(middle(), 2);
  byId("zoom-all").onclick = () => view.all();
}
