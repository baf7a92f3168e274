"""A predictor without a model, for tests of what stands in front of one. It takes the flags of
`python -m museline_serving.predictor`."""

from __future__ import annotations

import argparse
import json
import random
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def handler(version: str, error_share: float) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self) -> None:
            self._answer(200, {"ready": True})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            if random.random() < error_share:
                self._answer(500, {"error": {"message": "broken"}})
            else:
                self._answer(200, {"choices": [{"message": {"role": "assistant", "content": "4"}}]})

        def _answer(self, status: int, content: object) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.send_header("x-museline-version", version)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--version", default="tiny")
    parser.add_argument("--fault", default="errors=0")
    for ignored in ("--model-folder", "--public-key", "--model-name", "--host"):
        parser.add_argument(ignored)
    options = parser.parse_args()
    share = float(options.fault.removeprefix("errors="))
    server = Server(("127.0.0.1", options.port), handler(options.version, share))
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
