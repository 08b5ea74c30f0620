"""The page in a real browser. Needs Chromium on the path and the packages of the extra ``browser``."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pages import ORDERED, build

sync_api = pytest.importorskip("playwright.sync_api", reason="the extra browser is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the extra browser is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HEIGHTS = {390: 844, 768: 1024, 1280: 800, 1920: 1080}
SCREENS = [(390, "light"), (390, "dark"), (768, "light"), (1280, "light"), (1280, "dark"), (1920, "light")]
WORDS = 5000  # outside of folded tables
# Boxes of letters that touch by less than this, in pixels, do not overlap.
TOUCH = 1.5

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on the path")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any, path: Path) -> Iterator[Callable[..., Any]]:
    """Opens the page at a width, light or dark, and notes what it said and asked for."""
    pages = []

    def open_page(width: int = 1280, scheme: str = "light", **options: Any) -> Any:
        page = browser.new_page(viewport={"width": width, "height": HEIGHTS[width]}, color_scheme=scheme, **options)
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(path.as_uri())
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_it_is_silent_asks_for_nothing_and_fits_the_screen(opened: Any, path: Path, width: int, scheme: str) -> None:
    page = opened(width, scheme)
    assert page.said == []
    assert [url for url in page.asked if not url.startswith("data:")] == [path.as_uri()]
    page.evaluate("unfold(document)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_the_first_screen_holds_the_sentence_the_words_and_the_chart(opened: Any, width: int) -> None:
    page = opened(width)
    stamp = page.query_selector(".stamp").bounding_box()
    assert stamp["y"] + stamp["height"] < 300
    # Rows as collected have none.
    page.evaluate("document.querySelector('.stamp').remove()")
    for part in (".lead", ".first svg"):
        box = page.query_selector(part).bounding_box()
        assert box["height"] > 10
        assert box["y"] + box["height"] <= HEIGHTS[width], part
    seen = page.evaluate(
        """height => [...document.querySelectorAll(".verdicts b, .first svg text")]
          .filter((at) => /^(holds|falls|cannot tell)/.test(at.textContent.trim()))
          .filter((at) => { const box = at.getBoundingClientRect(); return box.width > 5 && box.bottom <= height && box.top > 0; })
          .length""",
        HEIGHTS[width],
    )
    assert seen >= 5


def test_all_can_be_read_without_a_script(opened: Any) -> None:
    page = opened(1280, java_script_enabled=False)
    assert page.locator("#table-f1 ~ .scroll td").first.inner_text() == ORDERED[0]
    assert page.locator(".lead").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_have_the_paper_and_the_ink_of_the_page(opened: Any, scheme: str) -> None:
    page = opened(1280, scheme)
    paper, ink = page.evaluate("(({backgroundColor, color}) => [backgroundColor, color])(getComputedStyle(document.body))")
    drawn = page.query_selector(".first svg")
    assert drawn.evaluate("svg => getComputedStyle(svg.querySelector('path')).fill") == paper
    assert ink in drawn.evaluate("svg => [...svg.querySelectorAll('text')].map((text) => getComputedStyle(text).fill)")


def test_no_text_overlaps_another_in_any_figure(opened: Any) -> None:
    page = opened(1280)
    page.evaluate("unfold(document)")
    found = page.evaluate(
        """touch => [...document.querySelectorAll("figure")].flatMap((figure) => {
          const boxes = [...figure.querySelectorAll("svg text")].map((text) => [text.textContent.trim(), text.getBoundingClientRect()]);
          const over = ([, a], [, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > touch
            && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2 * touch;
          return boxes.flatMap((one, place) => boxes.slice(place + 1).filter((other) => over(one, other))
            .map((other) => `${figure.id}: ${one[0]} / ${other[0]}`));
        })""",
        TOUCH,
    )
    assert found == []


def test_letters_of_the_chart_can_be_read_on_a_phone(opened: Any) -> None:
    page = opened(390)
    heights = page.evaluate(
        """[...document.querySelectorAll(".first svg text")].map((text) =>
          parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)"""
    )
    assert min(heights) >= 10.5


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "light"), (1280, "dark")])
@pytest.mark.parametrize("folded", [True, False])
def test_axe_finds_nothing(opened: Any, width: int, scheme: str, folded: bool) -> None:
    page = opened(width, scheme)
    if not folded:
        page.evaluate("unfold(document)")
    found = axe.Axe().run(page).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"][:120]) for fault in found] == []


def sorted_column(page: Any) -> list[str]:
    return [cell.inner_text() for cell in page.query_selector_all("#table-f1 ~ .scroll tbody tr td:nth-child(2)")][
        : len(ORDERED)
    ]


def test_a_column_sorts_by_its_numbers_both_ways_from_the_keyboard(opened: Any) -> None:
    page = opened(1280)
    page.query_selector("#table-f1 ~ .scroll th:nth-child(2) button").focus()
    page.keyboard.press("Enter")
    up = sorted_column(page)
    assert up[:5] == ["-.5", "<.001", ".003", ".04 [.01, .07]", "1,200"]
    page.keyboard.press("Enter")
    assert sorted_column(page)[:5] == up[:5][::-1]
    assert sorted(sorted_column(page)[5:]) == sorted(up[5:]) == ["too few rows (3)", "–"]


def test_the_contents_stay_in_view_and_lead_to_their_sections(opened: Any) -> None:
    page = opened(1280)
    for link in page.query_selector_all("nav a"):
        link.click()
        page.wait_for_timeout(50)
        bar = page.query_selector("nav").bounding_box()
        assert bar["y"] == 0
        target = page.query_selector(link.get_attribute("href")).bounding_box()
        at_the_end = page.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 2")
        assert at_the_end or -1 <= target["y"] <= 200


def test_a_link_opens_what_is_folded_around_its_target(opened: Any) -> None:
    page = opened(1280)
    page.evaluate("location.hash = 'scheme-source-curated'")
    page.wait_for_timeout(100)
    entry = page.query_selector("#scheme-source-curated")
    assert entry.is_visible()
    assert 0 <= entry.bounding_box()["y"] <= HEIGHTS[1280]


def test_every_link_has_its_target(opened: Any, path: Path) -> None:
    links = opened().evaluate("[...document.querySelectorAll('a')].map((link) => link.getAttribute('href'))")
    ids = set(opened().evaluate("[...document.querySelectorAll('[id]')].map((at) => at.id)"))
    assert {link[1:] for link in links if link.startswith("#")} <= ids
    files = [link for link in links if not link.startswith("#")]
    assert len(files) > 20
    assert [link for link in files if not (path.parent / link).is_file()] == []


def test_a_number_says_what_it_is_under_the_pointer(opened: Any) -> None:
    page = opened(1280)
    page.query_selector(".verdicts li").hover()
    assert page.query_selector("#tip").inner_text() == "109 positive rows"
    page.query_selector("#table-f1 ~ .scroll td:has-text('[.01')").hover()
    assert page.query_selector("#tip").inner_text() == "row 5, value: .04, interval .01 to .07"
    page.keyboard.press("Escape")
    assert not page.query_selector("#tip").is_visible()
    point = page.query_selector(".first svg .point")
    point.dispatch_event("pointerover")
    assert len(page.query_selector("#tip").inner_text()) > 20


def test_an_agent_that_is_not_chosen_leaves_verdicts_and_tables(opened: Any) -> None:
    page = opened(1280)
    title = page.query_selector(".verdicts .agent").inner_text()
    page.query_selector(".choose summary").click()
    page.get_by_label(title, exact=True).uncheck()
    assert not page.query_selector(".verdicts li").is_visible()
    agent = page.query_selector(".verdicts li").get_attribute("data-agent")
    assert page.query_selector_all(f"tr[data-agent='{agent}']:not([hidden])") == []


def test_print_is_dark_on_white_with_what_explains_and_fits_the_paper(opened: Any) -> None:
    page = opened(768, "dark")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.query_selector("figcaption details").evaluate("folded => folded.open")
    assert page.query_selector("#methods").evaluate("folded => folded.open")
    assert not page.query_selector("#table-gap").evaluate("folded => folded.open")
    assert page.query_selector("nav").bounding_box() is None
    assert page.query_selector("table").evaluate("table => table.getBoundingClientRect().right") <= 768
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.query_selector("#methods").evaluate("folded => folded.open")


def test_outside_of_folded_tables_it_is_read_in_a_sitting(opened: Any) -> None:
    said = opened().evaluate(
        """(() => { const page = document.body.cloneNode(true);
          page.querySelectorAll("script, style, svg, table, .more, details.fold[id^=table-]").forEach((at) => at.remove());
          return page.textContent.split(/\\s+/).filter(Boolean).length; })()"""
    )
    assert said <= WORDS
