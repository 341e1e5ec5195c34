// A network of 2, 2 and 1 units: every weight is a handle, and the derivatives flow back.
moving((figure, { params, x, y, sigmoid, lr, mistakes, names }) => {
  const { add, set, number } = figure;
  const start = JSON.stringify(params);
  let theta = JSON.parse(start); // W1 by rows, b1, W2, b2
  let wrong = 0, moved = null, costs = [];
  const at = [[34, 52], [34, 168], [150, 52], [150, 168], [262, 110]]; // x1, x2, a1, a2, the output
  const PARTS = [[0, 2], [1, 2], [0, 3], [1, 3], [null, 2], [null, 3], [2, 4], [3, 4], [null, 4]]; // as in theta
  const LABELS = [["w", "1,1", 1], ["w", "1,2", 1], ["w", "2,1", 1], ["w", "2,2", 1], ["b", 1, 1], ["b", 2, 1], ["w", "1,1", 2], ["w", "1,2", 2], ["b", 1, 2]];
  const short = (v) => v.toFixed(2).replace("-", "−");
  const said = ([letter, index, l]) => `${letter}<sub>${index}</sub><sup>[${l}]</sup>`;

  function forward(p) {
    const a = [Math.tanh(p[0] * x[0] + p[1] * x[1] + p[4]), Math.tanh(p[2] * x[0] + p[3] * x[1] + p[5])];
    const z = p[6] * a[0] + p[7] * a[1] + p[8];
    const J = sigmoid ? (1 - y) * Math.max(0, z) + y * Math.max(0, -z) + Math.log1p(Math.exp(-Math.abs(z))) : (z - y) ** 2 / 2;
    return { a, z, out: sigmoid ? 1 / (1 + Math.exp(-z)) : z, J };
  }
  function backward(p, { a, out }) {
    const dz2 = out - y;
    const da = [0, 1].map((k) => (wrong == 2 ? 1 : p[6 + k]) * dz2);
    const dz = da.map((d, j) => d * (wrong == 1 ? 1 : 1 - a[j] ** 2));
    return { dz2, shown: sigmoid ? dz : da, grads: [dz[0] * x[0], dz[0] * x[1], dz[1] * x[0], dz[1] * x[1], ...dz, dz2 * a[0], dz2 * a[1], dz2] };
  }
  const measured = (n) => {
    const J = (step) => forward(theta.map((v, k) => v + (k == n ? step : 0))).J;
    return (J(1e-5) - J(-1e-5)) / 2e-5;
  };

  const lines = PARTS.map(([from, to], n) => {
    const [x1, y1] = at[to];
    const [x0, y0] = from == null ? [x1 + 4, y1 + 46] : at[from];
    const group = add("g", { class: "weight" });
    const line = { x1: x0, y1: y0, x2: x1, y2: y1 };
    const parts = ["forward", "backward", "grip"].map((kind) => add("line", { ...line, class: kind }, "", group));
    const along = y0 == y1 || to == 4 ? 0.5 : 0.31; // away from where lines cross
    const [u, v] = from == null ? [x0, y0 + 4] : [x0 + along * (x1 - x0), y0 + along * (y1 - y0)];
    set(parts[1], { transform: "translate(0 5)" });
    const plate = add("rect", { x: u - 20, y: v - 11, width: 40, height: 27, class: "plate" }, "", group);
    const text = add("text", { x: u, y: v, class: "label" }, "", group);
    const value = add("tspan", { class: "value" }, "", text), grad = add("tspan", { class: "grad", x: u, dy: 13 }, "", text);
    figure.handle(group, `${LABELS[n][0]} ${LABELS[n][1]} of layer ${LABELS[n][2]}`, (dx, dy) => move(n, (dx - dy) / 80));
    group.onfocus = () => { text.style.textDecoration = "underline"; moved = null; show(n); };
    group.onblur = () => (text.style.textDecoration = "");
    return { group, parts, plate, text, value, grad };
  });
  const labels = add("g", { "pointer-events": "none" }); // above all lines
  labels.append(...lines.flatMap(({ plate, text }) => [plate, text]));
  const nodes = at.map(([cx, cy], n) => {
    add("circle", { cx, cy, r: 23, class: "unit" });
    add("text", { x: cx, y: n == 1 ? cy + 38 : cy - 29, class: "name" }, names[n]);
    return [add("text", { x: cx, y: cy + (n < 2 ? 4 : -2), class: "value" }), add("text", { x: cx, y: cy + 13, class: "grad" })];
  });
  add("text", { x: 318, y: 96, class: "name" }, "J");
  const cost = add("text", { x: 318, y: 114, class: "value" });
  const curve = add("polyline", { class: "curve" });

  function move(n, by) {
    if (moved?.n != n) moved = { n, from: theta[n], J: forward(theta).J, slope: backward(theta, forward(theta)).grads[n] };
    theta[n] = Math.max(-4, Math.min(4, Math.round(200 * (theta[n] + by)) / 200));
    costs = [];
    show(n);
  }
  function step() {
    const before = forward(theta);
    if (!costs.length) costs = [before.J];
    backward(theta, before).grads.forEach((d, n) => (theta[n] -= lr * d));
    costs.push(forward(theta).J);
    moved = null;
    show();
    return costs.length < 200 && costs.at(-1) > 0.002;
  }
  function show(n) {
    const f = forward(theta), { dz2, shown, grads } = backward(theta, f);
    lines.forEach(({ group, parts, value, grad }, k) => {
      set(parts[0], { "stroke-width": 0.6 + 2.2 * Math.abs(theta[k]) });
      set(parts[1], { "stroke-width": Math.min(5, 10 * Math.abs(grads[k])) });
      value.textContent = short(theta[k]);
      const off = Math.abs(measured(k) - grads[k]) > 1e-6 * (1 + Math.abs(grads[k]));
      grad.textContent = short(grads[k]) + (off ? " ✗" : "");
      group.classList.toggle("chosen", k == n);
      set(group, { "aria-valuenow": theta[k].toFixed(3), "aria-valuemin": -4, "aria-valuemax": 4, "aria-valuetext": `${theta[k].toFixed(2)}, derivative ${number(grads[k])}` });
    });
    [...x, ...f.a, f.out].forEach((v, k) => (nodes[k][0].textContent = short(v)));
    [, , ...shown, dz2].forEach((d, k) => (nodes[k][1].textContent = d === undefined ? "" : short(d)));
    cost.textContent = number(f.J);
    const top = Math.max(...costs, 0.01);
    set(curve, { points: costs.map((J, k) => `${290 + (k / 200) * 48},${206 - 50 * (J / top)}`).join(" ") });
    const off = theta.filter((_, k) => Math.abs(measured(k) - grads[k]) > 1e-6 * (1 + Math.abs(grads[k]))).length;
    const check = mistakes || off ? ` <b class="${off ? "wrong" : "fine"}">${off ? `✗ ${off} of the 9 derivatives differ from measured slopes` : "✓ all 9 derivatives agree with measured slopes"}</b>.` : "";
    if (n === undefined && costs.length) figure.say(`After ${costs.length - 1} step${costs.length == 2 ? "" : "s"}: J = ${number(f.J)}, at first ${number(costs[0])}.${check}`);
    else if (n === undefined) figure.say(`Drag a weight up or down, or choose it with the keyboard and press ↑ ↓.${check}`);
    else {
      const slope = `∂J/∂${said(LABELS[n])} = <span class="grad">${number(grads[n])}</span>`;
      const by = moved ? theta[n] - moved.from : 0;
      figure.say(`${slope}. ` + (by ? `Moved by ${number(by)}: promised ΔJ = ${number(moved.slope * by)}, measured ${number(f.J - moved.J)}.` : "") + check);
    }
    figure.root.values = { theta, grads, J: f.J, out: f.out, off };
  }
  const stop = figure.player("Train", step);
  figure.button("One step", () => { stop(); step(); });
  figure.button("Start again", () => { stop(); theta = JSON.parse(start); costs = []; moved = null; show(); });
  if (mistakes) {
    figure.choice("The way back:", ["right", "the slope of tanh is forgotten", "the weight is forgotten"], (n) => { wrong = n; show(); });
    figure.slider("Target y", -2, 2, 0.05, y, (v) => { y = v; costs = []; show(); });
  }
  show();
});
