import pandas as pd
import pytest

from mirage.files import write_json
from mirage.tables.layout import write_table
from mirage.words import words_of

OWN = {"corpus": "own", "columns": {"source": "site", "chapter": "patient", "label": "specialty"}}
LINE = "Here a section, or law, is a row, a chapter the rows of one `patient`, and a source the rows of one `site`."


def test_the_words_of_the_tables_are_told_in_the_names_of_the_data_s_columns():
    assert words_of(OWN) == LINE


def test_rows_that_belong_to_nothing_are_chapters_of_their_own():
    line = words_of({"columns": {"source": "site and ward", "label": "specialty"}})
    assert "is a row, a chapter a row too, since no column says which rows belong together, and a source" in line
    assert line.endswith("the rows of one `site and ward`.")


@pytest.mark.parametrize("corpus", ["on_the_books", "synthetic", "custom"])
def test_of_laws_nothing_has_to_be_said(corpus):
    assert words_of({"corpus": corpus}) is None


@pytest.mark.parametrize(("record", "said"), [(OWN, True), ({"corpus": "on_the_books"}, False), (None, False)])
def test_a_table_says_it_in_its_last_note_and_not_in_its_csv(tmp_path, record, said):
    if record:
        write_json(tmp_path / "data/sections.json", record)
    frame = pd.DataFrame({"n": [1]})
    write_table(tmp_path / "tables/t", "T", frame, [], ["- a note."], None)
    assert (tmp_path / "tables/t.md").read_text() == "# T\n\n- a note.\n" + (f"\n{LINE}\n" if said else "")
    assert (f"% {LINE}" in (tmp_path / "tables/t.tex").read_text()) == said
    assert (tmp_path / "tables/t.csv").read_text() == "n\n1\n"
