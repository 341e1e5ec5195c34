"""What is installed: nnlib alone, with its annotations."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata

import pytest
import yaml

import nnlib
from book.export import LIBRARY, ROOT

FILES = {f"nnlib/{path.name}" for path in LIBRARY.iterdir() if path.suffix in (".py", ".pyi")}
FILES |= {"nnlib/py.typed"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel and the sdist, built from a copy of the project."""
    folder = tmp_path_factory.mktemp("built")
    source, out = folder / "source", folder / "out"
    ignored = shutil.ignore_patterns(".git", ".venv", "_build", "node_modules", "__pycache__")
    shutil.copytree(ROOT, source, ignore=ignored)
    out.mkdir()
    build = "from flit_core import buildapi as b; b.build_wheel({0!r}); b.build_sdist({0!r})"
    subprocess.run([sys.executable, "-c", build.format(str(out))], cwd=source, check=True)
    return out


def test_wheel_and_sdist_hold_nnlib_alone(built):
    (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
    names = set(zipfile.ZipFile(wheel).namelist())
    information = {
        name for name in names if name.startswith(f"nnlib-{nnlib.__version__}.dist-info/")
    }
    assert names - information == FILES
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names == FILES | {"pyproject.toml", "README.md", "LICENSE", "PKG-INFO"}


def test_the_wheel_can_be_used(built, tmp_path):
    (wheel,) = built.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", "--target", tmp_path, wheel], check=True)
    code = "import nnlib; print(nnlib.__file__, nnlib.__version__, len(nnlib.__all__))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    expected = [tmp_path / "nnlib" / "__init__.py", nnlib.__version__, len(nnlib.__all__)]
    assert run.stdout.split() == list(map(str, expected))


def test_one_version_everywhere():
    version = nnlib.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+", version) and metadata.version("nnlib") == version
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == version
    (first, *_) = re.findall(
        r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M
    )
    assert first == version


def mypy(*arguments, cwd):
    command = [sys.executable, "-m", *arguments]
    environment = os.environ | {"MYPYPATH": str(ROOT), "MYPY_CACHE_DIR": str(cwd)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


@pytest.mark.slow
def test_annotations_are_those_of_the_functions(tmp_path):
    """Names, arguments and defaults. A function with a vjp or a seed is annotated as a protocol,
    which stubtest does not compare; test_annotations_of_the_others does."""
    allowed = tmp_path / "allowed.txt"
    names = [name for name in nnlib.__all__ if vars(getattr(nnlib, name)).get("vjp")]
    names += [name for name in nnlib.__all__ if hasattr(getattr(nnlib, name), "seed")]
    modules = {getattr(nnlib, name).__module__ for name in names} | {"nnlib"}
    allowed.write_text(
        "".join(f"{module}.{name}\n" for module in modules for name in names), encoding="utf-8"
    )
    run = mypy(
        "mypy.stubtest", "nnlib", "--allowlist", allowed, "--ignore-unused-allowlist", cwd=tmp_path
    )
    assert run.returncode == 0, run.stdout


PROGRAM = """
import numpy as np
from nnlib import (
    backward, binary_cross_entropy, check_gradients, descend, forward, init_params, linear,
    load_params, predict, save_params, sigmoid, tanh, train,
)

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(2, 5)), np.zeros((1, 5))
params = init_params([2, 8, 1], rng, dtype=np.float32)
g = {1: tanh, 2: sigmoid}
Z, A = forward(params, g, X)
grads = backward(params, g, A, binary_cross_entropy.seed(Z[2], Y))
params = descend(params, grads, lr=0.1)
params, J = train(params, g, binary_cross_entropy, X, Y, lr=0.5, epochs=5, batch_size=2, rng=rng)
first: float = J[0]
dZ = tanh.vjp(A[1], A[1])
dW, db, dA = linear.vjp(dZ, params[1][0], X, need_dA=False)
last = binary_cross_entropy.activation(Z[2]) + sigmoid(Z[2]) + predict(params, g, X)
errors = check_gradients(lambda p: float(binary_cross_entropy(Z[2], Y)), params, grads, rng)
save_params("net.npz", params)
load_params("net.npz")
"""
MISTAKES = {
    "init_params([2, 8, 1])": 'Missing positional argument "rng"',
    "tanh.jvp": '"_Activation" has no attribute "jvp"',
    "binary_cross_entropy(Z[2])": 'Missing positional argument "Y"',
    "forward(params, tanh, X)": 'Argument 2 to "forward" has incompatible type "_Activation"',
    "train(params, g, tanh, X, Y, 0.1, 5)": 'Argument 3 to "train" has incompatible type',
}


@pytest.mark.slow
def test_a_program_passes_the_type_checker(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    run = mypy("mypy", "--strict", "program.py", cwd=tmp_path)
    assert run.returncode == 0, run.stdout


@pytest.mark.slow
def test_the_type_checker_finds_mistakes(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM + "\n".join(MISTAKES) + "\n", encoding="utf-8")
    run = mypy("mypy", "--strict", "program.py", cwd=tmp_path)
    for message in MISTAKES.values():
        assert message in run.stdout


@pytest.mark.slow
def test_annotations_of_the_others(tmp_path):
    """Calls of every function that stubtest leaves out, with all their arguments by name."""
    program = """
from nnlib import *
import numpy as np
Z = np.ones((2, 3))
linear(W=Z, b=Z, A=Z)
linear.vjp(dZ=Z, W=Z, A=Z, need_dA=True)
for f in (relu, sigmoid, tanh, softmax):
    f(Z=Z)
    f.vjp(dA=Z, A=Z)
for cost in (binary_cross_entropy, multiclass_cross_entropy, multilabel_cross_entropy):
    cost(Z=Z[:1], Y=Z[:1], check=True)
    cost.seed(A=Z, Y=Z)
    cost.activation(Z=Z)
"""
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    run = mypy("mypy", "--strict", "program.py", cwd=tmp_path)
    assert run.returncode == 0, run.stdout
    runs = program.replace("linear(W=Z, b=Z, A=Z)", "linear(W=Z, b=Z[:, :1], A=np.ones((3, 4)))")
    runs = runs.replace("W=Z, A=Z, need", "W=Z, A=np.ones((3, 3)), need")
    exec(runs, {})
