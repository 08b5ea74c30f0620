"""How to cite the study, from CITATION.cff: a line to copy, and BibTeX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml


def cited(cff: Mapping[str, Any], *, about_its_data: bool) -> dict[str, Any]:
    """Return what is to be cited: without the data that the study refers to where a run is about other data."""
    return {key: value for key, value in cff.items() if about_its_data or key != "references"}


def citation_file(text: str, *, about_its_data: bool) -> str:
    """Return the text of CITATION.cff: as it is, or with what :func:`cited` leaves of it where a run is about other data."""
    if about_its_data:
        return text
    cff = cited(yaml.safe_load(text), about_its_data=False)
    # It asks to cite the data too.
    message = {"message": "If you use this study or its workflow, please cite it."} if "message" in cff else {}
    return yaml.safe_dump(cff | message, sort_keys=False, allow_unicode=True, width=120)


def citations(cff: Mapping[str, Any]) -> list[str]:
    """Return a line for the work and for each of its references: authors, title, version or notes."""
    return [_line(work) for work in (cff, *cff.get("references", []))]


def bibtex(cff: Mapping[str, Any]) -> str:
    """Return BibTeX entries of the work and its references; titles keep their capitals."""
    entries = []
    for number, work in enumerate((cff, *cff.get("references", []))):
        fields = {"author": " and ".join(_authors(work, braces=True)), "title": f"{{{work['title']}}}"}
        fields |= {
            "year": str(work.get("date-released", ""))[:4],
            "version": str(work.get("version", "")),
            "license": str(work.get("license", "")),
            "note": str(work.get("notes", "")),
            "url": str(work.get("repository-code", "")),
        }
        written = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
        key = "mirage" if number == 0 else f"mirage-reference-{number}"
        entries.append(f"@{'software' if work.get('type') == 'software' else 'misc'}{{{key},\n{written}\n}}")
    return "\n\n".join(entries)


def _authors(work: Mapping[str, Any], *, braces: bool = False) -> list[str]:
    """Return the names of a work's authors; in BibTeX, braces keep the name of a body from being read as a person's."""
    return [_body(author["name"], braces) if "name" in author else _person(author) for author in work["authors"]]


def _body(name: str, braces: bool) -> str:
    return f"{{{name}}}" if braces else name


def _person(author: Mapping[str, Any]) -> str:
    return f"{author['family-names']}, {author['given-names']}"


def _line(work: Mapping[str, Any]) -> str:
    parts = ["; ".join(_authors(work)), work["title"]]
    parts += [f"Version {work['version']}"] if work.get("version") else []
    parts += [str(work[name]) for name in ("notes", "doi", "url") if work.get(name)]
    return " ".join(part if part.endswith((".", "?")) else f"{part}." for part in parts)
