"""The API: cases are taken in, followed, listed, exported, deleted; what is wrong is refused in one line."""

import io
import sqlite3
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from PIL import Image

from geoagent.case.prediction import Prediction
from geoagent.case.summary import CENTRE, summary
from geoagent.case.trace import TraceFile
from tests.browser import CHROMIUM
from tests.serve.conftest import Served
from tests.serve.pictures import picture
from tests.waiting import wait_until

SIGNS = picture("Calle del Molino 8, 50003 Zaragoza", "www.mueblesebrolino.es", size=(900, 400))


@pytest.fixture(scope="module")
def solved(service: Served) -> str:
    case = service.solve(SIGNS, hint="somewhere in Europe")
    assert case["status"] == "done"
    return str(case["id"])


def test_a_case_is_solved_and_shown(service: Served, solved: str) -> None:
    case = service.client.get(f"/api/cases/{solved}").json()
    assert case["where"].endswith("Spain")
    assert case["prediction"]["levels"][0]["code"] == "ES"
    assert case["photos"] == ["street 1.png"]
    assert case["lead"] == str(summary(Prediction.model_validate(case["prediction"]))) != ""
    assert case["meaning"] == CENTRE
    assert (case["links"][0]["name"], case["position"]) == ("OpenStreetMap", "")
    assert case["suggested"][:2] == ["How sure are you?", "Why?"]
    point = case["prediction"]["point"]
    assert (case["point"], case["radius_km"]) == (point, case["prediction"]["radius_km_90"])
    assert service.client.get("/api/cases", params={"ids": f"{solved},0123456789abcdef"}).json()[0]["point"] == point
    assert solved in [c["id"] for c in service.client.get("/api/cases").json()]


def test_its_events_tell_every_node_and_go_on_from_any_of_them(service: Served, solved: str) -> None:
    events = service.events(solved)
    kinds = [kind for _, kind, _ in events]
    assert kinds[0] == "opened" and kinds[-1] == "done"
    nodes = [data["node"] for _, kind, data in events if kind == "node"]
    assert nodes[:2] == ["perceive", "propose"] and nodes[-2:] == ["verify", "conclude"]
    drawn = [[region["share"] for region in data["regions"]] for _, kind, data in events if kind == "node"]
    assert all(shares in ([], [0.9], [0.9, 0.5]) for shares in drawn) and drawn[-1]
    assert service.events(solved, after=events[1][0]) == events[2:]
    assert service.events(solved, after=events[-1][0]) == []


def test_the_trace_is_whole_and_names_no_folder_of_this_machine(service: Served, solved: str) -> None:
    text = service.client.get(f"/api/cases/{solved}/trace").text
    file = TraceFile.model_validate_json(text)
    assert [ref.path for ref in file.photos] == ["street 1.png"]
    assert str(service.folder) not in text
    assert service.client.get(f"/api/cases/{solved}/photos/1").content[:2] == b"\xff\xd8"


@pytest.mark.parametrize(
    ("kind", "media", "holds"),
    [
        ("report", "text/html", "<h1"),
        ("markdown", "text/markdown", "# "),
        ("geojson", "application/geo+json", "Feature"),
        ("kml", "application/vnd.google-earth.kml+xml", "<Placemark>"),
        ("gpx", "application/gpx+xml", "<wpt"),
        ("csv", "text/csv", "street 1.png,yes"),
        pytest.param("pdf", "application/pdf", "%PDF-", marks=pytest.mark.skipif(not CHROMIUM, reason="no browser")),
    ],
)
def test_the_answer_can_be_taken_away(service: Served, solved: str, kind: str, media: str, holds: str) -> None:
    answer = service.client.get(f"/api/cases/{solved}/{kind}", timeout=90)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith(media)
    assert holds in answer.text and str(service.folder) not in answer.text


@pytest.mark.slow
def test_the_same_key_gives_the_same_case(service: Served) -> None:
    first = service.post(headers={"Idempotency-Key": "one"})
    again = service.post(headers={"Idempotency-Key": "one"})
    other = service.post(headers={"Idempotency-Key": "one"}, hint="Spain")
    assert (first.status_code, again.status_code, other.status_code) == (202, 200, 409)
    assert first.json()["id"] == again.json()["id"]
    service.wait(first.json()["id"])


@pytest.mark.slow
def test_a_deleted_case_leaves_nothing(service: Served) -> None:
    case = service.solve(picture("SYSTEMBOLAGET"), hint="Sweden, behind the old lighthouse")["id"]
    assert service.client.delete(f"/api/cases/{case}").status_code == 204
    for path in ("", "/events", "/trace", "/photos/1"):
        assert service.client.get(f"/api/cases/{case}{path}").status_code == 404
    assert service.client.delete(f"/api/cases/{case}").status_code == 404
    service.solve()  # by then the solver has seen that the other one is gone
    assert not (service.folder / case).exists()
    kept = sqlite3.connect(service.folder / "cases.sqlite")
    tables = ("cases", "events", "remarks", "deleted")
    assert not [t for t in tables if any(case in map(str, row) for row in kept.execute(f"SELECT * FROM {t}"))]
    kept.close()
    files = [path for path in service.folder.rglob("*") if path.is_file()]
    assert [path.name for path in files if b"lighthouse" in path.read_bytes()] == []


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "street 1.png: an empty file; copy it again"),
        (b"<html>", "street 1.png: not a picture; JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF and BMP are read"),
        (picture(size=(20, 20)), "street 1.png: 20 × 20 pixels; too small to tell anything from"),
        (picture(size=(20_000, 6_000)), "street 1.png: 20000 × 6000 pixels"),
    ],
)
def test_what_is_no_photo_is_refused_at_once(service: Served, data: bytes, says: str) -> None:
    answer = service.post(data)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(says)


def test_a_damaged_photo_fails_and_says_so(service: Served) -> None:
    case = service.solve(SIGNS[: len(SIGNS) // 2])
    assert case["status"] == "failed"
    assert case["fault"] == "street 1.png: a damaged or incomplete picture; copy it again, or save it anew"
    assert service.events(case["id"])[-1][1:] == ("failed", {"fault": case["fault"]})
    assert service.client.get(f"/api/cases/{case['id']}/trace").status_code == 409


def test_what_is_too_large_or_too_much_is_refused(service: Served) -> None:
    assert service.client.post("/api/cases", content=b"x" * 65_000_000).status_code == 413
    assert service.post(*[picture()] * 9).status_code in (400, 422)
    assert service.post(hint="x" * 2001).status_code == 422
    assert service.post(reasoner="model").json()["detail"].startswith("reasoner: this service has no model server")


@pytest.mark.slow
def test_a_full_queue_says_when_to_come_again(serve: Callable[..., Served], tmp_path: Path) -> None:
    service = serve(tmp_path / "data", "--max-open", "1")
    answers = [service.post(hint=str(number)) for number in range(3)]
    assert [answer.status_code for answer in answers][-1] == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert service.wait(answers[0].json()["id"])["status"] == "done"
    assert service.post().status_code == 202


def test_only_this_machine_and_this_origin_are_answered(service: Served) -> None:
    elsewhere = service.client.get("/api/cases", headers={"Host": "photos.example:80"})
    assert elsewhere.status_code == 421
    foreign = service.client.delete("/api/cases/0123456789abcdef", headers={"Origin": "http://photos.example"})
    assert foreign.status_code == 403
    assert "default-src 'self'" in service.client.get("/").headers["Content-Security-Policy"]


@pytest.mark.parametrize(("name", "value", "status"), [("Host", "[::1", 421), ("Origin", "http://[::1", 403)])
def test_a_malformed_address_is_refused(service: Served, name: str, value: str, status: int) -> None:
    answer = service.client.delete("/api/cases/0123456789abcdef", headers={name: value})
    assert answer.status_code == status


@pytest.mark.slow
def test_the_same_picture_twice_shifts_no_names(service: Served) -> None:
    case = service.solve(SIGNS, SIGNS, picture("SYSTEMBOLAGET", size=(500, 300)))["id"]
    names = ["street 1.png", "street 3.png"]
    trace = TraceFile.model_validate(service.client.get(f"/api/cases/{case}/trace").json())
    assert [ref.path for ref in trace.photos] == names
    opened = next(data for _, kind, data in service.events(case) if kind == "opened")
    assert [photo["name"] for photo in opened["photos"]] == names
    assert [photo["width"] for photo in opened["photos"]] == [ref.width for ref in trace.photos] == [900, 500]
    second = Image.open(io.BytesIO(service.client.get(f"/api/cases/{case}/photos/2").content))
    assert second.size == (500, 300)
    assert service.client.get(f"/api/cases/{case}/photos/3").status_code == 404


@pytest.mark.slow
def test_a_token_holds_at_once(serve: Callable[..., Served], tmp_path: Path) -> None:
    service = serve(tmp_path / "data")
    assert service.client.get("/api/session").json() == {"open": True}
    token = serve(tmp_path / "data", "token").url
    assert service.client.get("/api/session").json() == {"open": False}
    assert service.client.get("/api/cases").status_code == 401
    bearer = {"Authorization": f"Bearer {token}"}
    assert service.client.get("/api/cases", headers=bearer).status_code == 200
    (tmp_path / "data" / "token.sha256").unlink()
    assert service.client.get("/api/cases").status_code == 401


@pytest.mark.slow
def test_another_address_needs_a_token_which_is_kept_hashed(serve: Callable[..., Served], tmp_path: Path) -> None:
    folder = tmp_path / "data"
    refused = serve(folder, "--host", "0.0.0.0")
    assert "make a token first: geoagent serve token" in refused.refused()
    token = serve(folder, "token").url
    assert token not in "".join(path.read_text() for path in folder.glob("token*"))
    service = serve(folder, "--host", "127.0.0.1")
    assert service.client.get("/").status_code == 200
    assert service.client.get("/api/cases").status_code == 401
    assert service.client.get("/api/cases", headers={"Authorization": "Bearer x"}).status_code == 401
    assert service.client.get("/api/cases", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert service.client.post("/api/session", json={"token": "x"}).status_code == 401
    assert service.client.post("/api/session", json={"token": token}).status_code == 204
    assert service.client.get("/api/cases").status_code == 200
    assert "httponly" in _cookie(service, token).lower()


def _cookie(service: Served, token: str) -> str:
    return httpx.post(f"{service.url}/api/session", json={"token": token}, trust_env=False).headers["Set-Cookie"]


@pytest.mark.slow
def test_a_case_that_waits_is_cancelled_and_stays_so(service: Served) -> None:
    first, second = (service.post(picture(f"wait {n}")).json()["id"] for n in (1, 2))
    cancelled = service.client.post(f"/api/cases/{second}/cancel")
    assert cancelled.status_code == 200 and cancelled.json()["fault"] == "cancelled"
    assert service.client.post(f"/api/cases/{second}/cancel").status_code == 409
    assert service.wait(first)["status"] == "done"
    assert service.client.get(f"/api/cases/{second}").json()["status"] == "failed"
    assert service.events(second)[-1][1:] == ("failed", {"fault": "cancelled"})
    assert service.client.post("/api/cases/0123456789abcdef/cancel").status_code == 404


@pytest.mark.slow
def test_a_cancelled_case_is_solved_again_as_another(service: Served) -> None:
    first, second = (service.post(picture(f"again {n}"), hint="Europe").json()["id"] for n in (1, 2))
    service.client.post(f"/api/cases/{second}/cancel")
    made = service.client.post(f"/api/cases/{second}/again", json={})
    assert made.status_code == 202 and made.json()["id"] not in (first, second)
    solved = service.wait(made.json()["id"])
    assert (solved["status"], solved["hint"], solved["photos"]) == ("done", "Europe", ["street 1.png"])
    assert service.client.post("/api/cases/0123456789abcdef/again", json={}).status_code == 404


@pytest.mark.slow
def test_a_case_is_cancelled_while_its_text_is_read(service: Served) -> None:
    case = service.post(picture("SYSTEMBOLAGET", size=(6000, 4500))).json()["id"]
    said: list[str] = []

    def is_read() -> bool:
        said[:] = [str(data["words"]) for kind, data in service.told(case) if kind == "step"]
        return any("small text" in words for words in said)

    wait_until(is_read)
    service.client.post(f"/api/cases/{case}/cancel")
    assert service.solve(picture("next"))["status"] == "done"
    kinds = [kind for _, kind, _ in service.events(case)]
    assert kinds == ["opened", "failed"]


@pytest.mark.slow
def test_a_case_uses_the_position_in_its_file_only_where_it_may(service: Served) -> None:
    out = io.BytesIO()
    image = Image.open(io.BytesIO(picture("SYSTEMBOLAGET", size=(500, 300))))
    exif = image.getexif()
    exif.get_ifd(0x8825).update({1: "N", 2: (59.0, 51.0, 30.0), 3: "E", 4: (17.0, 38.0, 20.0)})
    image.convert("RGB").save(out, "JPEG", exif=exif)
    without, with_it = service.solve(out.getvalue()), service.solve(out.getvalue(), position="true")
    assert (without["switches"], with_it["switches"]) == ({}, {"position": True})
    again = service.client.post(f"/api/cases/{without['id']}/again", json={"position": True}).json()
    assert again["switches"] == {"position": True}
    undone = service.client.post(f"/api/cases/{with_it['id']}/again", json={"position": False}).json()
    assert undone["switches"] == {}
    assert service.wait(again["id"])["where"] == with_it["where"]
    assert "Uppsala" not in without["where"]
    assert with_it["where"].endswith("Uppsala, Sweden")
    assert "Uppsala, Uppsala" not in with_it["where"]
    assert service.client.get("/api/service").json()["switches"] == {"position": False}
    assert (
        service.post(network="true").json()["detail"] == "network: this service does not use it; it was started without"
    )
    assert service.post(picture("off is no wish"), gallery="false").json()["switches"] == {}


def test_what_the_map_draws_is_told(service: Served, solved: str) -> None:
    shown = service.client.get(f"/api/cases/{solved}/map").json()
    assert [region["share"] for region in shown["regions"]] == [0.9]  # that of half would look the same
    assert {mark["kind"] for mark in shown["marks"]} <= {"tested", "rival"}
    assert any(town["name"] == "Zaragoza" for town in shown["towns"])
    nothing = service.solve(picture(size=(300, 200)))["id"]
    assert service.client.get(f"/api/cases/{nothing}/map").json()["regions"] == []
