// Steps through a graph: forward node by node, then backward. Run once for each graph.
(function () {
  var graph = document.currentScript.parentElement;
  var nodes = [].slice.call(graph.querySelectorAll(".node"));
  var arrows = [].slice.call(graph.querySelectorAll(".arrow"));
  var rows = graph.querySelectorAll("tbody tr");
  var of = graph.querySelector("thead th:last-child").innerHTML.replace("node", "");
  var controls = graph.querySelector(".graph-controls");
  var buttons = controls.querySelectorAll("button");
  var guess = controls.querySelector("label");
  var says = controls.querySelector("p");
  var formulas = JSON.parse(graph.dataset.formulas).map(function (text) {
    return text && new Function("v", "return " + text);
  });
  var last = 2 * nodes.length, at = 0, playing = 0, verdict = "";
  var values = nodes.map(function (node) { return +node.dataset.value; });

  function number(x) {
    return String(+x.toPrecision(4)).replace("-", "\u2212");
  }
  function signed(x) {
    return x < 0 ? "(" + number(x) + ")" : number(x);
  }
  function show() {
    var back = at > nodes.length;
    var here = at === 0 ? -1 : back ? last - at : at - 1;
    nodes.forEach(function (node, n) {
      node.querySelector(".value").style.visibility = n < at ? "" : "hidden";
      node.querySelector(".grad").style.visibility = n >= last - at ? "" : "hidden";
      node.querySelector("rect").style.strokeWidth = n === here ? 2.2 : 1;
      node.querySelector("rect").style.strokeOpacity = n === here ? 1 : 0.55;
    });
    arrows.forEach(function (arrow) {  // backward they point to where the derivative goes
      var on = +(back ? arrow.dataset.from : arrow.dataset.to) === here;
      var colour = back ? "backward, #b04f0c" : "forward, #1f5a96";
      arrow.style.opacity = on ? 1 : 0.55;
      arrow.style.strokeWidth = on ? 2 : 1;
      arrow.style.color = arrow.style.stroke = on ? "var(--course-" + colour + ")" : "";
      arrow.querySelector(".to").style.display = back ? "none" : "";
      arrow.querySelector(".from").style.display = back ? "" : "none";
      arrow.querySelector(".slope").style.display = on && back ? "" : "none";
    });
    if (here < 0) {
      says.textContent = "Nothing is computed yet. Play, step, or press a node.";
    } else {
      var cells = rows[here].children, name = cells[0].innerHTML.split(" = ")[0];
      says.innerHTML = verdict + (back
        ? "Backward: " + of + name + " = " + (cells[2].innerHTML ? cells[2].innerHTML + " = " : "")
          + cells[3].innerHTML
        : "Forward: " + cells[0].innerHTML + " = " + cells[1].innerHTML);
    }
    guess.hidden = at <= nodes.length || at === last;
    buttons[0].textContent = playing ? "pause" : "play";
    buttons[1].setAttribute("aria-disabled", at === 0);  // not disabled, so that it keeps the focus
    buttons[2].setAttribute("aria-disabled", at === last);
  }
  function go(to) {
    at = Math.max(0, Math.min(last, to));
    show();
  }
  function stop() {
    clearInterval(playing);
    playing = 0;
  }
  function play() {
    verdict = "";
    if (playing) { stop(); show(); return; }
    playing = setInterval(function () {
      if (at + 1 >= last) stop();
      go(at + 1);
    }, 1100);
    go(at === last ? 1 : at + 1);
  }
  function step(by) {
    var box = guess.querySelector("input"), next = last - at - 1;
    verdict = "";
    if (by > 0 && box.value && !guess.hidden) {  // of the derivative that comes next
      var right = derivatives()[next];
      verdict = Math.abs(box.value - right) <= 0.01 * Math.abs(right) + 0.005
        ? "Right. " : "Not " + number(+box.value) + ". ";
      box.value = "";
    }
    stop();
    go(at + by);
  }

  function slope(arrow) {
    var parent = +arrow.dataset.from, f = formulas[+arrow.dataset.to], moved = values.slice();
    var h = 1e-5 * Math.max(1, Math.abs(values[parent]));
    moved[parent] = values[parent] + h;
    var up = f(moved);
    moved[parent] = values[parent] - h;
    return (up - f(moved)) / (2 * h);
  }
  function derivatives() {
    var found = nodes.map(function () { return 0; });
    found[nodes.length - 1] = 1;
    for (var child = nodes.length - 1; child >= 0; child--) {
      arrows.forEach(function (arrow) {
        if (+arrow.dataset.to === child) found[+arrow.dataset.from] += found[child] * slope(arrow);
      });
    }
    return found;
  }
  function change(n, value) {  // another input: all numbers anew
    values[n] = value;
    formulas.forEach(function (f, k) { if (f) values[k] = f(values); });
    var grads = derivatives();
    nodes.forEach(function (node, k) {
      node.querySelector(".value").textContent = number(+values[k].toFixed(3));
      node.querySelector(".grad").textContent = number(+grads[k].toFixed(3));
      var cells = rows[k].children;
      cells[1].textContent = number(values[k]);
      cells[3].textContent = number(grads[k]);
      var rule = cells[2].innerHTML.split("<br>= ")[0];
      var numbers = arrows.filter(function (arrow) { return +arrow.dataset.from === k; })
        .map(function (arrow) { return number(grads[+arrow.dataset.to]) + " \u00b7 " + signed(slope(arrow)); });
      cells[2].innerHTML = rule + (rule && "<br>= " + numbers.join(" + "));
    });
    arrows.forEach(function (arrow) {
      arrow.querySelector(".slope").textContent = "\u00d7 " + number(+slope(arrow).toFixed(3));
    });
    graph.values = { values: values, grads: grads };
    show();
  }
  formulas.forEach(function (f, n) {
    if (f) return;
    var label = document.createElement("label"), box = document.createElement("input");
    label.innerHTML = rows[n].children[0].innerHTML.split(" = ").pop() + " = ";
    box.type = "number";
    box.step = "any";
    box.value = +values[n].toPrecision(4);
    box.addEventListener("input", function () { if (box.value) change(n, +box.value); });
    label.appendChild(box);
    controls.querySelector(".inputs").appendChild(label);
  });

  buttons[0].addEventListener("click", play);
  buttons[1].addEventListener("click", function () { step(-1); });
  buttons[2].addEventListener("click", function () { step(1); });
  controls.addEventListener("keydown", function (event) {
    var by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.target.tagName === "INPUT") by = event.key === "Enter" ? 1 : 0;
    if (by) { event.preventDefault(); step(by); }
  });
  nodes.forEach(function (node, n) {  // first its derivative, then its value
    node.style.cursor = "pointer";
    node.addEventListener("click", function () {
      stop();
      verdict = "";
      go(at === last - n ? n + 1 : last - n);
    });
  });
  controls.hidden = false;
  show();
})();
