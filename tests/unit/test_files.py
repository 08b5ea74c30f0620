import os
import subprocess
import sys

import pytest

from mirage.files import atomic_path, listed, read_json, sweep, write_json, write_text


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_target_appears_when_the_block_ends_and_not_before(tmp_path):
    target = tmp_path / "new" / "folder" / "table.csv"
    with atomic_path(target) as path:
        path.write_text("a,b\n")
        assert path.suffix == ".csv"
        assert path.parent == target.parent
        assert not target.exists()
    assert target.read_text() == "a,b\n"
    assert names(target.parent) == ["table.csv"]


def test_a_block_that_raises_leaves_the_old_file_and_no_rubbish(tmp_path):
    target = tmp_path / "table.csv"
    target.write_text("old")

    def write_half():
        with atomic_path(target) as path:
            path.write_text("ha")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert target.read_text() == "old"
    assert names(tmp_path) == ["table.csv"]


def test_what_a_killed_process_was_writing_is_never_listed_and_swept_once_it_is_gone(tmp_path):
    code = (
        "import sys; from pathlib import Path; from mirage.files import atomic_path\n"
        "with atomic_path(Path('tables/f1.md')): print('up', flush=True); sys.stdin.read()"
    )
    writer = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    writer.stdout.readline()
    (tmp_path / "tables/gap.md").touch()
    (tmp_path / "tables/.writing-elsewhere-1-f1.x.md").touch()
    assert len(names(tmp_path / "tables")) == 3
    assert [path.name for path in listed(tmp_path / "tables", "*.md")] == ["gap.md"]
    assert sweep(tmp_path) == 0
    writer.kill()
    writer.communicate()
    assert sweep(tmp_path) == 1
    # Of another machine nothing is known.
    assert names(tmp_path / "tables") == [".writing-elsewhere-1-f1.x.md", "gap.md"]


def test_an_error_names_the_file_that_is_wanted_and_not_the_temporary_one(tmp_path):
    with pytest.raises(OSError, match=r"f1\.csv") as caught, atomic_path(tmp_path / "f1.csv") as path:
        raise OSError(28, "No space left on device", str(path))
    assert caught.value.filename == str(tmp_path / "f1.csv")
    (tmp_path / "gap.csv").mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        write_text(tmp_path / "gap.csv", "x")
    assert (caught.value.filename, caught.value.filename2) == (str(tmp_path / "gap.csv"), None)
    assert names(tmp_path) == ["gap.csv"]


def test_a_folder_that_is_not_there_has_no_files(tmp_path):
    assert listed(tmp_path / "nowhere") == []
    assert sweep(tmp_path / "nowhere") == 0


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_permissions_are_those_of_an_ordinary_file(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        write_text(tmp_path / "notes.txt", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "notes.txt").stat().st_mode & 0o777 == mode


def test_text_is_utf8_with_plain_line_ends(tmp_path):
    write_text(tmp_path / "notes.txt", "§ 1\n–\n")
    assert (tmp_path / "notes.txt").read_bytes() == b"\xc2\xa7 1\n\xe2\x80\x93\n"


def test_json_does_not_depend_on_the_order_of_keys(tmp_path):
    write_json(tmp_path / "a.json", {"b": [1, None], "a": "§"})
    write_json(tmp_path / "b.json", {"a": "§", "b": [1, None]})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert (tmp_path / "a.json").read_text(encoding="utf-8").startswith('{\n  "a": "§",')
    assert read_json(tmp_path / "a.json") == {"a": "§", "b": [1, None]}


def test_json_refuses_nan_and_keeps_the_old_file(tmp_path):
    target = tmp_path / "a.json"
    write_json(target, 1)
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(target, {"f1": float("nan")})
    assert read_json(target) == 1
    assert names(tmp_path) == ["a.json"]
