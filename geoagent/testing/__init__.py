"""For tests of agents: a scripted model and a small map, as real HTTP servers on this machine's loopback address."""

from geoagent.testing.map_server import MapPlace, MapServer
from geoagent.testing.scripted_model import Failure, LoopbackServer, NativeCall, ScriptedModel, action, look, said

__all__ = [
    "Failure", "LoopbackServer", "MapPlace", "MapServer", "NativeCall", "ScriptedModel", "action", "look", "said",
]  # fmt: skip
