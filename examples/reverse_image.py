"""From a reverse image search to a page to a place on the map, with a service that the user has named for it.

Stand-ins on loopback answer, so that the example runs anywhere: a scripted model, and one server for Google Cloud
Vision and for the web. What they say is made up. With a key in GEOAGENT_GOOGLE_VISION_KEY the real ones are asked by
`geoagent solve photo.jpg --vlm URL --online --reverse-image google_vision`, and the photo is sent to Google.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from geoagent import GeoAgent
from geoagent.report.terminal import render
from geoagent.settings import read_settings
from geoagent.testing.scripted_model import ScriptedModel, action, look
from geoagent.web.transport import Network, connect

PAGES = [
    ("http://harbour.example/kotor", "The old harbour wall of <b>Kotor</b>, Montenegro"),
    ("https://travels.example/2019/bay", "Three days in Kotor"),
    ("https://walls.example/adriatic", "Town walls on the Adriatic: Kotor and Dubrovnik"),
]
VISION = {
    "responses": [
        {
            "webDetection": {
                "pagesWithMatchingImages": [
                    {"url": url, "pageTitle": title, "partialMatchingImages": [{"url": f"{url}.jpg"}]}
                    for url, title in PAGES
                ]
            }
        }
    ]
}
PAGE = (
    "Kotor, Montenegro. The harbour wall in the photo stands at 42.4240, 18.7690, beside the sea gate of the old town."
)


class StandIn(BaseHTTPRequestHandler):
    """Answers a POST as Google Cloud Vision does, and a GET with a page."""

    def do_POST(self) -> None:
        """Pages that show the photo."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(json.dumps(VISION), "application/json")

    def do_GET(self) -> None:
        """A page."""
        self.answer(PAGE, "text/plain; charset=utf-8")

    def answer(self, text: str, content_type: str) -> None:
        """Send a text."""
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


script = [
    look({"country": "Croatia", "probability": 0.4}, {"country": "Montenegro", "probability": 0.2}, elsewhere=0.4),
    action("reverse_image_search", thought="such a wall is in many albums", view=1),
    action("read_page", thought="what that page says", address="http://harbour.example/kotor", looking_for="wall"),
    action("whats_at", thought="where that is on the map", lat=42.424, lon=18.769),
    action("conclude", claims=[]),
]
server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
threading.Thread(target=server.serve_forever, daemon=True).start()
port = server.server_address[1]
web = Network(lambda host, port: ["93.184.216.34"], lambda address, _, timeout_s: connect("127.0.0.1", port, timeout_s))

with ScriptedModel(script) as model:
    named = {"reverse_image": "google_vision", "keys": {"google_vision": "no-real-key"}, "online": True}
    vision = {"google_vision": f"http://127.0.0.1:{port}/v1"}
    agent = GeoAgent(read_settings({"vlm": model.url, "services": vision, **named}), network=web)
    file = agent.trace(Path(__file__).parent / "photos" / "nowhere_plain.jpg")
server.shutdown()

print(render(file))
for call in file.trace.calls:
    for entry in (call.data or {}).get("wire", []):
        if "sent" in entry:
            print(f"left this machine: {entry['sent']}, to {entry['provider']}")
