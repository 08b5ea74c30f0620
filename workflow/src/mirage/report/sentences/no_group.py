"""What a study cannot tell that holds no group out, and what it tells instead."""

from __future__ import annotations

from mirage.report.sentences.evidence import Evidence


def what_cannot_be_told(evidence: Evidence) -> str | None:
    """Say that nothing is known of rows from elsewhere; None where groups are held out."""
    gap = evidence.tables.get("gap")
    if gap is None or gap.empty or any(evidence.facts[scheme].leaves_groups_out for scheme in gap["held_out"].unique()):
        return None
    return (
        "Told for «rows» like these alone: no «group» is held out, so whether F1 holds on «rows» from elsewhere, such as another source or "
        "site, cannot be told. A column that says where a «row» comes from would answer that."
    )
