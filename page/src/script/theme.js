// Light and dark. The colours are the style's; canvases ask for them here.

let palette = {};

/** A colour of the style by name, as the browser resolves it. */
function colour(name) {
  if (!palette[name]) {
    const probe = element("span");
    probe.style.color = "var(--" + name + ")";
    document.body.append(probe);
    palette[name] = getComputedStyle(probe).color;
    probe.remove();
  }
  return palette[name];
}

/** Its red, green and blue. */
function rgb(name) {
  return colour(name).match(/[\d.]+/g).slice(0, 3).map(Number);
}

/** Whether the page is dark now. */
function dark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Switches between light and dark, and has everything drawn again. */
function toggleTheme() {
  document.documentElement.dataset.theme = dark() ? "light" : "dark";
  changedTheme();
}

function changedTheme() {
  palette = {};
  byId("theme").textContent = dark() ? "light" : "dark";
  view.redraw();
}
