"""Opens the judges of chains: the embedded one, and one behind the model server of the settings."""

from typing import TYPE_CHECKING

from geoagent.eval.chains.georc_text import Protocol
from geoagent.settings import Settings

if TYPE_CHECKING:
    from geoagent.eval.chains.embedded_judge import EmbeddedJudge
    from geoagent.eval.chains.model_judge import ModelJudge


def embedded_judge(settings: Settings, keep_places: bool = False) -> "EmbeddedJudge":
    """The judge of chains that needs no model server.

    It masks place names unless `keep_places` is set. Raises ConfigError where its language model is not installed.
    """
    from geoagent.atlas import open_atlas
    from geoagent.eval.chains.embedded_judge import EmbeddedJudge
    from geoagent.eval.chains.masking import Masker
    from geoagent.eval.chains.minilm import open_minilm

    network = open_minilm()
    return EmbeddedJudge(network.embed, None if keep_places else Masker(open_atlas(settings.cache)))


def model_judge(settings: Settings, protocol: Protocol = "ours") -> "ModelJudge":
    """The judge of chains behind the model server of the settings; its answers are kept in the cache folder.

    By the `protocol` "georc" it is asked in GeoRC's words. Raises ConfigError where the server cannot be used or its
    model is not clear.
    """
    from geoagent.eval.chains.answer_cache import JudgeCache
    from geoagent.eval.chains.model_judge import ModelJudge
    from geoagent.reasoners.vlm.client import address, make_client, only_model
    from geoagent.reasoners.vlm.model_server import ModelServer

    client = make_client(settings.vlm or "", settings.api_key, settings.request_limit_s)
    model = settings.model or only_model(client, settings.timeout_s)
    server = ModelServer(client, model, settings.request_timeout_s, settings.secrets())
    return ModelJudge(server, address(client), JudgeCache(settings.cache / "judge.sqlite"), protocol)
