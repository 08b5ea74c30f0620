"""mirage.check: a DataFrame becomes the same study as a file, whatever its columns are made of, and its answer shows itself."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import mirage
from mirage import notebook
from mirage.__main__ import main
from mirage.errors import StudyError
from mirage.files import write_json, write_text
from mirage.folder import StudyFolder
from mirage.frames import plain_frame
from notes import notes_csv

NUMBER = {"label": "F1 of tfidf on kfold", "value": 0.9, "low": 0.8, "high": 0.95, "interval": "bootstrap"}
SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"


@pytest.fixture
def notes() -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(notes_csv()))


@pytest.fixture
def ran(monkeypatch):
    """Studies that were run, none of which is: a few of their files are there in place of all."""
    calls = []

    def pretend(folder, **options):
        calls.append((folder, options))
        write_json(
            folder.results / "headline.json", {"stamp": None, "level": 0.95, "numbers": [NUMBER], "word": "Holds: <TF-IDF>."}
        )
        write_text(folder.results / "tables/verdict.csv", "agent,held_out,word\ntfidf,out-hilltop,holds\n")
        write_text(
            folder.results / "tables/verdict.md", "# Does the F1 hold?\n\n| agent | word |\n|---|---|\n| TF-IDF | holds |\n"
        )
        write_text(folder.results / "figures/gap.svg", SVG)

    monkeypatch.setattr(notebook, "run_study", pretend)
    return calls


def columns_of(folder: Path) -> dict:
    return yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))["data"]["columns"]


def test_a_frame_is_the_same_study_as_its_file(notes, ran, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("notes.csv").write_bytes(notes_csv())
    assert main(["init", "notes.csv", "--positive", "cardiology", "--yes"]) == 0
    answer = mirage.check(notes, positive="cardiology", folder="own", budget="1m", cores=2)
    assert columns_of(answer.folder) == columns_of(Path("notes-study"))
    assert ran == [(StudyFolder(Path("own")), {"cores": "2", "budget": "1m"})]
    config = StudyFolder(answer.folder).read()
    assert config["data"]["path"] == "data.parquet"
    with pytest.raises(StudyError, match=r"own/config.yaml: is there already"):
        mirage.check(notes, positive="cardiology", folder="own")


def test_an_answer_holds_tables_and_shows_itself(notes, ran):
    answer = mirage.check(
        notes, label="specialty", positive="cardiology", group="site", unit="patient", time="visit_year", text="note"
    )
    assert answer.verdict.to_dict("records") == [{"agent": "tfidf", "held_out": "out-hilltop", "word": "holds"}]
    assert list(answer.tables) == ["verdict"]
    assert answer.figure("gap").read_text(encoding="utf-8") == SVG
    assert answer.page is None
    with pytest.raises(KeyError, match="f1: no such table; there are verdict"):
        answer.tables["f1"]
    with pytest.raises(KeyError, match="f1: no such figure; there are gap"):
        answer.figure("f1")
    assert repr(answer).splitlines()[0] == "Holds: <TF-IDF>."
    shown = answer._repr_html_()
    assert "<p>Holds: &lt;TF-IDF&gt;.</p>" in shown
    assert "<td" in shown
    assert 'alt="gap" src="data:image/svg+xml;base64,' in shown


def test_texts_can_be_kept_out(notes, ran):
    answer = mirage.check(notes, positive="cardiology", texts=False)
    assert StudyFolder(answer.folder).read()["texts"] is False


def test_columns_of_any_type_are_read_as_those_of_a_file(notes, ran):
    odd = notes.assign(
        specialty=notes["specialty"].astype("category"),
        age=notes["age"].astype("Int64").where(notes["age"] > 20),
        visit_year=pd.to_datetime(notes["visit_year"].astype(str) + "-05-01"),
        urgent=notes["ward"] == "A",
        period=pd.PeriodIndex(notes["visit_year"].astype(str), freq="Y"),
        mixed=[1, "a", None, 2.0] * 100,
        tokens=[["a"], ["b"]] * 200,
    ).set_index("note_id")
    answer = mirage.check(odd, label="specialty", positive="cardiology")
    assert columns_of(answer.folder)["time"] == "visit_year"
    assert columns_of(answer.folder)["id"] == "note_id"
    assert columns_of(answer.folder)["label"] == "specialty"
    frame = plain_frame(odd, [])
    assert "tokens" not in frame
    assert frame["mixed"].tolist()[:2] + frame["mixed"].tolist()[3:4] == ["1", "a", "2"]
    assert frame["period"].iloc[0] == str(notes["visit_year"].iloc[0])


@pytest.mark.parametrize(("label", "positive"), [(True, True), (np.bool_(True), np.True_), (1, np.int64(1)), (1.0, 1)])
def test_the_positive_label_is_named_by_its_value(notes, ran, label, positive):
    values = np.where(notes["specialty"] == "cardiology", label, type(label)(0))
    answer = mirage.check(notes.drop(columns="specialty").assign(gold=values), label="gold", positive=positive, group="site")
    assert columns_of(answer.folder)["positive"] == ["true" if isinstance(label, bool | np.bool_) else "1"]


@pytest.mark.parametrize(
    ("frame", "arguments", "told"),
    [
        ([1, 2], {}, "check: found list; hand over a pandas DataFrame"),
        (pd.DataFrame([["a", "b"]], columns=["x", "x"]), {}, "the frame has the column x twice"),
        (pd.DataFrame({"x": ["a"]}, index=pd.Index([1], name="x")), {}, "the frame has the column x twice"),
        (pd.DataFrame({("x", "y"): ["a"]}), {}, "the frame has several levels of column names; flatten them"),
        (pd.DataFrame({"x": [["a"]]}), {"text": "x"}, "the column x of the frame holds lists or mappings"),
        (pd.DataFrame({"x": []}), {}, "the frame: no rows; a study needs some"),
        (pd.DataFrame({"x": [1]}), {"text": "y"}, "text= y: no such column; the columns are x"),
    ],
)
def test_what_does_not_do_is_told_in_one_line(ran, tmp_path, frame, arguments, told):
    with pytest.raises(StudyError) as error:
        mirage.check(frame, folder=tmp_path / "study", **arguments)
    assert str(error.value).startswith(told)
    assert not list(tmp_path.glob("study/*"))


def test_a_file_that_is_there_is_not_written_over(notes, ran, tmp_path):
    (tmp_path / "data.parquet").write_text("mine", encoding="utf-8")
    with pytest.raises(
        StudyError, match=r"data.parquet: is there already, and would be written over; name another folder with folder="
    ):
        mirage.check(notes, positive="cardiology", folder=tmp_path)
    assert (tmp_path / "data.parquet").read_text(encoding="utf-8") == "mine"


def test_of_several_classes_one_is_chosen(notes, ran):
    assert columns_of(mirage.check(notes).folder)["classes"] == "all"
