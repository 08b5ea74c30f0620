"""The published report in a real browser. Needs Chromium on the path and the packages of the extra ``browser``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

PAGE = Path(__file__).parents[2] / "results/reference/report/index.html"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on the path")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(params=[(390, "light"), (1280, "light"), (390, "dark"), (1280, "dark")], ids="{0[0]}-{0[1]}".format)
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The page at a phone's and a desk's width, with what it said and asked for."""
    width, scheme = request.param
    opened = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened.said, opened.asked = [], []
    opened.on("console", lambda message: opened.said.append(message.text))
    opened.on("pageerror", lambda error: opened.said.append(str(error)))
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.goto(PAGE.as_uri())
    yield opened
    opened.close()


def test_it_is_silent_asks_for_nothing_and_fits_the_screen(page: Any) -> None:
    assert page.said == []
    assert [url for url in page.asked if not url.startswith("data:")] == [PAGE.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_every_figure_is_visible(page: Any) -> None:
    boxes = [figure.bounding_box() for figure in page.query_selector_all("figure svg")]
    assert len(boxes) >= 4
    assert all(box["width"] > 200 and box["height"] > 80 for box in boxes)


def test_every_figure_has_words_in_its_place(page: Any) -> None:
    words = [figure.get_attribute("aria-label") for figure in page.query_selector_all("figure [role=img]")]
    assert len(words) == len(page.query_selector_all("figure svg"))
    assert all(len(text) > 60 for text in words)


def test_no_serious_fault_of_accessibility_folded_or_not(page: Any) -> None:
    page.evaluate("unfold(document)")
    found = axe.Axe().run(page).response["violations"]
    assert [
        (fault["id"], fault["nodes"][0]["html"][:120]) for fault in found if fault["impact"] in ("serious", "critical")
    ] == []


def test_a_table_sorts_by_a_column_both_ways_from_the_keyboard(page: Any) -> None:
    table = page.query_selector("#answer table")
    second = table.query_selector("th:nth-child(2) button")

    def column() -> list[float]:
        cells = [row.query_selector("td:nth-child(2)").inner_text() for row in table.query_selector_all("tbody tr")]
        return [float(cell.split()[0]) for cell in cells if cell[0] in "-.01"]

    second.focus()
    page.keyboard.press("Enter")
    assert column() == sorted(column())
    page.keyboard.press("Enter")
    assert column() == sorted(column(), reverse=True)
    assert len(column()) > 3


def test_what_is_folded_opens_from_the_keyboard_and_is_printed(page: Any) -> None:
    folded = page.query_selector("#part-1 details")
    folded.query_selector("summary").focus()
    page.keyboard.press("Enter")
    assert folded.evaluate("element => element.open")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("[...document.querySelectorAll('details')].every(element => element.open)")


def test_print_is_dark_on_white_and_fits_the_paper(page: Any) -> None:
    page.set_viewport_size({"width": 690, "height": 900})
    page.emulate_media(media="print")
    page.evaluate("unfold(document)")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.querySelector('thead th')).backgroundColor") == "rgb(244, 245, 247)"
    assert page.query_selector("nav").bounding_box() is None
    assert page.evaluate("document.querySelector('#answer table').getBoundingClientRect().right") <= 690
