"""Matplotlib's SVG, whose plt.show() shows the figures of the running cell at once."""

from kernel import Kernel
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_svg import FigureCanvasSVG


class FigureManager(FigureManagerBase):
    @classmethod
    def pyplot_show(cls, *, block=None):
        Kernel.running.figures()


class FigureCanvas(FigureCanvasSVG):
    manager_class = FigureManager
