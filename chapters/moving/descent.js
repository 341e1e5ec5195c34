// Steps down a bowl that is steeper one way than the other: the rate decides.
moving((figure, { c, w, lr, steps }) => {
  const { add, set, number } = figure;
  const X = (v) => 170 + 38 * v, Y = (v) => 105 - 38 * v;
  const J = (w) => (c[0] * w[0] ** 2 + c[1] * w[1] ** 2) / 2;
  const start = [...w];
  for (const level of [0.1, 0.5, 1.5, 4, 9, 16, 25]) {
    add("ellipse", { cx: X(0), cy: Y(0), rx: 38 * Math.sqrt((2 * level) / c[0]), ry: 38 * Math.sqrt((2 * level) / c[1]), fill: "none", class: "faint", stroke: "var(--line)" });
  }
  add("text", { x: 330, y: Y(0) - 4 }, "w₁");
  add("text", { x: X(0) + 12, y: 12 }, "w₂");
  const path = add("polyline", { class: "backward" });
  const dots = add("g");
  const grip = add("g");
  const circles = [24, 7].map((r, n) => add("circle", { r, class: n ? "unit" : "grip" }, "", grip));
  figure.handle(grip, "where to start", (dx, dy) => {
    start[0] = Math.max(-4.2, Math.min(4.2, start[0] + dx / 38));
    start[1] = Math.max(-2.4, Math.min(2.4, start[1] - dy / 38));
    show();
  });
  function show() {
    let at = [...start];
    const way = [at];
    for (let n = 0; n < steps && Math.abs(at[0]) + Math.abs(at[1]) < 1e4; n++) way.push((at = at.map((v, k) => v - lr * c[k] * v)));
    const clip = ([u, v]) => [Math.max(-5, Math.min(345, X(u))), Math.max(-5, Math.min(215, Y(v)))];
    set(path, { points: way.map((one) => clip(one).map((x) => x.toFixed(1)).join(",")).join(" ") });
    dots.replaceChildren();
    for (const one of way.slice(1)) { const [cx, cy] = clip(one); add("circle", { cx, cy, r: 2, fill: "var(--backward)", class: "backward" }, "", dots); }
    for (const circle of circles) set(circle, { cx: X(start[0]), cy: Y(start[1]) });
    set(grip, { "aria-valuenow": start[0].toFixed(2), "aria-valuemin": -4.2, "aria-valuemax": 4.2, "aria-valuetext": `w₁ ${number(start[0])}, w₂ ${number(start[1])}` });
    const factors = c.map((one) => 1 - lr * one);
    const said = lr * c[1] > 2 ? "grows from step to step: α is above 2/c" : lr * c[1] > 1 ? "changes its sign with every step, and shrinks" : "shrinks without changing its sign";
    figure.say(`α = ${number(lr)}: each step multiplies w₁ by ${number(factors[0])} and w₂ by ${number(factors[1])}. w₂ ${said}. J after ${way.length - 1} steps: ${number(J(at))}, at first ${number(J(start))}.`);
    figure.root.values = { lr, at, J: J(at), start };
  }
  figure.slider("Learning rate α", 0.01, 0.26, 0.005, lr, (v) => { lr = v; show(); });
  show();
});
