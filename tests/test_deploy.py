"""The manifests of Kubernetes and the example for SLURM: valid, and they fit the image and the commands."""

import re
import shlex
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from geoagent.cli.main import parser
from geoagent.cli.serve import PORT
from geoagent.reasoners.vlm.vllm import Serving, _arguments
from tests.lock import ROOT
from tests.test_containers import _value, given, service

KUBERNETES = "1.33"
OBJECTS: list[dict[str, Any]] = list(yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text()))
SLURM = (ROOT / "deploy" / "vllm.slurm").read_text()


def named(kind: str, name: str) -> dict[str, Any]:
    (found,) = [item for item in OBJECTS if (item["kind"], item["metadata"]["name"]) == (kind, name)]
    return found


def pod(item: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = item["spec"]["template"]["spec"]
    return found


@pytest.mark.parametrize("item", OBJECTS, ids=lambda item: f"{item['kind']} {item['metadata']['name']}")
def test_each_object_fits_the_schema_of_kubernetes(item: dict[str, Any]) -> None:
    schemas = pytest.importorskip("kubernetes_validate")
    schemas.validate(item, KUBERNETES, strict=True)


def test_the_services_are_those_of_the_image() -> None:
    (container,) = pod(named("Deployment", "geoagent"))["containers"]
    assert container["ports"] == [{"name": "http", "containerPort": PORT}]
    assert [mount["mountPath"] for mount in container["volumeMounts"]] == [*given("VOLUME"), "/tmp"]
    user = pod(named("Deployment", "geoagent"))["securityContext"]
    assert given("USER") == [f"{user['runAsUser']}:{user['runAsGroup']}"]
    assert container["image"] == service("page")["image"]


def test_what_points_at_a_pod_finds_it() -> None:
    pods = [item["spec"]["template"]["metadata"]["labels"] for item in OBJECTS if "template" in item["spec"]]
    for item in OBJECTS:
        if item["kind"] == "Service":
            assert item["spec"]["selector"] in pods
            assert item["metadata"]["name"] in ("geoagent", "geoagent-postgres")
    rule = named("NetworkPolicy", "geoagent-postgres")["spec"]
    assert rule["podSelector"]["matchLabels"] in pods
    assert rule["ingress"][0]["from"][0]["podSelector"]["matchLabels"] in pods
    (postgres,) = pod(named("StatefulSet", "geoagent-postgres"))["containers"]
    assert postgres["image"] == service("postgres")["image"]


def test_no_container_has_rights_or_a_key_in_the_file() -> None:
    for item in (named("Deployment", "geoagent"), named("StatefulSet", "geoagent-postgres")):
        assert pod(item)["securityContext"]["runAsNonRoot"]
        assert not pod(item)["automountServiceAccountToken"]
        (container,) = pod(item)["containers"]
        assert not container["securityContext"]["allowPrivilegeEscalation"]
    assert "Secret" not in {item["kind"] for item in OBJECTS}


def test_the_example_for_slurm_is_a_script_with_flags_of_vlm_serve() -> None:
    bash = shutil.which("bash")
    assert bash
    subprocess.run([bash, "-n", str(ROOT / "deploy" / "vllm.slurm")], check=True)
    wanted = _arguments(Serving("model"))
    ours = dict(zip(wanted, [*wanted[1:], ""], strict=True))
    flat = SLURM.replace('\\"', '"')
    for flag in ("--max-model-len", "--limit-mm-per-prompt", "--structured-outputs-config", "--generation-config"):
        said = re.search(rf'{flag} (?:"(\{{.*\}})"|(\S+))', flat)
        assert said, flag
        assert _value(said[1] or said[2]) == _value(ours[flag]), flag
    commands = re.findall(r"^  geoagent (.*)$", SLURM, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        options = parser().parse_args(shlex.split(re.sub(r"\$\(\(.*?\)\)", "256", command)))
        assert (options.engine, options.workers) == ("ray", 256)
