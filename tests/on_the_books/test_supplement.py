import json
import os

import numpy as np
import pandas as pd
import pytest

from hub_server import Answer, WebServer
from laws import read_csv
from mirage.data.duplicates import add_groups
from mirage.data.sections import write_sections
from mirage.data.sources import Unavailable
from mirage.errors import StudyError
from on_the_books.declaration import CSV_COLUMNS, DECLARATION
from on_the_books.supplement import (
    FLAGS,
    SUPPLEMENT_SHA256,
    fetch_supplement,
    find_supplement,
    join,
    read_supplement,
    supplement_digest,
)
from on_the_books.supplement_place import FILE_NAME, FILE_VARIABLE, address, how_to_get, local_file
from script_loader import script_main

REAL = os.environ.get("ON_THE_BOOKS_CSV")
COMMIT = "18f8ba7d6c0007c0c5a7388fef61790fdfa758a3"
HEADER = ",".join([*CSV_COLUMNS, "extrinsic"])


def line(row_id, text, label=1, extrinsic=0, source="murray"):
    year_type, chapter, section = row_id.rsplit("_", 2)
    return f'{row_id},{source},{label},{year_type.split("_")[1]},{chapter},{section},An act,"{text}",{extrinsic}'


def csv_of(*lines, header=HEADER):
    return "\n".join([header, *lines]).encode()


CORPUS = [
    line("1901_public laws_1_1", "one two three four five six"),
    line("1901_public laws_1_2", "a court shall be held in the county every spring", label=0),
    line("1903_public laws_7_1", "the bridge over the river shall be mended", label=0),
]
SUPPLEMENT = [
    line("1901_public laws_1_3", "The asylum shall  receive persons of either kind"),
    line("1905_public laws_4_1", "ONE two  three four five six", extrinsic=1),
    line("1907_public laws_5_1", "two three four five six seven"),
    line("1901_public laws_1_2", "something else altogether stands here now"),
    line("1911_public laws_9_1", "electors shall have paid the poll tax", extrinsic=1),
]


def corpus():
    return add_groups(read_csv(csv_of(*CORPUS), "corpus"), 0.5)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in ("ON_THE_BOOKS_CSV", FILE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def supplement_file(tmp_path):
    path = tmp_path / "more.csv"
    path.write_bytes(csv_of(*SUPPLEMENT))
    return path


def provenance(corpus="on_the_books"):
    return {"corpus": corpus, "near_duplicate_threshold": 0.5}


def unc(server):
    return {"unc": {"url": f"{server.url}/{COMMIT}/code/training_set_v2.csv"}}


# Where it lies


def test_the_local_file_is_looked_for_in_order(tmp_path):
    training, beside = tmp_path / "training_set_v2.csv", tmp_path / FILE_NAME
    data = {"path": str(training), "supplement": {"path": "a.csv"}}
    environment = {FILE_VARIABLE: "b.csv", "ON_THE_BOOKS_CSV": str(training)}
    assert local_file(data, environment) == ("a.csv", "data.supplement.path")
    data["supplement"]["path"] = None
    assert local_file(data, environment) == ("b.csv", FILE_VARIABLE)
    del environment[FILE_VARIABLE]
    assert local_file(data, environment) is None
    beside.touch()
    assert local_file(data, environment) == (str(beside), "beside training_set_v2.csv")
    assert local_file({}, environment) == (str(beside), "beside training_set_v2.csv")
    assert local_file({}, {}) is None


def test_the_address_is_that_of_the_same_folder():
    url = address(f"https://example.org/{COMMIT}/code/training_set_v2.csv")
    assert url == f"https://example.org/{COMMIT}/code/training_set_suppl_v2.csv"
    assert url in how_to_get(url)


def test_a_named_file_is_read_and_one_that_is_not_there_is_an_error(supplement_file, monkeypatch):
    monkeypatch.setenv(FILE_VARIABLE, str(supplement_file))
    found = find_supplement({}, "custom")
    assert (len(found.rows), found.origin) == (5, "local file more.csv")
    assert found.revision.startswith("sha256:")
    with pytest.raises(StudyError, match=r"gone\.csv: no such file or directory; data\.supplement\.path must name"):
        find_supplement({"supplement": {"path": "gone.csv"}}, "custom")


def test_without_a_file_unc_s_repository_is_asked_about_on_the_books_only():
    with WebServer() as server:
        server.put(f"/{COMMIT}/code/{FILE_NAME}", Answer(body=csv_of(*SUPPLEMENT)))
        found = find_supplement(unc(server), "on_the_books")
        assert (len(found.rows), found.revision) == (5, COMMIT)
        with pytest.raises(Unavailable, match="not downloaded for a corpus that is not On the Books"):
            find_supplement(unc(server), "custom")


def test_a_download_that_is_something_else_is_out_of_reach_too():
    with WebServer() as server:
        server.put(f"/{COMMIT}/code/{FILE_NAME}", Answer(body=b"<html>sign in first</html>"))
        with pytest.raises(Unavailable, match=r"what was downloaded is bad: .* this is an HTML page"):
            find_supplement(unc(server), "on_the_books")


def test_the_synthetic_corpus_gets_none_even_where_a_file_is_given(supplement_file):
    with pytest.raises(Unavailable, match="the corpus is synthetic"):
        find_supplement({"supplement": {"path": str(supplement_file)}}, "synthetic")


# Reading


def test_rows_are_the_study_s_with_a_flag(supplement_file):
    rows = read_supplement(supplement_file.read_bytes(), "more.csv", DECLARATION)
    assert rows["extrinsic"].tolist() == [False, True, False, False, True]
    assert rows["text"][0] == "The asylum shall receive persons of either kind"


def test_blank_lines_and_a_byte_order_mark_do_not_shift_the_flags():
    data = b"\xef\xbb\xbf" + csv_of(SUPPLEMENT[0], "", SUPPLEMENT[1], "")
    assert read_supplement(data, "more.csv", DECLARATION)["extrinsic"].tolist() == [False, True]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            csv_of(line("1901_public laws_1_3", "text", extrinsic="maybe")),
            "row 1 (id 1901_public laws_1_3): extrinsic is 'maybe'",
        ),
        (csv_of(CORPUS[0].rsplit(",", 1)[0], header=",".join(CSV_COLUMNS)), "has the column extrinsic 0 times"),
        (csv_of(line("1901_public laws_1_3", "text", label=2)), "row 1 (id 1901_public laws_1_3): jim_crow is '2'"),
        (b"<html>", "this is an HTML page"),
    ],
)
def test_bad_data_is_one_clear_line(data, message):
    with pytest.raises(StudyError) as caught:
        read_supplement(data, "more.csv", DECLARATION)
    assert str(caught.value).startswith("more.csv: ")
    assert message in str(caught.value)


def test_the_digest_sees_texts_and_flags_but_not_layout():
    def digest(*lines):
        return supplement_digest(read_supplement(csv_of(*lines), "x", DECLARATION), DECLARATION)

    assert digest(SUPPLEMENT[0]) == digest(SUPPLEMENT[0].replace("shall  receive", "shall receive"))
    assert digest(SUPPLEMENT[0]) != digest(SUPPLEMENT[0][:-1] + "1")
    assert digest(SUPPLEMENT[0]) != digest(SUPPLEMENT[0].replace("either", "neither"))


# Joining


def test_overlap_with_the_corpus_is_marked_and_counted_once_by_hand():
    rows = read_supplement(csv_of(*SUPPLEMENT), "more.csv", DECLARATION)
    joined, overlap = join(corpus(), rows, 0.5)
    # Shingles of "one ... six": 4; of "two ... seven": 4; 3 in common of 5, a Jaccard similarity of .6.
    assert overlap == {"same_id": 1, "same_text": 1, "near_duplicate": 1}
    assert joined["external"].tolist() == [False] * 3 + [True] * 5
    assert joined["overlapping"].tolist() == [False] * 4 + [True] * 3 + [False]
    assert joined["extrinsic"].tolist() == [False] * 4 + [True] + [False] * 2 + [True]
    assert join(corpus(), rows, 0.61)[1] == {"same_id": 1, "same_text": 1, "near_duplicate": 0}


def test_the_joined_rows_keep_ids_apart_and_group_over_both():
    joined, _ = join(corpus(), read_supplement(csv_of(*SUPPLEMENT), "more.csv", DECLARATION), 0.5)
    assert joined["row_id"].is_unique
    assert joined["row_id"][6] == "1901_public laws_1_2 (supplement)"
    assert joined["row_id"][:3].tolist() == corpus()["row_id"].tolist()
    assert joined["exact_group"][4] == joined["exact_group"][0]
    assert joined["unit"][3] == joined["unit"][0]  # one chapter
    assert joined["unit"][7] not in joined["unit"][:7].tolist()


def test_a_near_duplicate_by_way_of_another_supplementary_row_overlaps_too():
    chain = ["two three four five six seven", "three four five six seven eight"]
    rows = [line(f"1905_public laws_{number}_1", text) for number, text in enumerate(chain)]
    joined, overlap = join(corpus(), read_supplement(csv_of(*rows), "more.csv", DECLARATION), 0.5)
    assert overlap["near_duplicate"] == 2
    assert joined["overlapping"].sum() == 2


# The record


def test_the_record_counts_what_is_there(supplement_file):
    data = {"supplement": {"path": str(supplement_file)}}
    joined, record = fetch_supplement(data, corpus(), provenance())
    assert len(joined) == 8
    assert (record["available"], record["known"], record["rows"], record["positives"]) == (True, False, 5, 5)
    assert (record["extrinsic"], record["tested"], record["sharing_chapter"]) == (2, 2, 1)
    assert record["overlap"] == {"same_id": 1, "same_text": 1, "near_duplicate": 1}


def test_out_of_reach_is_no_error_and_says_why_and_how():
    with WebServer() as server:
        joined, record = fetch_supplement(unc(server), corpus(), provenance())
    assert record["available"] is False
    assert (record["rows"], record["tested"]) == (0, 0)
    assert "could not be downloaded" in record["reason"]
    assert FILE_VARIABLE in record["how"]
    assert fetch_supplement({}, corpus(), provenance("synthetic"))[1]["how"] is None
    pd.testing.assert_frame_equal(joined[corpus().columns.tolist()], corpus())
    assert not joined[["external", "extrinsic", "overlapping"]].to_numpy().any()


@pytest.mark.skipif(not REAL, reason="ON_THE_BOOKS_CSV is not set")
def test_unc_s_set_beside_the_training_file_is_known(monkeypatch):
    monkeypatch.setenv("ON_THE_BOOKS_CSV", REAL)
    if local_file({}, os.environ) is None:
        pytest.skip(f"{FILE_NAME} is not beside the training file")
    with open(REAL, "rb") as handle:
        training = add_groups(read_csv(handle.read(), REAL), 0.5)
    _, record = fetch_supplement({}, training, provenance())
    assert (record["content_sha256"], record["known"]) == (SUPPLEMENT_SHA256, True)
    assert (record["rows"], record["positives"], record["extrinsic"], record["tested"]) == (46, 46, 8, 40)
    assert record["overlap"] == {"same_id": 0, "same_text": 0, "near_duplicate": 6}


# The command


@pytest.fixture
def command(tmp_path):
    write_sections(corpus(), tmp_path / "sections.parquet")
    (tmp_path / "sections.json").write_text(json.dumps(provenance()), encoding="utf-8")

    def run(path):
        words = ["--data", json.dumps({"supplement": {"path": str(path)}}), "--sections", tmp_path / "sections.parquet"]
        words += ["--provenance", tmp_path / "sections.json", "--output", tmp_path / "joined.parquet"]
        return script_main("fetch_supplement")([str(word) for word in [*words, "--record", tmp_path / "joined.json"]])

    return run


def test_the_command_writes_rows_and_record(command, supplement_file, tmp_path):
    assert command(supplement_file) == 0
    joined = pd.read_parquet(tmp_path / "joined.parquet")
    assert joined.columns.tolist()[-3:] == list(FLAGS)
    assert joined["overlapping"].dtype == np.bool_
    assert json.loads((tmp_path / "joined.json").read_text(encoding="utf-8"))["tested"] == 2


def test_the_command_refuses_a_bad_file_in_one_line(command, supplement_file, tmp_path, capsys):
    supplement_file.write_bytes(csv_of(line("1901_public laws_1_3", "text", extrinsic=7)))
    assert command(supplement_file) == 1
    [fault] = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert fault.endswith("row 1 (id 1901_public laws_1_3): extrinsic is '7'; expected 0 or 1")
    assert not (tmp_path / "joined.parquet").exists()
