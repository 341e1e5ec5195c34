// Draw a digit; the network of the chapter reads it.
moving((figure, { weights, scales, n, examples, truths }) => {
  const { add, set, number } = figure;
  const bytes = Int8Array.from(atob(weights), (one) => one.charCodeAt(0));
  const [inputs, hidden, outputs] = n;
  const sizes = [hidden * inputs, hidden, outputs * hidden, outputs];
  let from = 0;
  const [W1, b1, W2, b2] = sizes.map((size, k) => Array.from(bytes.slice(from, (from += size)), (v) => v * scales[k]));
  let x = examples[0].map((v) => v / 16), truth = truths[0], at = [3, 3], shown = 0;
  const layer = (W, b, x) => b.map((v, j) => x.reduce((sum, one, k) => sum + W[j * x.length + k] * one, v));
  function run() {
    const z = layer(W2, b2, layer(W1, b1, x).map(Math.tanh)), top = Math.max(...z), e = z.map((v) => Math.exp(v - top));
    return e.map((v) => v / e.reduce((s, w) => s + w));
  }
  const pad = add("g", { tabindex: 0, role: "application", class: "handle", "aria-label": "8 by 8 cells to draw on: arrow keys move, space draws, backspace wipes" });
  const cells = x.map((_, k) => add("rect", { x: 6 + 20 * (k % 8), y: 20 + 20 * Math.floor(k / 8), width: 20, height: 20, class: "faint" }, "", pad));
  const cursor = add("rect", { width: 20, height: 20, "stroke-width": 2, class: "forward", "pointer-events": "none" }, "", pad);
  const bars = Array.from({ length: outputs }, (_, j) => {
    add("text", { x: 188, y: 30 + 18 * j }, j);
    return [add("rect", { x: 198, y: 19 + 18 * j, height: 13, style: "stroke:none;fill:var(--forward);fill-opacity:.55" }), add("text", { y: 30 + 18 * j, class: "value label", style: "text-anchor:start" }), add("text", { x: 338, y: 30 + 18 * j, class: "grad", style: "text-anchor:end" })];
  });
  add("text", { x: 338, y: 12, style: "text-anchor:end" }, "a − y");
  function ink(column, row, much = 0.75) {
    for (const [dx, dy, part] of [[0, 0, 1], [1, 0, 0.3], [-1, 0, 0.3], [0, 1, 0.3], [0, -1, 0.3]]) {
      const [u, v] = [column + dx, row + dy];
      if (u >= 0 && u < 8 && v >= 0 && v < 8) x[8 * v + u] = Math.max(0, Math.min(1, x[8 * v + u] + much * part));
    }
  }
  let drawing = false;
  const where = (event) => { const box = figure.svg.getBoundingClientRect(), s = 340 / box.width; return [Math.floor(((event.clientX - box.left) * s - 6) / 20), Math.floor(((event.clientY - box.top) * s - 20) / 20)]; };
  pad.onpointerdown = (event) => { drawing = true; pad.setPointerCapture(event.pointerId); at = where(event); ink(...at); show(); event.preventDefault(); };
  pad.onpointermove = (event) => { const next = where(event); if (drawing && String(next) != String(at)) { at = next; ink(...at); show(); } };
  pad.onpointerup = pad.onpointercancel = () => (drawing = false);
  pad.onkeydown = (event) => {
    const way = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (way) at = at.map((v, k) => Math.max(0, Math.min(7, v + way[k])));
    else if (event.key == " ") ink(...at);
    else if (event.key == "Backspace") x[8 * at[1] + at[0]] = 0;
    else return;
    event.preventDefault();
    show();
  };
  function show() {
    const a = run(), best = a.indexOf(Math.max(...a));
    cells.forEach((cell, k) => (cell.style.cssText = `fill:currentColor;fill-opacity:${x[k].toFixed(2)}`));
    set(cursor, { x: 6 + 20 * Math.max(0, Math.min(7, at[0])), y: 20 + 20 * Math.max(0, Math.min(7, at[1])) });
    bars.forEach(([bar, text, error], j) => {
      set(bar, { width: Math.max(0.5, 70 * a[j]) });
      set(text, { x: 203 + 70 * a[j] });
      text.textContent = a[j] < 0.005 ? "" : a[j].toFixed(2);
      error.textContent = (a[j] - (j == truth)).toFixed(2).replace("-0.00", "0.00").replace("-", "−");
    });
    figure.say(x.some((v) => v) ? `It says ${best}, with probability ${a[best] > 0.999 ? "above 0.999" : number(a[best])}; the target is ${truth}.` : "Draw with mouse, finger or keyboard.");
    figure.root.values = { x, a };
  }
  figure.button("Clear", () => { x = x.map(() => 0); show(); });
  figure.button("Next digit of the data", () => { x = examples[(shown = (shown + 1) % examples.length)].map((v) => v / 16); should.value = truth = truths[shown]; show(); });
  const should = figure.choice("It should be:", Array.from({ length: outputs }, (_, j) => j), (j) => { truth = j; show(); });
  should.value = truth;
  show();
});
