"""What a Python file says, without what does not run."""

import pytest

from mirage.code import source
from mirage.code.source import Source, read_source, recall, remember
from mirage.errors import StudyError


@pytest.fixture
def read(tmp_path):
    """A function: write a text to a file of its own and read it."""
    numbers = iter(range(100))

    def source(text):
        path = tmp_path / f"m{next(numbers)}.py"
        path.write_bytes(text.encode())
        return read_source(str(path))

    return source


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1\n", "# why\nx = 1 # so\n"),
        ("x = (1, 2)\n", "x = (\n    1,\n    2,\n)\n"),
        ("def f():\n    return 1\n", 'def f():\n    """One."""\n    return 1\n'),
        ("", '"""Nothing yet."""\n'),
        ("class A:\n    x = 1\n", 'class A:\n    x = 1\n    "attribute docstring"\n'),
        ("x = 'a'\n", 'x = "a"\n'),
        ("x = 1\n", "if TYPE_CHECKING:\n    import a\nx = 1\n"),
    ],
)
def test_what_does_not_run_leaves_the_digest_alone(read, one, other):
    assert read(one).digest == read(other).digest


def test_what_runs_tells_files_apart(read):
    texts = [
        "",
        "x = 1",
        "x = 1.0",
        "x = True",
        "x = '1'",
        "x = None",
        "x = (1,)",
        "x = [1]",
        "x = [[], 1]",
        "x = [[1]]",
        "y = 1",
    ]
    texts += ["f(a, b)", "f(a)(b)", "f(a, *b)", "f(a, b=1)", "del x", "x", "if x:\n    y()\nz()", "if x:\n    y()\n    z()"]
    texts += ["if x:\n    y()\nelse:\n    z()", "import a", "import b", "from . import a", "from .. import a", "x = '\\ud800'"]
    assert len({read(text).digest for text in texts}) == len(texts)


def test_what_only_type_checkers_import_is_not_imported(read):
    assert read("if TYPE_CHECKING:\n    import a\nelse:\n    import b\n").imports == ((0, "a"), (0, "b"))
    assert read("if TYPE_CHECKING:\n    import a\nimport c\n").imports == ((0, "c"),)


def test_imports_are_names_with_their_dots(read):
    text = "import a, b.c as d\nfrom e import f as g\nfrom . import h\nfrom ..i import j\nfrom k import *\ndef x():\n    import l\n"
    names = {(0, "a"), (0, "b.c"), (0, "e"), (0, "e.f"), (1, ""), (1, "h"), (2, "i"), (2, "i.j"), (0, "k"), (0, "l")}
    assert set(read(text).imports) == names


@pytest.mark.parametrize("text", ["x = 1\ny = (\n", "x = 1\0\n"])
def test_a_file_that_is_not_python_is_named(read, text):
    with pytest.raises(StudyError, match=r"m0\.py, line \d: not Python"):
        read(text)


@pytest.fixture
def forgetful(monkeypatch, tmp_path):
    """Nothing is known of any file, and a place to remember."""
    monkeypatch.setattr(source, "_known", {})
    read_source.cache_clear()
    return tmp_path / "memory/code.json"


def test_what_is_remembered_is_not_parsed_again(forgetful, tmp_path, monkeypatch):
    path = tmp_path / "a.py"
    path.write_text("import os\nfrom . import b\n")
    first = read_source(str(path))
    remember(forgetful)
    monkeypatch.setattr(source, "_known", {})
    read_source.cache_clear()
    recall(forgetful)
    monkeypatch.setattr(source, "_parsed", lambda *arguments: pytest.fail("parsed again"))
    assert read_source(str(path)) == first == Source(first.digest, ((0, "os"), (1, ""), (1, "b")))


def test_other_bytes_are_parsed(forgetful, tmp_path):
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")
    first = read_source(str(path))
    remember(forgetful)
    recall(forgetful)
    path.write_text("x = 2\n")
    read_source.cache_clear()
    assert read_source(str(path)).digest != first.digest


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"by": "other code", "files": {}}', '{"by": 1, "files": [1]}', None])
def test_a_memory_that_is_damaged_or_of_other_code_says_nothing(forgetful, text):
    if text is not None:
        forgetful.parent.mkdir()
        forgetful.write_text(text)
    recall(forgetful)
    assert source._known == {}


def test_a_folder_that_cannot_be_written_to_is_left_alone(forgetful):
    forgetful.parent.write_text("a file")
    remember(forgetful)
    assert forgetful.parent.read_text() == "a file"
