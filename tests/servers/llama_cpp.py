"""Runs llama.cpp's own server in this process: python llama_cpp.py TEXT_MODEL VISION_PART_OR_NOTHING PORT SETTINGS.

SETTINGS is a JSON object with further parameters of the server. Runs in the environment that setup.sh makes, whose
xllamacpp is llama.cpp's server as a Python module.
"""

import json
import signal
import sys

import xllamacpp

model, vision_part, port, settings = sys.argv[1:]
parameters = xllamacpp.CommonParams()
parameters.model.path = model
parameters.mmproj.path = vision_part
parameters.model_alias = {"tiny"}
parameters.port = int(port)
parameters.n_parallel = 1
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1  # two wait for each other on a busy machine
for name, value in {"n_ctx": 32768, "endpoint_metrics": True, **json.loads(settings)}.items():
    setattr(parameters, name, value)
server = xllamacpp.Server(parameters)
signal.sigwait([signal.SIGINT, signal.SIGTERM])
