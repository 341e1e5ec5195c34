"""What runs first in the worker: where the book lies, what a page lacks, and a kernel."""

import json
import logging
import os
import sys
import types
import warnings


def start(tell):
    """A kernel; `tell(kind, JSON)` sends its messages to the page."""
    os.chdir("/book/chapters")
    sys.path[:0] = ["/book/chapters", "/book"]
    os.environ["MPLBACKEND"] = "module://figure_backend"
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it says that it starts
    warnings.filterwarnings("ignore", "tqdm:disabling monitor")  # a thread, which there is none of
    # The chapters ask a notebook for SVG; the kernel draws nothing else.
    inline = types.ModuleType("matplotlib_inline.backend_inline")
    inline.set_matplotlib_formats = lambda *formats, **options: None
    sys.modules["matplotlib_inline"] = types.ModuleType("matplotlib_inline")
    sys.modules["matplotlib_inline.backend_inline"] = inline
    from kernel import Kernel

    return Kernel(lambda kind, content: tell(kind, json.dumps(content)))
