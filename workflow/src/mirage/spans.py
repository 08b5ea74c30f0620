"""Spans of time as a person says them.

Standard library only, because Snakemake imports it.
"""

from __future__ import annotations


def said(seconds: float) -> str:
    """Write a time as a person would: to five seconds below two minutes, to a minute below two hours, then to a tenth of an hour."""
    if seconds < 120:
        return f"{max(5, 5 * round(seconds / 5))} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
