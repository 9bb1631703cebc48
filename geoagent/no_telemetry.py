"""Loads libraries that otherwise report home, or write beside the user's files, so that they do not.

Nothing else imports them (ruff forbids it), so it does not matter which way geoagent is entered.
"""

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_LOADING = threading.Lock()
LEAST_STORE_BYTES = 80_000_000
"""What Ray needs at least for objects that processes share; only samples and results go through it."""


def load_onnxruntime() -> Any:
    """The module onnxruntime, loaded so that it reports nothing and keeps no device id.

    From 1.32 on it reports its use to Microsoft unless an environment variable says otherwise while it is loaded. That
    variable is set for this moment alone: what the program starts later is left as it was.
    """
    with _environment(ORT_DISABLE_TELEMETRY="1"):
        import onnxruntime  # noqa: TID251
    onnxruntime.disable_telemetry_events()  # another part of the program may have loaded it before, with them
    return onnxruntime


def load_rapidocr() -> Any:
    """The module rapidocr, which recognises text, loaded after onnxruntime so that this reports nothing."""
    load_onnxruntime()
    import rapidocr  # noqa: TID251

    return rapidocr


def load_matplotlib() -> Any:
    """The module matplotlib, loaded so that it writes no list of fonts into the user's home folder.

    The system is asked for none of its fonts, since it would write a list of its own. Raises ImportError where
    matplotlib is not installed.
    """
    with TemporaryDirectory() as folder, _environment(MPLCONFIGDIR=folder, FONTCONFIG_FILE=f"{folder}/none.conf"):
        Path(folder, "none.conf").write_text(f"<fontconfig><cachedir>{folder}</cachedir></fontconfig>")
        import matplotlib  # noqa: TID251
        import matplotlib.figure  # noqa: TID251
    return matplotlib


def load_hub() -> Any:
    """The module huggingface_hub, for a download that was asked for: the hub hears nothing about this machine.

    Its faster way is off, since that keeps logs and a cache in the user's cache folder. Raises ImportError where it is
    not installed.
    """
    import huggingface_hub  # noqa: TID251
    from huggingface_hub import constants  # noqa: TID251
    from huggingface_hub.utils import logging  # noqa: TID251

    constants.HF_HUB_DISABLE_TELEMETRY = constants.HF_HUB_DISABLE_XET = True
    logging.set_verbosity_error()  # what it warns of at every retry is told once, at the end
    return huggingface_hub


def load_transformers() -> Any:
    """The module transformers, quiet: its warnings and progress bars are for those who train with it.

    It asks no hub by itself; who loads a model says `local_files_only`. Raises ImportError where it or PyTorch is not
    installed.
    """
    import torch  # noqa: F401  # without it transformers loads, and fails later
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    return transformers


def start_ray(address: str | None, folder: str) -> Any:
    """The module ray, connected to the cluster at an address, or to one of this machine that ends with this process.

    A cluster that is started here reports nothing to Ray's makers, keeps its files in `folder`, and answers only who
    has the token that is drawn for it; it would write one into the user's home folder. Raises ImportError where Ray is
    not installed, and ConnectionError where no cluster answers.
    """
    own = {} if address else {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    with _environment(RAY_USAGE_STATS_ENABLED="0", **own):  # Ray reads them while it is loaded
        import ray  # noqa: TID251

        here = {"include_dashboard": False, "object_store_memory": LEAST_STORE_BYTES, "_temp_dir": folder}
        ray.init(address=address or "local", log_to_driver=False, configure_logging=False, **({} if address else here))
    return ray


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    """Environment variables for a while, one user at a time."""
    with _LOADING:
        before = {name: os.environ.get(name) for name in values}
        os.environ.update(values)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
