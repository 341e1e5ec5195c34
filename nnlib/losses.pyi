from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .activations import _Activation
from .notation import _Array

__all__ = [
    "logistic_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_seed",
    "one_hot",
    "multiclass_cross_entropy",
    "multiclass_cross_entropy_seed",
    "multilabel_cross_entropy",
    "multilabel_cross_entropy_seed",
]

class _Cost(Protocol):
    __name__: str
    activation: _Activation
    def __call__(self, Z: _Array, Y: _Array, check: bool = True) -> np.floating[Any]: ...
    def seed(self, Z: _Array, Y: _Array) -> _Array: ...

binary_cross_entropy: _Cost
multiclass_cross_entropy: _Cost
multilabel_cross_entropy: _Cost

def logistic_loss(Z: _Array, Y: _Array) -> _Array: ...
def binary_cross_entropy_seed(Z: _Array, Y: _Array) -> _Array: ...
def one_hot(y: ArrayLike, n: int, dtype: DTypeLike = np.float64) -> _Array: ...
def multiclass_cross_entropy_seed(Z: _Array, Y: _Array) -> _Array: ...
def multilabel_cross_entropy_seed(Z: _Array, Y: _Array) -> _Array: ...
