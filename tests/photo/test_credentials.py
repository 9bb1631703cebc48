"""Content credentials: read, told, and never believed for a place. A certificate of ours signs small pictures."""

import datetime
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from geoagent import GeoAgent
from geoagent.belief import Beliefs
from geoagent.case.views import Credentials, FileFacts
from geoagent.photo import load_photo
from geoagent.photo.credentials import UNREAD, read_credentials
from geoagent.privacy.disclosure import disclose
from geoagent.report.file_facts import INSTALL, credentials_in_words, file_facts
from geoagent.report.html import as_html
from geoagent.report.markdown import as_markdown
from geoagent.report.terminal import render
from tests.report.made import made
from tests.tracer import Watched, needs_strace

CREATED = {
    "action": "c2pa.created",
    "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
}
PARIS = {
    "label": "stds.exif", "kind": "Json",
    "data": {
        "@context": {"exif": "http://ns.adobe.com/exif/1.0/"},
        "exif:GPSLatitude": "48,51.5N", "exif:GPSLongitude": "2,17.6E",
    },
}  # fmt: skip


def picture(seed: int = 0) -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((160, 120), 40 + seed).convert("RGB").save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def signed(photo: bytes, actions: Sequence[dict[str, str]] = (CREATED,), assertions: Sequence[Any] = ()) -> bytes:
    """The picture with credentials of a certificate that is made for this, by C2PA's own library."""
    c2pa = pytest.importorskip("c2pa")
    key, chain = certificates()
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    signer = c2pa.Signer.from_callback(
        lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())), c2pa.C2paSigningAlg.ES256, chain, None
    )
    told = [{"label": "c2pa.actions", "data": {"actions": list(actions)}}, *assertions]
    manifest = {"claim_generator_info": [{"name": "geoagent tests", "version": "1"}], "assertions": told}
    context = c2pa.Context.from_dict({"builder": {"thumbnail": {"enabled": False}}})
    out = io.BytesIO()
    c2pa.Builder(manifest, context=context).sign(signer, "image/jpeg", io.BytesIO(photo), out)
    return out.getvalue()


def certificates() -> tuple[Any, str]:
    """A key, and its certificate with that of the root that signed it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = datetime.datetime.now(datetime.UTC)
    root, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def name(text: str) -> x509.Name:
        parts = {NameOID.ORGANIZATION_NAME: "geoagent tests", NameOID.COMMON_NAME: text}
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts.items()])

    def certificate(text: str, of: Any, is_root: bool) -> x509.Certificate:
        uses = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
        more = ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
        granted = {"key_cert_sign", "crl_sign"} if is_root else {"digital_signature"}
        made = (
            x509.CertificateBuilder()
            .subject_name(name(text))
            .issuer_name(name("Root"))
            .public_key(of.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(is_root, None), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(of.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), False)
            .add_extension(x509.KeyUsage(**{use: use in granted for use in (*uses, *more)}), True)
        )
        if not is_root:
            made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
        return made.sign(root, hashes.SHA256())

    both = (certificate("Test photographer", key, False), certificate("Root", root, True))
    return key, b"".join(one.public_bytes(serialization.Encoding.PEM) for one in both).decode()


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("signed") / "photo.jpg"
    path.write_bytes(signed(picture(), (CREATED, {"action": "c2pa.cropped"}, {"action": "com.example.dream"}), [PARIS]))
    return path


def test_who_signed_and_what_was_done_is_read(photo: Path) -> None:
    found = read_credentials(photo, "image/jpeg")
    assert found is not None
    assert (found.outcome, found.signer, found.software) == (
        "holds",
        "Test photographer, geoagent tests",
        "geoagent tests 1",
    )
    assert found.actions == ("c2pa.created", "c2pa.cropped", "com.example.dream")
    assert found.faults == ()
    said = credentials_in_words(found)
    assert "signed by Test photographer, geoagent tests, at a time that no time stamp tells" in said
    assert "Edits that it tells: made, cropped, com.example.dream." in said


def test_a_picture_that_was_changed_after_it_was_signed_is_told_of(photo: Path, tmp_path: Path) -> None:
    data = bytearray(photo.read_bytes())
    data[-500] ^= 1
    (tmp_path / "changed.jpg").write_bytes(data)
    found = read_credentials(tmp_path / "changed.jpg", "image/jpeg")
    assert found is not None
    assert found.outcome == "broken"
    assert "assertion.dataHash.mismatch" in found.faults
    assert "does not hold" in credentials_in_words(found)


def test_no_credentials_are_none_and_damaged_ones_cost_the_photo_nothing(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "plain.jpg").write_bytes(picture())
    assert read_credentials(tmp_path / "plain.jpg", "image/jpeg") is None
    data = photo.read_bytes()
    at = data.index(b"jumb")
    (tmp_path / "damaged.jpg").write_bytes(data[: at + 60] + b"\xff" * 40 + data[at + 100 :])
    facts = load_photo(tmp_path / "damaged.jpg").ref.file
    assert facts is not None
    assert facts.credentials is None or facts.credentials.outcome != "holds"


def test_without_the_extra_it_is_said_what_to_install(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "c2pa", None)  # as where it is not installed
    assert read_credentials(photo, "image/jpeg") == UNREAD
    assert INSTALL in credentials_in_words(UNREAD)


def test_they_are_told_everywhere_and_their_place_is_no_evidence(
    photo: Path, agent: GeoAgent, beliefs: Beliefs
) -> None:
    file = agent.trace(photo)
    assert file.photos[0].has_position is False
    assert file.prediction.is_unknown
    assert "48,51.5" not in file.model_dump_json()
    for shown in (render(file), as_markdown(file, beliefs), as_html(file, [None], beliefs)):
        assert "Test photographer" in shown
    told = disclose(file, "country", beliefs)
    assert "Test photographer" not in told.model_dump_json()


def test_missing_metadata_and_common_tables_are_told_without_a_verdict() -> None:
    bare, full = FileFacts(), FileFacts(metadata=("EXIF", "XMP"), jpeg_quality=85)
    assert "holds no metadata" in " ".join(file_facts(bare))
    assert list(file_facts(full)) == [
        "The file holds EXIF and XMP.",
        "It is coded as common programs save a JPEG at quality 85, and some cameras too: it may have been saved again "
        "after it was taken.",
    ]
    assert list(file_facts(None)) == []


@pytest.mark.parametrize("quality", [30, 75, 92, 100])
def test_the_quality_of_a_jpeg_is_known_by_its_tables(quality: int, tmp_path: Path) -> None:
    Image.effect_noise((160, 120), 60).convert("RGB").save(tmp_path / "a.jpg", quality=quality)
    facts = load_photo(tmp_path / "a.jpg").ref.file
    assert facts is not None
    assert facts.jpeg_quality == quality
    own = [[7 + n % 5 for n in range(64)]] * 2
    Image.effect_noise((160, 120), 60).convert("RGB").save(tmp_path / "own.jpg", qtables=own)
    assert load_photo(tmp_path / "own.jpg").ref.file == FileFacts()


def test_an_older_trace_has_no_facts() -> None:
    ref = made().photos[0]
    assert ref.file is None
    assert json.loads(ref.model_dump_json())["file"] is None
    assert Credentials(outcome="holds").signer == ""


@pytest.mark.slow
def test_reading_them_asks_nobody(photo: Path, cache: Path, tmp_path: Path) -> None:
    needs_strace()
    watched = Watched(tmp_path, GEOAGENT_CACHE_DIR=str(cache))
    assert "Test photographer" in watched.geoagent(photo, "--quiet")
    assert watched.leaks(cache) == []
