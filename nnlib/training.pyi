import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from .losses import _Cost
from .notation import _Array, _Params

__all__ = ["descend", "minibatches", "train", "predict", "save_params", "load_params"]

_Functions = Mapping[int, Callable[[_Array], _Array]]

def descend(params: _Params, grads: _Params, lr: float) -> _Params: ...
def minibatches(
    X: _Array,
    Y: _Array,
    batch_size: int | None = None,
    rng: np.random.Generator | None = None,
) -> Iterator[tuple[_Array, _Array]]: ...
def train(
    params: _Params,
    g: _Functions,
    cost: _Cost,
    X: _Array,
    Y: _Array,
    lr: float,
    epochs: int,
    batch_size: int | None = None,
    rng: np.random.Generator | None = None,
    progress: Callable[[Iterable[int]], Iterable[int]] | None = None,
) -> tuple[_Params, list[float]]: ...
def predict(params: _Params, g: _Functions, X: _Array) -> _Array: ...
def save_params(path: str | os.PathLike[str], params: _Params) -> None: ...
def load_params(path: str | os.PathLike[str]) -> dict[int, tuple[Any, Any]]: ...
