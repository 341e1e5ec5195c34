// Type a word; the network of the chapter names its parts of speech.
moving((figure, { weights, scales, n, word, labels, longest }) => {
  const { add, set, number } = figure;
  const bytes = Int8Array.from(atob(weights), (one) => one.charCodeAt(0));
  const [inputs, hidden, outputs] = n;
  const sizes = [hidden * inputs, hidden, outputs * hidden, outputs];
  let from = 0;
  const [W1, b1, W2, b2] = sizes.map((size, k) => Array.from(bytes.slice(from, (from += size)), (v) => v * scales[k]));
  const layer = (W, b, x) => b.map((v, j) => x.reduce((sum, one, k) => sum + W[j * x.length + k] * one, v));
  function spell(word) { // the last four letters, each one-hot over 26 letters and a blank, and the length
    const last = word.padStart(4).slice(-4);
    const x = [...last].flatMap((letter) => [..." abcdefghijklmnopqrstuvwxyz"].map((one) => +(one == letter)));
    return [...x, word.length / longest];
  }
  const bars = labels.map((label, j) => {
    const y = 30 + 34 * j;
    add("text", { x: 92, y: y + 5, style: "text-anchor:end" }, label);
    add("line", { x1: 100, x2: 300, y1: y + 12, y2: y + 12, class: "faint" });
    return [add("rect", { x: 100, y: y - 9, height: 18, style: "stroke:none;fill:var(--forward);fill-opacity:.5" }), add("text", { y: y + 5, class: "value label", style: "text-anchor:start" })];
  });
  add("line", { x1: 200, x2: 200, y1: 14, y2: 150, "stroke-dasharray": "4 4" });
  add("text", { x: 200, y: 166 }, "1/2");
  const box = document.createElement("input");
  Object.assign(box, { value: word, maxLength: 30, size: 14, autocapitalize: "off", autocomplete: "off", spellcheck: false });
  box.style.cssText = "font-size:16px;padding:0 .6rem";
  box.onkeydown = (event) => event.stopPropagation();
  const label = document.createElement("label");
  label.append("A word: ", box);
  figure.root.querySelector(".moving-controls").append(label);
  function show() {
    const word = box.value.toLowerCase().replace(/[^a-z]/g, "");
    const a = layer(W2, b2, layer(W1, b1, spell(word)).map(Math.tanh)).map((z) => 1 / (1 + Math.exp(-z)));
    bars.forEach(([bar, text], j) => { set(bar, { width: 200 * a[j] }); set(text, { x: 106 + 200 * a[j] }); text.textContent = a[j].toFixed(2); });
    const named = labels.filter((_, j) => a[j] > 0.5);
    figure.say(word ? `<i>${word}</i> can be: ${named.join(", ") || "none of the four"}. It saw the letters “${word.slice(-4)}” and the length ${word.length}; the four numbers sum to ${number(a.reduce((x, y) => x + y))}.` : "Type a word of the letters a to z.");
    figure.root.values = { a, word };
  }
  box.oninput = show;
  for (const one of ["run", "glorpness", "flimbly", "snarfize", "splonk"]) figure.button(one, () => { box.value = one; show(); });
  show();
});
