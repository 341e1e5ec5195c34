// What the moving figures share: an SVG to draw on, controls, and words that are read aloud.
function moving(draw) {
  const root = document.currentScript.parentElement;
  const data = JSON.parse(root.querySelector("[type='application/json']").textContent);
  const svg = root.querySelector("svg");
  const controls = document.createElement("div");
  const says = document.createElement("p");
  controls.className = "moving-controls";
  says.setAttribute("aria-live", "polite");
  root.append(controls, says);
  svg.replaceChildren();
  const set = (element, attributes) => {
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    return element;
  };
  const labelled = (text, element) => {
    const label = document.createElement("label");
    label.append(text + " ", element);
    controls.append(label);
    return element;
  };
  const figure = {
    root, svg, set,
    add(tag, attributes = {}, text = "", parent = svg) {
      const element = set(document.createElementNS(svg.namespaceURI, tag), attributes);
      element.textContent = text;
      return parent.appendChild(element);
    },
    button(text, act) {
      const button = controls.appendChild(document.createElement("button"));
      Object.assign(button, { type: "button", textContent: text, onclick: () => act(button) });
      return button;
    },
    slider(text, min, max, step, value, act) {
      const input = document.createElement("input");
      Object.assign(input, { type: "range", min, max, step, value });
      const shown = document.createElement("output");
      input.oninput = () => act(+input.value, (shown.textContent = figure.number(+input.value)));
      labelled(text, input).after(" ", shown);
      shown.textContent = figure.number(+input.value);
      return input;
    },
    choice(text, options, act) {
      const select = document.createElement("select");
      options.forEach((option, n) => select.add(new Option(option, n)));
      select.onchange = () => act(+select.value);
      return labelled(text, select);
    },
    // A part of the drawing that is dragged, or moved by arrow keys: change(dx, dy) in units of the drawing.
    handle(element, label, change) {
      set(element, { tabindex: 0, role: "slider", "aria-label": label, class: "handle " + (element.getAttribute("class") ?? "") });
      let last;
      element.onpointerdown = (event) => {
        last = event;
        element.setPointerCapture(event.pointerId);
        element.focus({ preventScroll: true });
        event.preventDefault();
      };
      element.onpointermove = (event) => {
        if (!last) return;
        const scale = svg.viewBox.baseVal.width / svg.getBoundingClientRect().width;
        change((event.clientX - last.clientX) * scale, (event.clientY - last.clientY) * scale);
        last = event;
      };
      element.onpointerup = element.onpointercancel = () => (last = null);
      element.onkeydown = (event) => {
        const way = { ArrowUp: [0, -4], ArrowDown: [0, 4], ArrowRight: [4, 0], ArrowLeft: [-4, 0] }[event.key];
        if (way) event.preventDefault(), change(...way);
      };
      return element;
    },
    // Steps until it is told to stop; act() says whether there is more.
    player(text, act, pause = 60) {
      let playing;
      const stop = () => {
        clearInterval(playing);
        playing = undefined;
        button.textContent = text;
      };
      const button = figure.button(text, () => {
        if (playing) return stop();
        button.textContent = "Pause";
        playing = setInterval(() => act() || stop(), matchMedia("(prefers-reduced-motion: reduce)").matches ? 400 : pause);
      });
      return stop;
    },
    say: (html) => (says.innerHTML = html),
    number: (x, digits = 3) => (Number.isFinite(x) ? String(+x.toPrecision(digits)) : x > 0 ? "∞" : x < 0 ? "-∞" : "nan").replace("-", "−"),
  };
  draw(figure, data);
}
