"""Serve a folder as a static host does: compressed, with cache headers and a page for 404.

python -m book.serve [folder [port]]
"""

import gzip
import re
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMPRESSED = {".html", ".css", ".js", ".json", ".mjs", ".svg", ".txt", ".wasm", ".xml"}


class StaticHost(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".woff2": "font/woff2",
    }

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.partition("?")[0].endswith("/"):
            path /= "index.html"
        if path.is_file():
            return self.answer(200, path)
        missing = Path(self.directory, "404.html")
        return self.answer(404, missing) if missing.is_file() else self.send_error(404)

    do_HEAD = do_GET

    def answer(self, status, path):
        kind, content = self.guess_type(path), path.read_bytes()
        self.send_response(status)
        self.send_header("Content-Type", kind + "; charset=utf-8" * kind.startswith("text/"))
        if path.suffix in COMPRESSED and "gzip" in self.headers.get("Accept-Encoding", ""):
            content = gzip.compress(content, 6, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        versioned = re.search(r"\?v=|\.woff2$|/_static/(live|python)-", self.path)
        self.send_header("Cache-Control", f"max-age={31536000 if versioned else 600}")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


def host(folder, port=0):
    """A server on this machine only; port 0 takes a free one."""
    return ThreadingHTTPServer(("127.0.0.1", port), partial(StaticHost, directory=str(folder)))


if __name__ == "__main__":
    folder, port = [*sys.argv[1:], *("_build/html", "8000")[len(sys.argv) - 1 :]]
    with host(folder, int(port)) as server:
        print(f"Serving on http://localhost:{port}, until Ctrl-C", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
