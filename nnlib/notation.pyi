from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_Array = NDArray[np.floating[Any]]
_Params = dict[int, tuple[_Array, _Array]]

__all__ = ["init_params", "check_shapes"]

def init_params(
    n: Sequence[int] | NDArray[np.integer[Any]],
    rng: np.random.Generator,
    scale: float = 1.0,
    dtype: DTypeLike = np.float64,
) -> _Params: ...
def check_shapes(params: _Params, X: _Array | None = None) -> None: ...
