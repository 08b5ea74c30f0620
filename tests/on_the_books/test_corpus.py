import hashlib
import logging
import os
import threading
from pathlib import Path

import pandas as pd
import pytest

from hub_server import Answer, WebServer
from laws import content_digest, read_csv
from mirage.data import network, sources
from mirage.data.declaration import MADE
from mirage.data.options import DataOptions
from mirage.data.sources import Found, Unavailable, fetch
from mirage.errors import StudyError
from on_the_books.corpus import ON_THE_BOOKS
from on_the_books.declaration import DECLARATION, SHA256
from on_the_books.synthetic import corpus_csv

CSV = corpus_csv(120, 3)
COMMIT = "18f8ba7d6c0007c0c5a7388fef61790fdfa758a3"

# Read when the module is imported: the tests themselves run without the variable.
REAL = os.environ.get("ON_THE_BOOKS_CSV")
needs_real = pytest.mark.skipif(not REAL, reason="ON_THE_BOOKS_CSV is not set")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("ON_THE_BOOKS_CSV", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def csv_file(tmp_path):
    path = tmp_path / "laws.csv"
    path.write_bytes(CSV)
    return path


@pytest.fixture
def web():
    with WebServer() as server:
        yield server


@pytest.fixture
def no_hub(monkeypatch):
    def unreachable(options):
        raise Unavailable("the Hub is out of reach")

    monkeypatch.setattr(sources, "SOURCES", {**sources.SOURCES, "hub": unreachable})


def options(**values):
    return DataOptions.from_mapping({"content_sha256": None, **values}, ON_THE_BOOKS)


def failure(*args, **values):
    with pytest.raises(StudyError) as caught:
        fetch(options(*args, **values))
    return str(caught.value)


def test_defaults_are_the_study_as_published():
    built = DataOptions.from_mapping({}, ON_THE_BOOKS)
    assert (built.source, built.path, built.hub.repo, built.content_sha256) == (
        "auto", None, "biglam/on_the_books", SHA256,
    )  # fmt: skip
    assert f"/{COMMIT}/" in built.further["unc"].url


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        (
            {"sorce": "auto"},
            "data has the unknown key 'sorce'; the keys are source, columns, path, test_path, hub, content_sha256,",
        ),
        ({"hub": {"repository": "x"}}, "data.hub has the unknown key 'repository'; the keys are repo, revision, config, split"),
        ({"synthetic": 300}, "data.synthetic is 300; write a mapping of keys to values"),
        ({"source": "kaggle"}, "data.source is 'kaggle'; write one of auto, file, hub, unc, synthetic"),
        (
            {"unc": {"url": "file:///etc/hosts"}},
            "data.unc.url is 'file:///etc/hosts'; write an address that begins with https://",
        ),
        (
            {"content_sha256": "D965"},
            "data.content_sha256 is 'D965'; write 64 lower-case hex digits, or null to accept any rows",
        ),
    ],
)
def test_bad_options_are_told_in_one_line(mapping, expected):
    with pytest.raises(StudyError) as caught:
        DataOptions.from_mapping(mapping, ON_THE_BOOKS)
    assert expected in str(caught.value)


def test_configured_file_is_read_first_and_recorded(csv_file, caplog):
    caplog.set_level(logging.INFO)
    frame, provenance = fetch(options(path=str(csv_file), near_duplicate_threshold=0.6), attempt=2)
    assert frame.columns.tolist() == [*DECLARATION.table, *MADE]
    assert provenance == {
        "corpus": "custom",
        "origin": "local file laws.csv",
        "source": "file",
        "revision": f"sha256:{hashlib.sha256(CSV).hexdigest()}",
        "content_sha256": content_digest(read_csv(CSV, "")),
        "rows": 120,
        "positives": int(frame["label"].sum()),
        "licence": "not stated by the source",
        "near_duplicate_threshold": 0.6,
        "near_duplicate_unit": "word",
        "attempt": 2,
    }
    assert f"data: reading the local file {csv_file} (data.path)" in caplog.text


def test_environment_names_the_file_unless_the_configuration_does(csv_file, monkeypatch, tmp_path):
    monkeypatch.setenv("ON_THE_BOOKS_CSV", str(csv_file))
    assert fetch(options())[1]["origin"] == "local file laws.csv"
    other = tmp_path / "other.csv"
    other.write_bytes(CSV)
    assert fetch(options(path=str(other)))[1]["origin"] == "local file other.csv"


@pytest.mark.parametrize("source", ["auto", "file"])
@pytest.mark.parametrize("setting", ["data.path", "ON_THE_BOOKS_CSV"])
def test_configured_file_that_is_missing_is_never_passed_over(source, setting, monkeypatch, tmp_path):
    path = str(tmp_path / "gone.csv")
    monkeypatch.setenv("ON_THE_BOOKS_CSV", path if setting == "ON_THE_BOOKS_CSV" else "")
    text = failure(source=source, path=path if setting == "data.path" else None)
    assert text.startswith(f"{path}: no such file or directory; {setting} must name a csv file")


def test_configured_file_that_is_a_folder_or_bad_is_never_passed_over(tmp_path):
    assert f"{tmp_path}: is a directory; data.path must name a csv file" in failure(path=str(tmp_path))
    bad = tmp_path / "bad.csv"
    bad.write_bytes(CSV.replace(b",murray,1,", b",murray,5,", 1))
    assert "jim_crow is '5'; expected 0, no_jim_crow, 1 or jim_crow" in failure(path=str(bad))


def test_file_source_without_a_file_names_the_alternatives():
    assert failure(source="file") == (
        "data.source is file, but no local file is configured (neither data.path nor ON_THE_BOOKS_CSV is set); "
        "mend that, or set data.source to one of auto, hub, unc, synthetic"
    )


def test_other_explicit_sources_ignore_the_file(csv_file):
    provenance = fetch(options(source="synthetic", path=str(csv_file), synthetic={"rows": 130, "seed": 4}))[1]
    assert (provenance["source"], provenance["corpus"], provenance["rows"]) == ("synthetic", "synthetic", 130)
    assert provenance["origin"] == "synthetic corpus of 130 rows, seed 4"
    assert provenance["licence"] == "Apache-2.0, made by this project"


def test_unc_csv_is_downloaded_and_its_commit_recorded(web, no_hub, caplog):
    caplog.set_level(logging.INFO)
    url = web.put(f"/UNC/{COMMIT}/laws.csv", Answer(body=CSV))
    frame, provenance = fetch(options(unc={"url": url}))
    assert (provenance["source"], provenance["revision"]) == ("unc", COMMIT)
    assert provenance["origin"] == f"UNC Libraries' repository, {url}"
    assert len(frame) == 120
    lines = [record.getMessage() for record in caplog.records]
    assert lines[:3] == [
        "data: no local file is configured (neither data.path nor ON_THE_BOOKS_CSV is set)",
        "data: the Hub is out of reach",
        f"data: downloading {url}",
    ]


def test_every_source_gives_the_same_table(web, csv_file):
    url = web.put("/laws.csv", Answer(body=CSV.replace(b"\r\n", b"\n")))
    frames = [fetch(options(source="file", path=str(csv_file)))[0], fetch(options(source="unc", unc={"url": url}))[0]]
    pd.testing.assert_frame_equal(*frames)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(404), "HTTPError: HTTP Error 404: Not Found"),
        (Answer(503), "HTTPError: HTTP Error 503: Service Unavailable"),
        (
            Answer(body=CSV[:900], headers={"Content-Length": str(len(CSV))}),
            f"ValueError: broke off after 900 of {len(CSV):,} bytes",
        ),
    ],
)
def test_failed_download_is_told_with_its_reason_and_passed_over_in_auto(web, no_hub, caplog, answer, expected):
    caplog.set_level(logging.INFO)
    url = web.put("/laws.csv", answer)
    reason = f"{url} could not be downloaded ({expected})"
    assert failure(source="unc", unc={"url": url}) == (
        f"data.source is unc, but {reason}; mend that, or set data.source to one of auto, file, hub, synthetic"
    )
    provenance = fetch(options(unc={"url": url}, synthetic={"rows": 120}))[1]
    assert provenance["corpus"] == "synthetic"
    assert f"data: {reason}" in caplog.text


def test_closed_port_is_out_of_reach():
    with WebServer() as server:
        url = server.url + "/laws.csv"
    assert "ConnectionRefusedError" in failure(source="unc", unc={"url": url})


def test_download_that_is_too_large_is_refused(web, monkeypatch):
    monkeypatch.setattr(network, "_MAX_BYTES", 1000)
    url = web.put("/laws.csv", Answer(body=CSV))
    assert "could not be downloaded (ValueError: over 1,000 bytes)" in failure(source="unc", unc={"url": url})


def test_web_page_instead_of_the_csv_is_an_error_even_in_auto(web, no_hub):
    url = web.put("/laws.csv", Answer(body=b"<html>Log in to this network</html>"))
    assert f"{url}: this is an HTML page, not a csv" in failure(unc={"url": url})


def test_no_source_in_reach_gives_the_synthetic_corpus_with_a_loud_line(web, no_hub, caplog):
    caplog.set_level(logging.WARNING)
    provenance = fetch(options(unc={"url": web.url + "/gone.csv"}, synthetic={"rows": 120, "seed": 1}))[1]
    assert provenance["source"] == "synthetic"
    assert [record.getMessage() for record in caplog.records] == [
        "data: WARNING: NO SOURCE COULD BE REACHED. USING THE SYNTHETIC CORPUS: no result is about the real laws."
    ]


def test_host_that_never_answers_is_given_up(monkeypatch):
    done = threading.Event()
    monkeypatch.setattr(network, "ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(network.urllib.request, "urlopen", lambda *args, **keywords: done.wait(30))
    try:
        assert "could not be downloaded (TimeoutError: no answer in 0 s)" in failure(source="unc")
    finally:
        done.set()


@pytest.mark.parametrize("source", ["auto", "file", "unc"])
def test_other_rows_than_expected_are_an_error_that_names_source_and_digests(source, csv_file, web):
    expected, digest = "0" * 64, content_digest(read_csv(CSV, ""))
    url = web.put("/laws.csv", Answer(body=CSV))
    text = failure(source=source, path=str(csv_file), unc={"url": url}, content_sha256=expected)
    origin = f"UNC Libraries' repository, {url}" if source == "unc" else "local file laws.csv"
    assert text == (
        f"{origin}: content sha256 {digest}, but data.content_sha256 expects {expected} (the rows differ); "
        "use another source, or set data.content_sha256 to null to study these rows"
    )


def test_expected_rows_are_accepted(csv_file):
    digest = content_digest(read_csv(CSV, ""))
    assert fetch(options(path=str(csv_file), content_sha256=digest))[1]["content_sha256"] == digest


def test_synthetic_corpus_is_not_held_to_the_real_ones_digest():
    assert fetch(options(source="synthetic", content_sha256="0" * 64, synthetic={"rows": 120}))[1]["corpus"] == "synthetic"


@needs_real
@pytest.mark.parametrize("expected", [SHA256, None])
def test_real_corpus_is_recognised(expected):
    frame, provenance = fetch(options(path=REAL, content_sha256=expected))
    assert (provenance["corpus"], provenance["rows"], provenance["positives"]) == ("on_the_books", 1785, 512)
    assert provenance["content_sha256"] == SHA256
    assert provenance["licence"].startswith("CC BY 3.0")
    assert frame.groupby("source")["label"].agg(["sum", "size"]).T.to_dict("list") == {
        "murray": [35, 38], "paschal": [74, 74], "project experts": [403, 1673],
    }  # fmt: skip


@needs_real
def test_real_rows_in_another_order_are_named_as_such(monkeypatch):
    backwards = read_csv(Path(REAL).read_bytes(), REAL).iloc[::-1]
    monkeypatch.setattr(sources, "SOURCES", {"file": lambda options: Found(backwards, "a shuffled file", None)})
    assert "(the rows are the same, but in another order)" in failure(content_sha256=SHA256)
