from collections.abc import Callable, Mapping
from typing import Any, Literal

from .notation import _Array, _Params
from .vectorization import _Layers

__all__ = ["to_layout", "from_layout", "forward_rows", "backward_rows"]

_Layout = Literal["rows", "keras", "pytorch"]

def to_layout(params: _Params, layout: _Layout) -> _Params: ...
def from_layout(params: _Params, layout: _Layout) -> _Params: ...
def forward_rows(
    params: _Params, g: Mapping[int, Callable[[_Array], _Array]], X: _Array
) -> tuple[_Layers, _Layers]: ...
def backward_rows(
    params: _Params, g: Mapping[int, Callable[..., Any]], A: Mapping[int, _Array], dZ: _Array
) -> _Params: ...
