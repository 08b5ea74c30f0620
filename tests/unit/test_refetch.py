import json

import pytest

from mirage.data.refetch import fetch_attempt


@pytest.mark.parametrize(
    ("source", "corpus", "expected"),
    [
        ("auto", "synthetic", 5),
        ("auto", "on_the_books", 4),
        ("auto", "custom", 4),
        ("synthetic", "synthetic", 4),
        ("hub", "synthetic", 4),
    ],
)
def test_only_a_stand_in_is_fetched_again(tmp_path, source, corpus, expected):
    path = tmp_path / "sections.json"
    path.write_text(json.dumps({"attempt": 4, "corpus": corpus}))
    assert fetch_attempt(source, path) == expected


@pytest.mark.parametrize(
    "content",
    [None, "", '{"attempt"', "[]", "null", '{"attempt": 4}', '{"corpus": "synthetic"}', '{"attempt": null, "corpus": ""}'],
)
def test_without_a_whole_record_it_is_the_first_attempt(tmp_path, content):
    path = tmp_path / "sections.json"
    if content is not None:
        path.write_text(content)
    assert fetch_attempt("auto", path) == 1
