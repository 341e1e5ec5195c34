from collections.abc import Callable, Mapping
from typing import Protocol

from .notation import _Array, _Params

__all__ = ["linear", "forward"]

_Layers = dict[int, _Array]

class _Linear(Protocol):
    __name__: str
    def __call__(self, W: _Array, b: _Array, A: _Array) -> _Array: ...
    def vjp(
        self, dZ: _Array, W: _Array, A: _Array, need_dA: bool = True
    ) -> tuple[_Array, _Array, _Array | None]: ...

linear: _Linear

def forward(
    params: _Params,
    g: Mapping[int, Callable[[_Array], _Array]],
    X: _Array,
    check: bool = True,
) -> tuple[_Layers, _Layers]: ...
