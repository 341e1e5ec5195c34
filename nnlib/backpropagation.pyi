from collections.abc import Callable, Mapping
from typing import Any

from .notation import _Array, _Params

__all__ = ["linear_vjp", "backward"]

def linear_vjp(
    dZ: _Array, W: _Array, A: _Array, need_dA: bool = True
) -> tuple[_Array, _Array, _Array | None]: ...
def backward(
    params: _Params,
    g: Mapping[int, Callable[..., Any]],
    A: Mapping[int, _Array],
    dZ: _Array,
    check: bool = True,
) -> _Params: ...
