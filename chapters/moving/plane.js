// The penguins: a network of one hidden layer is trained while one looks.
moving((figure, { birds, labels, params, lr, most }) => {
  const { add, set, number } = figure;
  let units = most, theta, J = [], kind = 1;
  const X = birds.map(([x, y]) => [x, y]), Y = [...labels].map(Number);
  const px = (x) => 170 + 56 * x, py = (y) => 112 - 40 * y;
  const shade = add("g"), cells = [];
  for (let r = 0; r < 22; r++) for (let q = 0; q < 34; q++) cells.push([add("rect", { x: q * 10, y: r * 10, width: 10, height: 10, "shape-rendering": "crispEdges", style: "stroke:none;fill:var(--backward)"}, "", shade), [(q * 10 + 5 - 170) / 56, (112 - r * 10 - 5) / 40]]);
  const dots = add("g");
  const dot = ([x, y], yes) => add(yes ? "path" : "circle", yes ? { d: `M${px(x)} ${py(y) - 3.6}l3.4 6h-6.8z`, style: "fill:var(--backward);stroke:var(--ground);stroke-width:.7" } : { cx: px(x), cy: py(y), r: 2.6, style: "fill:var(--forward);stroke:var(--ground);stroke-width:.7" }, "", dots);
  X.forEach((one, i) => dot(one, Y[i]));
  function fresh() {
    theta = params.slice(0, units).map((row) => [...row]); // for each hidden unit: two weights, a bias, the weight above
    theta.bias = 0;
    J = [];
    show();
  }
  function run(x) {
    const a = theta.map(([u, v, b]) => Math.tanh(u * x[0] + v * x[1] + b));
    return { a, z: theta.reduce((sum, unit, j) => sum + unit[3] * a[j], theta.bias) };
  }
  const p = (z) => 1 / (1 + Math.exp(-z));
  const loss = () => X.reduce((sum, x, i) => { const { z } = run(x); return sum + Math.max(0, Y[i] ? -z : z) + Math.log1p(Math.exp(-Math.abs(z))); }, 0) / X.length;
  function step() {
    if (!J.length) J.push(loss());
    const grads = theta.map(() => [0, 0, 0, 0]);
    let db = 0;
    X.forEach((x, i) => {
      const { a, z } = run(x), dz = (p(z) - Y[i]) / X.length;
      db += dz;
      theta.forEach((unit, j) => {
        const d = dz * unit[3] * (1 - a[j] ** 2);
        grads[j][0] += d * x[0]; grads[j][1] += d * x[1]; grads[j][2] += d; grads[j][3] += dz * a[j];
      });
    });
    theta.forEach((unit, j) => unit.forEach((_, k) => (unit[k] -= lr * grads[j][k])));
    theta.bias -= lr * db;
    J.push(loss());
  }
  function show() {
    for (const [cell, x] of cells) {
      const yes = 2 * p(run(x).z) - 1; // pale where it is not sure
      cell.style.fill = `var(--${yes > 0 ? "backward" : "forward"})`;
      cell.style.fillOpacity = (0.5 * Math.abs(yes)).toFixed(2);
    }
    const now = J.at(-1) ?? loss(), right = X.filter((x, i) => (run(x).z > 0) == !!Y[i]).length;
    figure.say(`${J.length ? J.length - 1 : 0} steps, ${units} hidden unit${units > 1 ? "s" : ""}: J = ${number(now)}, ${right} of ${X.length} birds right. Click into the picture to add a ${kind ? "Chinstrap (orange)" : "bird of another kind (blue)"}.`);
    figure.root.values = { J: now, right, steps: Math.max(0, J.length - 1), units };
  }
  figure.svg.onclick = (event) => {
    const box = figure.svg.getBoundingClientRect(), scale = 340 / box.width;
    const x = [((event.clientX - box.left) * scale - 170) / 56, (112 - (event.clientY - box.top) * scale) / 40];
    X.push(x); Y.push(kind); dot(x, kind); J = []; show();
  };
  const stop = figure.player("Train", () => { for (let n = 0; n < 5; n++) step(); show(); return J.length < 1000; });
  figure.button("One step", () => { stop(); step(); show(); });
  figure.button("Start again", () => { stop(); fresh(); });
  figure.slider("Hidden units", 1, most, 1, units, (n) => { stop(); units = n; fresh(); });
  figure.choice("A click adds:", ["another kind", "a Chinstrap"], (n) => { kind = n; show(); }).value = 1;
  fresh();
});
