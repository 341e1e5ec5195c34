// Softmax of three logits: drag a bar; probabilities and Jacobian follow.
moving((figure, { z }) => {
  const { add, set, number } = figure;
  let T = 1, c = 0, naive = false;
  const bars = z.map((_, j) => {
    const x = 32 + 44 * j;
    const group = add("g");
    const grip = add("rect", { x: x - 20, y: 20, width: 40, height: 170, class: "grip" }, "", group);
    const bar = add("rect", { x: x - 13, width: 26, style: "fill:var(--forward);fill-opacity:.25" }, "", group);
    const text = add("text", { x, class: "value label" }, "", group);
    const name = add("text", { x }, `z${"₁₂₃"[j]}`);
    figure.handle(group, `z ${j + 1}`, (dx, dy) => { z[j] = Math.max(-3, Math.min(3, Math.round(40 * (z[j] + (dx - dy) / 26)) / 40)); show(); });
    return { group, bar, text, name };
  });
  add("line", { x1: 8, x2: 144, y1: 105, y2: 105, class: "faint" });
  add("text", { x: 168, y: 16 }, "∂a/∂z");
  const cells = [0, 1, 2].map((j) => [0, 1, 2].map((p) => {
    const x = 190 + 50 * p, y = 24 + 32 * j;
    if (!j) add("text", { x: x + 24, y: 16 }, `a${"₁₂₃"[p]}`);
    if (!p) add("text", { x: 176, y: y + 20 }, `z${"₁₂₃"[j]}`);
    return [add("rect", { x, y, width: 48, height: 30 }), add("text", { x: x + 24, y: y + 20, class: "grad" })];
  }));
  const shares = z.map((_, p) => [add("rect", { x: 200 + 50 * p, width: 28, style: "stroke:none;fill:var(--forward);fill-opacity:.5" }), add("text", { x: 214 + 50 * p, class: "value label" }), add("text", { x: 214 + 50 * p, y: 214 }, `a${"₁₂₃"[p]}`)]);
  function softmax() {
    const s = z.map((v) => (v + c) / T), top = naive ? 0 : Math.max(...s);
    const e = s.map((v) => Math.exp(v - top)), sum = e.reduce((x, y) => x + y);
    return e.map((v) => v / sum);
  }
  function show() {
    const a = softmax(), jacobian = a.map((aj, j) => a.map((ap, p) => (ap * (+(j == p) - aj)) / T));
    bars.forEach(({ group, bar, text, name }, j) => {
      const height = 26 * Math.abs(z[j]);
      set(bar, { y: z[j] > 0 ? 105 - height : 105, height });
      set(text, { y: z[j] > 0 ? 99 - height : 120 + height });
      text.textContent = number(z[j] + c, 4);
      set(name, { y: z[j] > 0 ? 121 : 97 });
      set(group, { "aria-valuenow": z[j], "aria-valuemin": -3, "aria-valuemax": 3, "aria-valuetext": `${number(z[j] + c, 4)}, probability ${number(a[j])}` });
    });
    a.forEach((v, p) => {
      const height = Number.isFinite(v) ? 60 * v : 0;
      set(shares[p][0], { y: 200 - height, height });
      set(shares[p][1], { y: 195 - height });
      shares[p][1].textContent = number(v);
    });
    cells.forEach((row, j) => row.forEach(([box, text], p) => {
      box.style.cssText = `stroke:none;fill:${jacobian[j][p] > 0 ? "var(--backward)" : "currentColor"};fill-opacity:${Math.min(0.4, Math.abs(jacobian[j][p]) || 0)}`;
      text.textContent = jacobian[j][p].toFixed(3).replace("-", "−");
    }));
    const bad = a.some(Number.isNaN);
    figure.say(bad ? '<b class="wrong">Infinity over infinity, or 0 over 0: not a number.</b> Subtract the largest logit first.' : `The probabilities sum to ${number(a.reduce((x, y) => x + y))}, and each row of the Jacobian to ${number(+Math.abs(jacobian[0].reduce((x, y) => x + y)).toFixed(9))}.` + (c ? ` Adding ${number(c, 4)} to all logits changes nothing.` : ""));
    figure.root.values = { a, jacobian };
  }
  figure.slider("Add to all", -1000, 1000, 10, 0, (v) => { c = v; show(); });
  figure.slider("Temperature T", 0.1, 5, 0.1, 1, (v) => { T = v; show(); });
  figure.choice("Formula:", ["shifted by the largest", "as it stands"], (n) => { naive = n == 1; show(); });
  show();
});
