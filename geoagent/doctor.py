"""What is installed, reachable and missing on this machine, and the command that mends each fault (`geoagent
doctor`).
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from geoagent.atlas.build import cache_name
from geoagent.errors import ConfigError, GeoAgentError
from geoagent.plain_text import printable
from geoagent.reasoners.vlm.vllm import find_vllm
from geoagent.secrets import Secrets
from geoagent.settings import Settings, read_settings_file, settings_file

if TYPE_CHECKING:
    import openai
    from packaging.requirements import Requirement

DISTRIBUTION = "geoagent-locate"
ATLAS_MB = 200
"""What building the atlas may take, for a while, in megabytes."""


class Finding(NamedTuple):
    """One thing that was checked: whether it is "ok", "broken", or missing and "optional", what it is, and what mends
    it.

    `mend` is a command or an advice, empty where there is nothing to do. `extra` names the extra of geoagent that asks
    for a package, "" where it is always needed; None for what is no package.
    """

    state: Literal["ok", "optional", "broken"]
    what: str
    mend: str = ""
    extra: str | None = None


def examine(settings: Settings) -> list[Finding]:
    """Check everything that solving a case needs, one finding for each thing; the model server is asked if the settings
    name one.
    """
    findings = [Finding("ok", f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}")]
    findings.append(check_settings_file(settings_file(os.environ)))
    findings += check_packages(requires(DISTRIBUTION) or [])
    findings += [_text_recognition(), _other_scripts(), *_cache(settings.cache), _gpu(), _vllm(), *_server(settings)]
    return findings


def first_thing(findings: Sequence[Finding]) -> str:
    """The one line that says what to do first: what is broken and how it is mended, or that all is ready."""
    broken = next((finding for finding in findings if finding.state == "broken"), None)
    if broken is None:
        return "Ready. Begin with: geoagent photo.jpg"
    return f"Mend this first: {broken.what}{f': {broken.mend}' if broken.mend else ''}"


def shortened(findings: Sequence[Finding]) -> list[Finding]:
    """The findings with all packages summed up in a line or two, except those that are broken; broken things come
    first.
    """
    packages = [finding for finding in findings if finding.extra is not None]
    fit = sum(finding.state == "ok" for finding in packages)
    lacking = dict.fromkeys(str(finding.extra) for finding in packages if finding.state == "optional")
    short = [finding for finding in findings if finding.extra is None or finding.state == "broken"]
    told = [Finding("ok", f"{fit} packages are installed and fit")] if fit else []
    if lacking:
        names = ", ".join(lacking)
        told.append(
            Finding(
                "optional", f"not all is installed for: {names}", f"pip install '{DISTRIBUTION}[{','.join(lacking)}]'"
            )
        )
    order = ("broken", "ok", "optional")
    return sorted([*told, *short], key=lambda finding: order.index(finding.state))


def check_settings_file(file: Path) -> Finding:
    """Whether the TOML file of settings is there, and whether others may read a key in it.

    Raises ConfigError where it cannot be read.
    """
    if not file.exists():
        return Finding("ok", f"settings from {file} (there is none)")
    if os.name == "posix" and file.stat().st_mode & 0o077 and read_settings_file(file).get("api_key"):
        return Finding(
            "optional", f"settings from {file}: it holds a key, and others may read it", f"chmod 600 '{file}'"
        )
    return Finding("ok", f"settings from {file}")


def check_packages(requirements: list[str]) -> list[Finding]:
    """Whether the packages of requirements are installed in fitting versions, one finding for each.

    Requirements are written like "h3<5,>=4.1" or "pyarrow>=17; extra == 'eval'"; those of tests, and those that do not
    hold on this machine, are left out.
    """
    from packaging.requirements import Requirement

    parsed = map(Requirement, requirements)
    wanted = [(requirement, extra) for requirement in parsed if (extra := _extra(requirement)) not in (None, "test")]
    return [_package(requirement, str(extra)) for requirement, extra in wanted]


def _extra(requirement: "Requirement") -> str | None:
    """The extra that asks for a package here: "" where it is always needed, None where nothing asks for it."""
    extras = ["", *(metadata(DISTRIBUTION).get_all("Provides-Extra") or [])]
    marker = requirement.marker
    return next((extra for extra in extras if marker is None or marker.evaluate({"extra": extra})), None)


def _package(requirement: "Requirement", extra: str) -> Finding:
    from packaging.version import InvalidVersion

    name, bounds = requirement.name, requirement.specifier
    missing: Literal["optional", "broken"] = "optional" if extra else "broken"
    mend = f"pip install '{DISTRIBUTION}[{extra}]'" if extra else f"pip install '{name}{bounds}'"
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding(missing, f"{name} is not installed{f' (only for {extra})' if extra else ''}", mend, extra)
    try:
        fits = bounds.contains(found, prereleases=True)
    except InvalidVersion:  # a package may call its version as it likes
        fits = False
    if fits:
        return Finding("ok", f"{name} {found}", extra=extra)
    return Finding("broken", f"{name} {found} does not fit {bounds}", f"pip install '{name}{bounds}'", extra)


def _text_recognition() -> Finding:
    """Reads a line of text that is drawn for it: what is installed may still lack a system library."""
    try:
        from PIL import Image, ImageDraw

        from geoagent.reading.ocr.recognition import recognise

        image = Image.new("RGB", (320, 80), "white")
        ImageDraw.Draw(image).text((20, 20), "LISBOA 1147", fill="black", font_size=36)
        began = time.monotonic()
        read = " ".join(line.text for line in recognise(image))
    except Exception as error:  # a broken installation fails in any way, often while it is imported
        mend = "pip install --force-reinstall rapidocr onnxruntime"
        if "libGL" in str(error) or "libgthread" in str(error):
            mend = "apt-get install libgl1 libglib2.0-0 (or the same of your system)"
        return Finding("broken", f"reading text fails: {printable(error)[:200]}", mend)
    if "1147" not in read:
        return Finding("broken", f"reading text fails: of LISBOA 1147 it read {read!r}", "pip install -U rapidocr")
    return Finding("ok", f"reading text works ({time.monotonic() - began:.1f} s with loading)")


def _other_scripts() -> Finding:
    """The scripts beside Latin, Chinese and Japanese whose text can be read."""
    from geoagent.reading.ocr.tesseract import MODELS, installed

    there = installed()
    missing = [next(name for name in MODELS[script] if len(name) == 3) for script in MODELS if script not in there]
    some = " ".join(f"tesseract-ocr-{language}" for language in missing[:3])
    mend = f"apt-get install {some}{' …' if len(missing) > 3 else ''} (or the same of your system)" if missing else ""
    if not there:
        mend = f"pip install '{DISTRIBUTION}[scripts]'; {mend}"
        return Finding("optional", "of scripts only Latin, Chinese and Japanese are read", mend)
    return Finding("ok", f"text is also read in {', '.join(script.title() for script in there)}", mend)


def _cache(cache: Path) -> list[Finding]:
    folder = cache / cache_name()
    there = next(parent for parent in (cache, *cache.absolute().parents) if parent.exists())
    free_mb = shutil.disk_usage(there).free // 1_000_000
    findings = []
    if folder.exists():
        findings.append(Finding("ok", f"atlas of places in {folder}"))
    else:
        findings.append(Finding("optional", "the atlas of places is not built yet; the first solve builds it"))
        if free_mb < ATLAS_MB:
            space = f"free {ATLAS_MB} MB there, or name another folder in GEOAGENT_CACHE_DIR"
            findings.append(Finding("broken", f"only {free_mb} MB are free in {there}", space))
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        findings.append(Finding("ok", f"cache folder {cache}, {free_mb / 1000:.1f} GB free"))
    else:
        state: Literal["optional", "broken"] = "optional" if folder.exists() else "broken"
        mend = "name a folder that can be written in GEOAGENT_CACHE_DIR"
        findings.append(Finding(state, f"the cache folder {cache} cannot be written", mend))
    return findings


def _gpu() -> Finding:
    query = ["nvidia-smi", "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        done = None
    if done is None or done.returncode or not done.stdout.strip():
        return Finding("optional", "no NVIDIA GPU was found; only a model of your own needs one")
    each = [f"{name}, {free.strip()} of {total.strip()} free" for name, total, free in _rows(done.stdout)]
    return Finding("ok", f"GPU: {'; '.join(each)}")


def _rows(table: str) -> list[tuple[str, str, str]]:
    rows = [line.split(",") for line in table.splitlines()]
    return [(row[0], row[1], row[2]) for row in rows if len(row) == 3]


def _vllm() -> Finding:
    try:
        return Finding("ok", f"vLLM in {find_vllm(None)[0]}")
    except ConfigError as error:
        return Finding("optional", f"{error.what} (only to serve a model of your own)", error.mend)


def _server(settings: Settings) -> list[Finding]:
    if not settings.vlm:
        nothing = "no model server is set; the embedded reasoner works alone (--vlm URL, or GEOAGENT_VLM)"
        return [Finding("optional", nothing)]
    from geoagent.reasoners.vlm.client import address, make_client, only_model, server_models

    client = make_client(settings.vlm, settings.api_key, 60.0)
    name = settings.model
    try:
        names = server_models(client.with_options(timeout=10.0, max_retries=0))
    except GeoAgentError as error:
        if name:  # a server may serve what it cannot list
            return [Finding("optional", str(error)), *_tried(client, name, settings.secrets())]
        return [Finding("broken", str(error), "start one, for example with: geoagent vlm serve MODEL")]
    served = ", ".join(names[:8])
    if name and names and name not in names:
        return [Finding("broken", f"{address(client)} does not serve {name}", f"it serves: {served}")]
    findings = [Finding("ok", f"{address(client)} serves {served or 'models that it does not list'}")]
    try:
        name = name or only_model(client)
    except GeoAgentError as error:
        return [*findings, Finding("broken", str(error), "name one with --model")]
    return [*findings, *_tried(client, name, settings.secrets())]


def _tried(client: "openai.OpenAI", model: str, secrets: Secrets) -> list[Finding]:
    """What the server is able to do, ability by ability, and one verdict."""
    from geoagent.reasoners.vlm.abilities import TRIAL_S, Ability, try_abilities, verdict
    from geoagent.reasoners.vlm.model_server import ModelServer

    abilities = list[Ability]()
    try:
        abilities += try_abilities(ModelServer(client, model, TRIAL_S, secrets))
    except GeoAgentError as error:
        return [Finding("broken", str(error), "geoagent vlm serve MODEL starts one that suits: docs/models.md")]
    findings = [Finding("ok" if one.there else "optional", one.found, one.mend) for one in abilities]
    usable, words = verdict(abilities)
    return [*findings, Finding("ok" if usable else "broken", words)]
