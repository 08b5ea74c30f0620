"""The steps that the published study has beside those of any study, as a forecast needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage.encoders.plan import EXTERNAL
from mirage.paths import split_files
from mirage.study.steps import DATA, Step
from on_the_books import external_plan, published_plan
from on_the_books.evaluations import TIE_ORDERS

if TYPE_CHECKING:
    from mirage.study.grid import Study


def beside(study: Study) -> list[Step]:
    """Return them, each before those that wait for it."""
    supplement = (external_plan.SECTIONS, external_plan.RECORD)
    splits = f"external/splits/{EXTERNAL}.parquet"
    evaluated = split_files(study, [scheme for scheme in study.config.get("evaluations", {}) if scheme in study.schemes], [0])
    return [
        Step("fetch_supplement", supplement, DATA),
        Step("split_external", (splits,), supplement),
        Step("fit_external", ("external/outcomes/cheap.parquet",), (*supplement, splits)),
        Step("fit_tie_orders", (TIE_ORDERS,), (DATA[0], *evaluated)),
        Step("score_published", (published_plan.SCORES, published_plan.RECORD), supplement),
    ]
