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
  var last = 2 * nodes.length, at = last, moved = false;

  function show() {
    var back = at > nodes.length;
    var here = at === 0 || !moved ? -1 : back ? last - at : at - 1;
    nodes.forEach(function (node, n) {
      node.querySelector(".value").style.visibility = n < at ? "" : "hidden";
      node.querySelector(".grad").style.visibility = n >= last - at ? "" : "hidden";
      node.querySelector("rect").style.strokeWidth = n === here ? 2.2 : 1;
      node.querySelector("rect").style.strokeOpacity = n === here ? 1 : 0.55;
    });
    arrows.forEach(function (arrow) {
      var end = back ? arrow.dataset.from : arrow.dataset.to;
      arrow.style.opacity = +end === here ? 1 : 0.55;
      arrow.style.strokeWidth = +end === here ? 2 : 1;
    });
    if (here < 0) {
      says.textContent = moved ? "Nothing is computed yet." : "Press start to go through it node by node.";
    } else {
      var cells = rows[here].children, name = cells[0].innerHTML.split(" = ")[0];
      says.innerHTML = back
        ? "Backward: " + of + name + " = " + (cells[2].innerHTML ? cells[2].innerHTML + " = " : "")
          + cells[3].innerHTML
        : "Forward: " + cells[0].innerHTML + " = " + cells[1].innerHTML;
    }
    [].forEach.call(buttons, function (button, n) {  // not disabled, so that it keeps the focus
      button.setAttribute("aria-disabled", at === (n < 2 ? 0 : last));
    });
  }
  function go(to) {
    at = Math.max(0, Math.min(last, to));
    moved = true;
    show();
  }
  [function () { go(0); }, function () { go(at - 1); },
   function () { go(at + 1); }, function () { go(last); }].forEach(function (act, n) {
    buttons[n].addEventListener("click", act);
  });
  controls.hidden = false;
  show();
})();
