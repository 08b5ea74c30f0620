import pytest

from mirage.code.texts import folder_digest


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "index.html").write_text("page")
    (tmp_path / "figures/gap.rst").write_text("caption")
    return tmp_path


def test_content_and_names_count_and_time_does_not(folder):
    first = folder_digest(folder)
    (folder / "index.html").write_text("page")
    assert folder_digest(folder) == first
    (folder / "figures/gap.rst").write_text("another caption")
    second = folder_digest(folder)
    (folder / "figures/gap.rst").rename(folder / "figures/ties.rst")
    assert len({first, second, folder_digest(folder)}) == 3


def test_what_an_editor_leaves_does_not_count(folder):
    first = folder_digest(folder)
    (folder / ".index.html.swp").write_text("x")
    (folder / "index.html~").write_text("x")
    assert folder_digest(folder) == first
