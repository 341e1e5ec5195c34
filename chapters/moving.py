"""Figures that move: numbers of a chapter, drawn by a script that the reader's hand drives."""

import base64
import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).with_name("moving")
STYLE = (HERE / "moving.css").read_text(encoding="utf-8")


class Moving:
    """The figure that moving/NAME.js draws from data; in words where no script runs.

    alt : what the picture shows, in words. width, height : of the drawing.
    """

    def __init__(self, name, data, alt, width=340, height=236):
        self.name, self.data, self.alt = name, data, alt
        self.box = f"0 0 {width} {height}"

    def __repr__(self):
        return f"A figure that moves: {self.alt}"

    def _repr_html_(self):
        scripts = "".join(
            (HERE / f"{name}.js").read_text(encoding="utf-8")
            for name in ("moving", self.name)
        )
        data = json.dumps(
            self.data, separators=(",", ":"), ensure_ascii=False
        )
        return (
            f'<div class="moving" data-name="{self.name}"><style>{STYLE}</style>'
            f'<svg viewBox="{self.box}" role="group" aria-label="{self.alt}">'
            f"</svg><noscript><p>{self.alt}.</p></noscript>"
            f'<script type="application/json">{data}</script>'
            f"<script>(function(){{{scripts}}})()</script></div>"
        )


def rounded(array, digits=3):
    """The numbers of an array as a list, short."""
    return [round(float(value), digits) for value in array.ravel()]


def packed(params):
    """Parameters as bytes, each array with a scale of its own, for a small script."""
    arrays = [array for pair in params.values() for array in pair]
    scales = [
        float(np.max(np.abs(array))) / 127 or 1.0 for array in arrays
    ]
    small = [
        np.round(array / scale).astype(np.int8)
        for array, scale in zip(arrays, scales)
    ]
    data = b"".join(array.tobytes() for array in small)
    return {
        "weights": base64.b64encode(data).decode(),
        "scales": [float(f"{scale:.6g}") for scale in scales],
        "n": [
            params[1][0].shape[1],
            *(len(b) for _, b in params.values()),
        ],
    }
