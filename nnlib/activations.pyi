from typing import Protocol

from .notation import _Array

__all__ = [
    "relu",
    "relu_vjp",
    "sigmoid",
    "sigmoid_vjp",
    "tanh",
    "tanh_vjp",
    "softmax",
    "softmax_vjp",
]

class _Activation(Protocol):
    __name__: str
    def __call__(self, Z: _Array) -> _Array: ...
    def vjp(self, dA: _Array, A: _Array) -> _Array: ...

relu: _Activation
sigmoid: _Activation
tanh: _Activation
softmax: _Activation

def relu_vjp(dA: _Array, A: _Array) -> _Array: ...
def sigmoid_vjp(dA: _Array, A: _Array) -> _Array: ...
def tanh_vjp(dA: _Array, A: _Array) -> _Array: ...
def softmax_vjp(dA: _Array, A: _Array) -> _Array: ...
