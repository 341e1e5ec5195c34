// An activation and its slope: drag the point.
moving((figure, { kind, z, limit }) => {
  const { add, set, number } = figure;
  const [a, slope, words] = {
    relu: [(z) => Math.max(0, z), (z) => +(z > 0), (a) => (a > 0 ? "where a &gt; 0:" : "where a = 0:")],
    sigmoid: [(z) => 1 / (1 + Math.exp(-z)), (z) => a(z) * (1 - a(z)), () => "a(1 − a) ="],
    tanh: [Math.tanh, (z) => 1 - Math.tanh(z) ** 2, () => "1 − a² ="],
  }[kind];
  const [low, high] = { relu: [-0.6, limit], sigmoid: [-0.15, 1.1], tanh: [-1.15, 1.15] }[kind];
  const X = (z) => 170 + (160 * z) / limit;
  const Y = (a) => 200 - (190 * (a - low)) / (high - low);
  const path = (f, from = -limit, to = limit) => Array.from({ length: 121 }, (_, n) => from + ((to - from) * n) / 120).map((z) => `${X(z).toFixed(1)},${Y(f(z)).toFixed(1)}`).join(" ");
  add("line", { x1: 10, x2: 330, y1: Y(0), y2: Y(0), class: "faint" });
  add("line", { x1: X(0), x2: X(0), y1: 10, y2: 200, class: "faint" });
  for (const n of [-limit, limit]) add("text", { x: X(n) + (n < 0 ? 8 : -8), y: Y(0) + 15 }, number(n));
  add("text", { x: X(0) - 9, y: Y(1) + 4 }, "1");
  add("polyline", { points: path(a), class: "curve" });
  const parts = kind == "relu" ? [[-limit, -1e-9], [1e-9, limit]] : [[-limit, limit]];
  for (const part of parts) add("polyline", { points: path(slope, ...part), class: "backward", "stroke-dasharray": "5 4" });
  if (kind == "relu") [0, 1].forEach((s) => add("circle", { cx: X(0), cy: Y(s), r: 3, style: `fill:var(--${s ? "ground" : "backward"});stroke:var(--backward)` }));
  const tangent = add("line", { class: "backward", "stroke-width": 2 });
  const drop = add("line", { class: "faint" });
  const mark = add("rect", { width: 8, height: 8, style: "fill:var(--backward);stroke:none" }); // not a dot: those at 0 stay
  const point = add("g");
  const [grip, dot] = [24, 7].map((r, n) => add("circle", { r, class: n ? "unit" : "grip" }, "", point));
  figure.handle(point, "z", (dx, dy) => move(z + ((dx - (dx ? 0 : dy)) * limit) / 160));
  let layers = 1;
  function move(to) {
    z = Math.max(-limit, Math.min(limit, Math.round(50 * to) / 50));
    show();
  }
  function show() {
    const s = slope(z), half = Math.min(limit / 4, 0.35 * (high - low) / Math.max(s, 1e-9));
    for (const one of [grip, dot]) set(one, { cx: X(z), cy: Y(a(z)) });
    set(mark, { x: X(z) - 4, y: Y(s) - 4 });
    set(drop, { x1: X(z), x2: X(z), y1: Y(a(z)), y2: Y(s) });
    set(tangent, { x1: X(z - half), y1: Y(a(z) - s * half), x2: X(z + half), y2: Y(a(z) + s * half) });
    set(point, { "aria-valuenow": z, "aria-valuemin": -limit, "aria-valuemax": limit, "aria-valuetext": `z ${number(z)}, a ${number(a(z))}, slope ${number(s)}` });
    figure.say(`z = ${number(z)}: <span class="value">a = ${number(a(z))}</span>; slope ${words(a(z))} <span class="grad">${number(s)}</span>.` + (layers > 1 ? ` Through ${layers} such units in a row, with weights 1: <span class="grad">${number(s ** layers)}</span>.` : ""));
    figure.root.values = { z, a: a(z), slope: s, through: s ** layers };
  }
  figure.slider("Units in a row", 1, 10, 1, 1, (n) => { layers = n; show(); });
  show();
});
