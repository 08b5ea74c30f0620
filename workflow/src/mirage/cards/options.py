"""What the configuration says about cards and repositories on the Hub, with what holds where it says nothing.

No heavy import, because Snakemake imports it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mirage.errors import StudyError
from mirage.study.grid import Study

MIN_ROWS = 20


@dataclass(frozen=True)
class CardOptions:
    """The ``cards`` section of the configuration.

    Attributes
    ----------
    namespace:
        User or organisation that owns the repositories; None for the account of the token.
    prefix:
        Stands before an agent's name in the name of its repository.
    results:
        Name of the data set repository for tables and predictions.
    dataset:
        Identifier of the data on the Hub, or None where they are not there.
    dataset_name:
        What a reader calls the data.
    license:
        Identifier of the Hub's list for cards, predictions and tables, or None to state none.
    language:
        Code of the texts' language, or None.
    """

    namespace: str | None = None
    prefix: str = "mirage-"
    results: str = "mirage-results"
    dataset: str | None = None
    dataset_name: str | None = None
    license: str | None = None
    language: str | None = None

    @classmethod
    def from_mapping(cls, section: Mapping[str, Any] | None) -> CardOptions:
        """Read the section; what it does not say keeps its default.

        Raises
        ------
        StudyError
            For an unknown key.
        """
        section = dict(section or {})
        for key in section:
            if key not in cls.__dataclass_fields__:
                raise StudyError(f"config.yaml: cards: unknown key {key!r}; known are {', '.join(cls.__dataclass_fields__)}")
        return cls(**section)

    def repository(self, name: str) -> str:
        """Return the identifier of a repository, without an owner where the token's account owns it."""
        return f"{self.namespace}/{name}" if self.namespace else name

    def of_agent(self, agent: str) -> str:
        """Return the identifier of an agent's repository."""
        return self.repository(f"{self.prefix}{agent}")

    @property
    def of_results(self) -> str:
        """Return the identifier of the results' repository."""
        return self.repository(self.results)

    def asdict(self) -> dict[str, Any]:
        """Return the options as plain values."""
        return asdict(self)


def rule_options(study: Study) -> dict[str, Any]:
    """Return what the rule hands to its script: ``cards``, the entries of the ``agents`` that run here, and ``min_rows`` of a rate.

    A study of other data that names itself is called so, and one that read a data set from the Hub (``hub``) says which.
    """
    options = CardOptions.from_mapping(study.config.get("cards")).asdict()
    options["dataset_name"] = options["dataset_name"] or study.config.get("study")
    hub = study.config["data"].get("hub") or {}
    return {
        "cards": options,
        "hub": hub.get("repo"),
        "agents": {agent: study.agents[agent] for agent, _ in study.titles_run},
        "min_rows": study.config.get("groups", {}).get("min_rows", MIN_ROWS),
    }
