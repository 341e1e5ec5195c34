"""The moving figures: their numbers are those of nnlib, by mouse and by keyboard."""

import base64
import json

import numpy as np
import pytest

import nnlib
from book.contents import CHAPTERS

pytestmark = pytest.mark.site
PAGES = {  # of the figures that a script draws
    "index": "network",
    "chapters/04_backpropagation": "network",
    "chapters/05_relu": "curve",
    "chapters/06_sigmoid": "curve",
    "chapters/07_tanh": "curve",
    "chapters/08_softmax": "softmax",
    "chapters/09_binary": "plane",
    "chapters/10_multiclass": "digit",
    "chapters/11_multilabel": "word",
    "chapters/12_training": "descent",
}


class Figure:
    def __init__(self, page, address, name):
        page.goto(f"{address}/{name}.html")
        self.page, self.root = page, page.locator(".moving").first
        self.root.scroll_into_view_if_needed()
        self.data = json.loads(self.root.locator("[type='application/json']").text_content())

    def values(self):
        return self.root.evaluate("root => root.values")

    def slide(self, label, value):
        self.root.get_by_label(label).evaluate(
            "(x, value) => { x.value = value; x.dispatchEvent(new Event('input')); }", value
        )

    def press(self, handle, key, times=1):
        for _ in range(times):
            self.root.locator(".handle").nth(handle).press(key)

    def drag(self, handle, dx, dy):
        self.root.locator(".handle").nth(handle).hover()
        box = self.root.locator(".handle").nth(handle).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx, y + dy, steps=4)
        self.page.mouse.up()


@pytest.fixture
def figure(browser, address):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield lambda name: Figure(page, address, name)
    page.close()
    assert errors == []


def network(theta, data, cost):
    """The cost, the output and the nine derivatives, by the library."""
    W1, b1, W2, b2 = np.split(np.array(theta), [4, 6, 8])
    params = {1: (W1.reshape(2, 2), b1[:, None]), 2: (W2[None], b2[:, None])}
    x, y = np.array(data["x"])[:, None], np.array([[float(data["y"])]])
    g = {1: nnlib.tanh, 2: cost.activation}
    Z, A = nnlib.forward(params, g, x)
    grads = nnlib.backward(params, g, A, cost.seed(A[2], y))
    return (
        cost(Z[2], y),
        A[2].item(),
        np.concatenate([d.ravel() for pair in grads.values() for d in pair]),
    )


@pytest.mark.parametrize("name", [name for name, kind in PAGES.items() if kind == "network"])
def test_a_network_computes_what_the_library_computes(figure, name):
    shown = figure(name)
    sigmoid = shown.data["sigmoid"]
    cost = nnlib.binary_cross_entropy if sigmoid else nnlib.squared_error

    def agrees():
        values = shown.values()
        J, out, grads = network(values["theta"], shown.data, cost)
        assert np.allclose([values["J"], values["out"]], [J, out], rtol=1e-12)
        assert np.allclose(values["grads"], grads, rtol=1e-9, atol=1e-12) and values["off"] == 0
        return J

    first = agrees()
    for n in range(9):
        before = shown.values()["theta"][n]
        shown.press(n, "ArrowUp", 3)
        assert np.isclose(shown.values()["theta"][n], before + 0.15)
        agrees()
    shown.drag(0, 0, -40)
    assert agrees() != first and "promised" in shown.root.locator("p").last.inner_text()
    theta, lr = shown.values()["theta"], shown.data["lr"]
    shown.root.get_by_role("button", name="One step").click()
    grads = network(theta, shown.data, cost)[2]
    assert np.allclose(shown.values()["theta"], theta - lr * grads)
    shown.root.get_by_role("button", name="Start again").click()
    assert shown.values()["theta"] == shown.data["params"]
    before = agrees()
    shown.root.get_by_role("button", name="Train").click()
    shown.page.wait_for_timeout(500)
    shown.root.get_by_role("button", name="Pause").click()
    assert agrees() < before


def test_a_planted_mistake_is_found_by_its_check(figure):
    shown = figure("chapters/04_backpropagation")
    for n, wrong in ((1, 6), (2, 3), (0, 0)):  # of layer 1; a weight of 1 is not missed
        shown.root.get_by_label("The way back").select_option(str(n))
        assert shown.values()["off"] == wrong
    shown.slide("Target", "1.5")
    assert shown.values()["off"] == 0


@pytest.mark.parametrize("f", [nnlib.relu, nnlib.sigmoid, nnlib.tanh])
def test_a_curve_has_the_value_and_the_slope_of_the_function(figure, f):
    name = next(name for name in PAGES if name.endswith(f"_{f.__name__}"))
    shown = figure(name)
    for key, times in (("ArrowRight", 5), ("ArrowLeft", 30), ("ArrowLeft", 40)):
        shown.press(0, key, times)
        values = shown.values()
        A = f(np.array([[values["z"]]]))
        assert np.isclose(values["a"], A.item(), rtol=1e-12)
        assert np.isclose(values["slope"], f.vjp(np.ones((1, 1)), A).item(), rtol=1e-12)
    shown.drag(0, 60, 0)
    assert shown.values()["z"] > values["z"]
    shown.slide("Units", "7")
    values = shown.values()
    assert np.isclose(values["through"], values["slope"] ** 7)


def test_softmax_and_its_jacobian(figure):
    shown = figure("chapters/08_softmax")
    z = np.array(shown.data["z"])
    shown.press(0, "ArrowUp", 10)
    shown.drag(2, 0, -30)
    found = shown.values()
    assert np.isclose(sum(found["a"]), 1) and found["a"][0] > nnlib.softmax(z[:, None])[0]
    shown = figure("chapters/08_softmax")
    for T in (1.0, 0.5, 3.0):
        shown.slide("Temperature", T)
        A = nnlib.softmax(z[:, None] / T)
        jacobian = (np.diagflat(A) - A @ A.T) / T
        assert np.allclose(shown.values()["a"], A.ravel(), rtol=1e-12)
        assert np.allclose(shown.values()["jacobian"], jacobian, rtol=1e-9)
    shown.slide("Add to all", 1000)
    assert np.allclose(shown.values()["a"], A.ravel(), rtol=1e-9)
    shown.slide("Temperature", 1)
    shown.root.get_by_label("Formula").select_option("1")
    assert "not a number" in shown.root.locator("p").last.inner_text()


def test_the_penguins_are_trained_as_by_the_library(figure):
    shown = figure("chapters/09_binary")
    for _ in range(7):
        shown.root.get_by_role("button", name="One step").click()
    X = np.array(shown.data["birds"]).T
    Y = np.array([[float(y) for y in shown.data["labels"]]])
    units = np.array(shown.data["params"])
    params = {1: (units[:, :2], units[:, 2:3]), 2: (units[:, 3:].T, np.zeros((1, 1)))}
    g, cost = {1: nnlib.tanh, 2: nnlib.sigmoid}, nnlib.binary_cross_entropy
    params, _ = nnlib.train(params, g, cost, X, Y, 1.0, epochs=7)
    Z, _ = nnlib.forward(params, g, X)
    values = shown.values()
    assert np.isclose(values["J"], cost(Z[2], Y), rtol=1e-10) and values["steps"] == 7
    assert values["right"] == np.sum((Z[2] > 0) == (Y > 0))
    shown.slide("Hidden units", 2)
    assert shown.values()["units"] == 2 and shown.values()["steps"] == 0
    shown.root.locator("svg").click(position={"x": 30, "y": 30})
    assert "of 343 birds" in shown.root.locator("p").last.inner_text()


def unpacked(data):
    """The parameters that a script got as bytes."""
    numbers = np.frombuffer(base64.b64decode(data["weights"]), np.int8).astype(float)
    k, hidden, out = data["n"]
    sizes = [(hidden, k), (hidden, 1), (out, hidden), (out, 1)]
    arrays = []
    for size, scale in zip(sizes, data["scales"], strict=True):
        count = size[0] * size[1]
        arrays.append(numbers[:count].reshape(size) * scale)
        numbers = numbers[count:]
    return {1: tuple(arrays[:2]), 2: tuple(arrays[2:])}


def test_a_digit_is_read_as_by_the_library(figure):
    shown = figure("chapters/10_multiclass")
    params, g = unpacked(shown.data), {1: nnlib.tanh, 2: nnlib.softmax}

    def agrees():
        values = shown.values()
        A = nnlib.predict(params, g, np.array(values["x"], float)[:, None])
        assert np.allclose(values["a"], A.ravel(), rtol=1e-9)
        return np.argmax(values["a"])

    assert agrees() != shown.data["truths"][0]  # it begins with a mistake
    for digit in (0, 1, 2, 3):
        shown.root.get_by_role("button", name="Next digit").click()
        assert agrees() == digit
    shown.root.get_by_role("button", name="Clear").click()
    assert not any(shown.values()["x"])
    shown.press(0, "ArrowDown")
    shown.press(0, "Space")
    assert sum(v > 0 for v in shown.values()["x"]) == 5
    shown.drag(0, 0, 60)
    assert sum(v > 0 for v in shown.values()["x"]) > 5
    agrees()


def test_a_word_is_read_as_by_the_library(figure, monkeypatch):
    monkeypatch.syspath_prepend(CHAPTERS)
    import datasets

    shown = figure("chapters/11_multilabel")
    params, g = unpacked(shown.data), {1: nnlib.tanh, 2: nnlib.sigmoid}
    for word in ("glorpness", "a", "quickly", "zzzz", "running"):
        shown.root.get_by_label("A word").fill(word)
        values = shown.values()
        A = nnlib.predict(params, g, datasets.spell([word]))
        assert values["word"] == word and np.allclose(values["a"], A.ravel(), rtol=1e-9)


def test_the_bowl_is_descended_as_by_the_formula(figure):
    shown, c = figure("chapters/12_training"), np.array([1.0, 9.0])
    shown.drag(0, 30, 10)
    for lr in (0.05, 0.2, 0.235):
        shown.slide("Learning rate", lr)
        values = shown.values()
        w = np.array(values["start"]) * (1 - lr * c) ** shown.data["steps"]
        assert np.allclose(values["at"], w, rtol=1e-9)
        assert np.isclose(values["J"], np.sum(c * w**2) / 2, rtol=1e-9)


@pytest.mark.parametrize("name", PAGES)
def test_a_figure_has_words_and_no_more_than_fifteen_kilobytes(figure, name):
    shown = figure(name)
    assert shown.root.get_attribute("data-name") == PAGES[name]
    assert len(shown.root.locator("svg").get_attribute("aria-label")) > 40
    assert len(shown.root.locator("noscript").text_content()) > 40
    parts = shown.root.evaluate(
        "root => [...root.querySelectorAll('style, script, noscript')].map(x => x.textContent)"
    )
    assert 5000 < sum(len(part.encode()) for part in parts) <= 15_500
    for handle in shown.root.locator(".handle").all():
        assert handle.get_attribute("aria-label") and handle.get_attribute("tabindex") == "0"
    said = shown.root.locator("p[aria-live]")
    assert said.count() == 1 and len(said.inner_text()) > 20


def test_a_graph_follows_its_inputs(figure):
    page = figure("chapters/07_tanh").page
    graph = page.locator(".graph").first
    for z in (-1.3, 0.2, 2.5):
        graph.locator(".inputs input").fill(str(z))
        values = graph.evaluate("graph => graph.values")
        assert np.isclose(values["values"][-1], np.tanh(z), rtol=1e-12)
        assert np.isclose(values["grads"][0], 1 - np.tanh(z) ** 2, rtol=1e-6)
