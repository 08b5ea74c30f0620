"""What a study cannot tell that holds no group out, and what it tells instead."""

from __future__ import annotations

from mirage.report.sentences.evidence import Evidence


def what_cannot_be_told(evidence: Evidence) -> str | None:
    """Say that nothing is known of rows from elsewhere; None where groups are held out."""
    if not holds_no_group_out(evidence):
        return None
    return (
        "Told for «rows» like these alone: no «group» is held out, so whether F1 holds on «rows» from elsewhere, such as another source or "
        "site, cannot be told. A column that says where a «row» comes from would answer that."
    )


def holds_no_group_out(evidence: Evidence) -> bool:
    """Whether gaps are told and none of them is to groups that are held out."""
    gap = evidence.tables.get("gap")
    return (
        gap is not None
        and len(gap) > 0
        and not any(evidence.facts[name].leaves_groups_out for name in gap["held_out"].unique())
    )
