"""`geoagent vlm serve`: serves a vision-language model on your own machine with vLLM, for `geoagent solve --vlm`."""

import argparse
import logging
import os
from typing import TYPE_CHECKING, Any

from geoagent.errors import INTERRUPTED, OK

if TYPE_CHECKING:
    from geoagent.reasoners.vlm.vllm import Served

log = logging.getLogger(__name__)


def add(commands: Any) -> None:
    """Add the command `geoagent vlm` with its action `serve`, which starts a model server, to the command line.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    vlm = commands.add_parser("vlm", help="run a model server")
    serve = vlm.add_subparsers(required=True, metavar="ACTION").add_parser(
        "serve", usage="geoagent vlm serve MODEL [OPTIONS] [-- VLLM FLAGS…]", help="serve a model with vLLM",
        description="Serve a vision-language model with vLLM, as solve --vlm needs it, until Ctrl-C.",
    )  # fmt: skip
    serve.add_argument(
        "model", metavar="MODEL", help="a folder, or a name on its hub such as Qwen/Qwen2.5-VL-7B-Instruct"
    )
    serve.add_argument("--port", type=int, default=8000, metavar="N", help="port (8000)")
    serve.add_argument("--host", default="127.0.0.1", metavar="NAME", help="address to listen on (127.0.0.1)")
    serve.add_argument("--max-model-len", type=int, metavar="N", help="context in tokens (32768)")
    serve.add_argument("--python", metavar="PATH", help="the interpreter of the environment that has vLLM")
    serve.add_argument("--download", action="store_true", help="fetch the model where it is not on this disk")
    serve.add_argument("--verbose", action="store_true", help="show what vLLM logs")
    serve.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent vlm serve`: start vLLM with the model and wait until Ctrl-C.

    The exit code is 0 if the model was served, 130 if it was stopped before. Raises ConfigError where vLLM cannot be
    started, ModelError where it ends by itself.
    """
    from geoagent.reasoners.vlm.vllm import CONTEXT, Serving, serve

    wanted = Serving(
        options.model, python=options.python, host=options.host, port=options.port, flags=options.flags,
        context=CONTEXT if options.max_model_len is None else options.max_model_len,
        api_key=os.environ.get("GEOAGENT_API_KEY"), download=options.download,
    )  # fmt: skip
    served = serve(wanted, _ready, options.verbose)
    return OK if served else INTERRUPTED


def _ready(server: "Served") -> None:
    print(f"{server.model}: geoagent solve photo.jpg --vlm {server.url}", flush=True)
    log.info(f"ready after {server.seconds:.0f} s; Ctrl-C stops it")
