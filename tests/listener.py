"""A server on loopback that stands for LangSmith's: it keeps all that arrives."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class Listener:
    """`heard` holds the body of every request; `variables` is what points LangSmith's client to it."""

    def __init__(self) -> None:
        heard = self.heard = list[bytes]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(self.path.encode())
                self._answer()

            def do_POST(self) -> None:
                heard.append(self.rfile.read(int(self.headers["Content-Length"] or 0)))
                self._answer()

            do_PATCH = do_POST  # noqa: N815

            def _answer(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.variables = {
            "LANGSMITH_TRACING": "true", "LANGSMITH_TRACING_V2": "true", "LANGCHAIN_TRACING_V2": "true",
            "LANGSMITH_API_KEY": "planted", "LANGSMITH_ENDPOINT": f"http://127.0.0.1:{self._server.server_port}",
            "LANGSMITH_DISABLE_RUN_COMPRESSION": "true",
        }  # fmt: skip

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def text(self) -> str:
        return b"\n".join(self.heard).decode(errors="replace")
