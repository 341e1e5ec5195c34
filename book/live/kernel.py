"""Runs cells as a Jupyter kernel does, and tells what they print, draw, return and raise.

`tell(kind, content)` gets what Jupyter calls the messages of a cell: stream, display_data,
execute_result and error. Nothing here knows of a browser, so a test can run it in any Python.
"""

import ast
import builtins
import io
import linecache
import sys
import time
import traceback

PAUSE = 0.1  # seconds between two messages of one stream
LONGEST = 100_000  # characters that one cell prints


class Stream(io.TextIOBase):
    def __init__(self, name, tell):
        self.name, self.tell, self.parts, self.last, self.left = name, tell, [], 0, LONGEST

    def writable(self):
        return True

    def write(self, text):
        if self.left > 0:
            self.parts.append(text[: self.left])
            if len(text) > self.left:
                self.parts.append(f"\n... what comes after {LONGEST} characters is left out\n")
            self.left -= len(text)
        if time.monotonic() - self.last > PAUSE:
            self.flush()
        return len(text)

    def flush(self):
        text, self.parts, self.last = "".join(self.parts), [], time.monotonic()
        if text:
            self.tell("stream", {"name": self.name, "text": text})


class Kernel:
    def __init__(self, tell):
        self.tell, self.count, self.names = tell, 0, {"__name__": "__main__"}
        self.streams = Stream("stdout", tell), Stream("stderr", tell)

    def run(self, source, title=None):
        """Whether the cell ran to its end."""
        Kernel.running = self
        self.count += 1
        file = f"<{title or f'cell {self.count}'}>"
        linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
        before = sys.stdout, sys.stderr, builtins.input
        sys.stdout, sys.stderr = self.streams
        builtins.input = no_input
        for stream in self.streams:
            stream.left = LONGEST
        try:
            self.execute(source, file)
            self.figures()
            return True
        except BaseException as error:  # also KeyboardInterrupt and SystemExit
            self.message("error", describe(error))
            return False
        finally:
            self.flush()
            sys.stdout, sys.stderr, builtins.input = before
            if "matplotlib.pyplot" in sys.modules:  # a cell that went wrong leaves its figures
                sys.modules["matplotlib.pyplot"].close("all")

    def execute(self, source, file):
        if source.startswith("%load_ext "):  # there are no others
            return
        if source.startswith("%%texecute"):
            from texecute.magic import magic

            line, _, formulas = source.removeprefix("%%texecute").partition("\n")
            return self.result(magic(line, formulas))
        body = ast.parse(source, file).body
        shows = body and isinstance(body[-1], ast.Expr) and not source.rstrip().endswith(";")
        last = body.pop() if shows else None
        exec(compile(ast.Module(body, []), file, "exec"), self.names)
        if last:
            self.result(eval(compile(ast.Expression(last.value), file, "eval"), self.names))

    def result(self, value):
        if value is None:
            return
        data = {"text/plain": repr(value)}
        if hasattr(value, "_repr_html_"):
            data["text/html"] = value._repr_html_()
        self.message("execute_result", {"data": data})

    def figures(self):
        """Show and close what pyplot has open: at the end of a cell, and for plt.show()."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        for number in pyplot.get_fignums() if pyplot else ():
            figure, file = pyplot.figure(number), io.StringIO()
            figure.savefig(file, format="svg", metadata={"Date": None})
            data = {"image/svg+xml": file.getvalue(), "text/plain": repr(figure)}
            self.message("display_data", {"data": data})
            pyplot.close(figure)

    def message(self, kind, content):
        self.flush()
        self.tell(kind, content)

    def flush(self):
        for stream in self.streams:
            stream.flush()


def no_input(prompt=""):
    raise RuntimeError("a page has no keyboard for input(): write the value into the cell instead")


def describe(error):
    """An error for a reader: the lines of the cells that led to it, and what it says."""
    if isinstance(error, KeyboardInterrupt):
        return {"ename": "KeyboardInterrupt", "evalue": "", "traceback": ["Stopped."]}
    told = traceback.TracebackException.from_exception(error)
    inside = [frame for frame in told.stack if frame.filename != __file__]
    here = [frame for frame in inside if frame.filename.startswith("<")]
    told.stack[:] = here + (inside[-1:] if inside and inside[-1] not in here else [])
    lines = "".join(told.format(chain=False)).rstrip().split("\n")
    if isinstance(error, ModuleNotFoundError):
        lines.append(
            f"This page has NumPy, Matplotlib, tqdm and the book's own modules, and no {error.name}."
        )
    return {"ename": type(error).__name__, "evalue": str(error), "traceback": lines}
