// Steps through a graph: forward node by node, then backward. Run once for each graph.
(function () {
  var graph = document.currentScript.parentElement;
  var nodes = [].slice.call(graph.querySelectorAll(".node"));
  var arrows = [].slice.call(graph.querySelectorAll(".arrow"));
  var rows = graph.querySelectorAll("tbody tr");
  var of = graph.querySelector("thead th:last-child").innerHTML.replace("node", "");
  var controls = graph.querySelector(".graph-controls");
  var buttons = controls.querySelectorAll("button");
  var says = controls.querySelector("p");
  var last = 2 * nodes.length, at = last, moved = false, playing = 0;

  function show() {
    var back = at > nodes.length;
    var here = at === 0 || !moved ? -1 : back ? last - at : at - 1;
    nodes.forEach(function (node, n) {
      node.querySelector(".value").style.visibility = n < at ? "" : "hidden";
      node.querySelector(".grad").style.visibility = n >= last - at ? "" : "hidden";
      node.querySelector("rect").style.strokeWidth = n === here ? 2.2 : 1;
      node.querySelector("rect").style.strokeOpacity = n === here ? 1 : 0.55;
    });
    arrows.forEach(function (arrow) {  // backward they point to where the derivative goes
      var on = +(back ? arrow.dataset.from : arrow.dataset.to) === here;
      var turned = back && moved, colour = turned ? "backward, #b04f0c" : "forward, #1f5a96";
      arrow.style.opacity = on ? 1 : 0.55;
      arrow.style.strokeWidth = on ? 2 : 1;
      arrow.style.color = arrow.style.stroke = on ? "var(--course-" + colour + ")" : "";
      arrow.querySelector(".to").style.display = turned ? "none" : "";
      arrow.querySelector(".from").style.display = turned ? "" : "none";
    });
    if (here < 0) {
      says.textContent = moved ? "Nothing is computed yet." : "Play, step, or press a node.";
    } else {
      var cells = rows[here].children, name = cells[0].innerHTML.split(" = ")[0];
      says.innerHTML = back
        ? "Backward: " + of + name + " = " + (cells[2].innerHTML ? cells[2].innerHTML + " = " : "")
          + cells[3].innerHTML
        : "Forward: " + cells[0].innerHTML + " = " + cells[1].innerHTML;
    }
    buttons[0].textContent = playing ? "pause" : "play";
    buttons[1].setAttribute("aria-disabled", at === 0);  // not disabled, so that it keeps the focus
    buttons[2].setAttribute("aria-disabled", at === last);
  }
  function go(to) {
    at = Math.max(0, Math.min(last, to));
    moved = true;
    show();
  }
  function stop() {
    clearInterval(playing);
    playing = 0;
  }
  function play() {
    if (playing) { stop(); show(); return; }
    playing = setInterval(function () {
      if (at + 1 >= last) stop();
      go(at + 1);
    }, 1100);
    go(at === last ? 1 : at + 1);
  }
  function step(by) {
    stop();
    go(at + by);
  }
  buttons[0].addEventListener("click", play);
  buttons[1].addEventListener("click", function () { step(-1); });
  buttons[2].addEventListener("click", function () { step(1); });
  controls.addEventListener("keydown", function (event) {
    var by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) { event.preventDefault(); step(by); }
  });
  nodes.forEach(function (node, n) {  // first its derivative, then its value
    node.style.cursor = "pointer";
    node.addEventListener("click", function () {
      stop();
      go(moved && at === last - n ? n + 1 : last - n);
    });
  });
  controls.hidden = false;
  show();
})();
