"""The evaluations that were published of one agent: what sets them against ours needs every one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirage.study.grid import Study

TIE_ORDERS = "tie_orders.parquet"


def rebuilt(study: Study) -> bool:
    """Whether the study has the scheme of every evaluation."""
    schemes = study.config.get("evaluations", {})
    return bool(schemes) and set(schemes) <= set(study.schemes)


def tie_order_files(study: Study) -> list[str]:
    """Name the file of fits under random orders of tied n-grams, where the study has every evaluation."""
    return [TIE_ORDERS] if rebuilt(study) else []
