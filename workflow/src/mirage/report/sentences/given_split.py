"""The split that came with the data: what its F1 is worth beside cross-validation."""

from __future__ import annotations

from mirage.report.sentences.evidence import Estimate, Evidence
from mirage.tables.given_split import F1, SHARED, TOLD, WITHOUT
from mirage.tables.layout import number

NEAR = "a near-duplicate"


def f1_on_the_given_split(evidence: Evidence) -> str | None:
    """Tell the headline agent's F1 on the given split, what its test rows repeat, and whether the text tells the two parts apart."""
    table = evidence.tables.get("given_split")
    rows = evidence.rows("given_split", kind=F1, agent=evidence.headline["agent"])
    if table is None or rows.empty:
        return None
    by_scheme = {row["what"]: row for row in rows.to_dict("records")}
    given, without = next(iter(by_scheme.values())), by_scheme.get(WITHOUT)
    others = [
        f"{Estimate.of(row, 'value')} in {evidence.plain(name)}"
        for name, row in by_scheme.items()
        if name not in (given["what"], WITHOUT) and name == evidence.reference
    ]
    shared = table[table["kind"] == SHARED].set_index("what")["test"]
    share = float(table.loc[(table["kind"] == SHARED) & (table["what"] == NEAR), "value"].iloc[0])
    left = f"; without them F1 is {number(without['value'])}" if without and shared[NEAR] else ""
    return (
        f"On the given split {evidence.called(evidence.headline['agent'])} scores F1 {Estimate.of(given, 'value')}"
        f"{', and ' + others[0] if others else ''}. {shared[NEAR]:,.0f} of its test «rows» ({share:.1%}) repeat a training «row», at least "
        f"nearly{left}.{_apart(evidence)}"
    )


def _apart(evidence: Evidence) -> str:
    table = evidence.tables["given_split"]
    rows = table[(table["kind"] == TOLD) & (table["what"] == "all rows") & table["value"].notna()]
    if rows.empty:
        return ""
    auc = Estimate.of(rows.iloc[0].to_dict(), "value")
    return f" By the text alone a classifier tells test «rows» from training «rows» with an AUC of {auc}; .5 is none at all."
