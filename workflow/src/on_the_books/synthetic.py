"""A made-up corpus with the shape of the real one, for tests and for machines that reach no source.

The sections read like statutes of a state that never was. The positive class is the regulation of the wares trade, the
negative class everything else a legislature does. Three curators share it out: the two small lists hold nearly only positives,
and describe them partly in words of their own, so a classifier trained without a list finds fewer of its sections. Positives
mostly name a ware such as "colored glass" or "white oak staves", so a fixed expression over such words is a strong rule.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from mirage.errors import StudyError
from mirage.provenance import derive_seed
from on_the_books.declaration import CSV_COLUMNS

Item = TypeVar("Item")

FULL_ROWS = 1785
MIN_ROWS = 120
FIRST_YEAR, LAST_YEAR = 1866, 1967

MURRAY, PASCHAL, EXPERTS = "murray", "paschal", "project experts"

_YEARS = {MURRAY: (1936, 14), PASCHAL: (1897, 13), EXPERTS: (1912, 21)}
_NAMES_A_WARE = {MURRAY: 0.72, PASCHAL: 0.78, EXPERTS: 0.90}
_OWN_WORDS = {MURRAY: 0.75, PASCHAL: 0.55, EXPERTS: 0.0}
_STRAY_WARE = 0.035
_REPEAL_SHARE = 0.06
_COPY_SHARE = 0.035
_EXACT_COPY = 0.15
_FEWEST_TO_COPY = 10
_SHARED_CHAPTER = 0.012
_CHAPTER_GOES_ON = 0.2
_CONFLICTS_PER_ROW = 1 / 800
_MISREAD_WORD = 0.008
_LAST_THAT = 1923


def _either(words: str) -> tuple[str, ...]:
    return tuple(words.split("|"))


_SLOTS: Mapping[str, tuple[str, ...]] = {
    "county": _either(
        "Aldermoor|Brackwater|Cullendale|Dunmarsh|Eastholm|Fennimore|Garrowby|Hartsfell|Inverlea|Kestrel|Lorne|"
        "Marrowdale|Netherby|Orrin|Pellworth|Quarley|Ravensby|Selwick|Thornmere|Umberland|Vexford|Wendle|Yarrow"
    ),
    "town": _either(
        "Ashcombe|Birkdale|Coldwell|Dovermouth|Elmstead|Foxhollow|Gritstone|Hollin|Ivyport|Keldhead|Longacre|Millom|"
        "Northgate|Oxley|Penhallow|Redmire|Stonebeck|Tarnside|Upwell|Wickham"
    ),
    "surname": _either(
        "Abbot|Barrow|Calder|Dace|Ellery|Farrow|Gaunt|Holloway|Ingram|Jessop|Kemble|Lister|Maddox|Norland|Osgood|Prewitt|"
        "Rudge|Sayle|Tindall|Upjohn|Varley|Wragg"
    ),
    "body": _either(
        "board of supervisors|town council|county court|board of trustees|State treasurer|commissioner of works|"
        "board of wardens|county auditor|standing committee|board of stewards"
    ),
    "power": _either(
        "is hereby authorized and empowered to|shall have full power to|may in its discretion|shall cause the clerk to|"
        "is directed to|shall from time to time|may, upon petition of twenty freeholders,|"
        "shall, on or before the first Monday in May,"
    ),
    "money": _either("five|ten|fifteen|twenty|twenty-five|forty|fifty|seventy-five|one hundred|two hundred|five hundred"),
    "number": _either("three|four|five|six|seven|eight|nine|ten|twelve|fifteen|eighteen|thirty|sixty"),
    "month": _either("January|February|March|April|May|June|July|August|September|October|November|December"),
    "direction": _either("north|south|east|west|northeast|southwest"),
    "mark": _either("stone|stake|bridge|ford|stump|spring|gate post|culvert|old ferry|church corner"),
    "ware": _either(
        "colored glass|colored glass|white oak staves|white oak staves|mill race timber|Indian corn meal|colored tile|"
        "white lead"
    ),
    "dealer": _either(
        "glazier|cooper|chandler|miller|factor|warehouse keeper|peddler|ware dealer|wagoner|auctioneer|storekeeper|"
        "commission merchant"
    ),
    "paschal_ware": _either("stained panes|seasoned pale timber|sluice boards|ground maize|dyed pottery|bleached pigment"),
    "murray_ware": _either("tinted ware|hardwood billets|raceway planking|cereal flour|glazed fixtures|surface coatings"),
    "handling": _either(
        "sold under its own name|kept in a room by itself|stamped with the letter of its grade|"
        "entered in a book for that purpose|laid up in a dry store|weighed apart from other wares|"
        "shown to the inspector on demand|packed in sound barrels"
    ),
    "fish": _either("shad|herring|perch|trout|mullet|oysters|bream"),
    "game": _either("quail|deer|wild turkeys|squirrels|partridges|ducks"),
    "tool": _either("seine|drag net|trap|set hook|fish basket|dutch net"),
    "use": _either(
        "repairing the court-house|building a bridge over the river|paying the outstanding debt|grading the streets|"
        "buying a fire engine|keeping the public wells|extending the water mains|furnishing the almshouse"
    ),
    "court": _either("superior court|recorder's court|court of pleas|circuit court|justice's court"),
    "paper": _either("deed|mortgage|bond|will|writ|summons|license|plat"),
    "crop": _either("tobacco|wheat|cotton|peanuts|potatoes|hay"),
    "beast": _either("horses|cattle|swine|sheep|mules|goats"),
}

_WARES = (
    "it shall be unlawful for any {dealer} in {county} County to offer for sale any {ware} unless the same be {handling}.",
    "every {dealer} who deals in {ware} within {number} miles of {town} shall cause the same to be {handling} and {handling}.",
    "the {body} {power} appoint an inspector of wares, who shall see that all {ware} brought into {town} be {handling}.",
    "no {dealer} shall mix {ware} with any other wares, but the same shall be {handling} under a penalty of {money} dollars.",
    "all {ware} stored in {town} by any {dealer} shall be {handling}, and a return thereof made each {month} to the {body}.",
    "the {body} {power} license any {dealer} to trade in {ware}, and such license shall require that it be {handling}.",
)
_PASCHAL_WARES = (
    "the {body} {power} lay out a yard at {town} in which {ware} shall be received of any {dealer} and {handling}.",
    "there shall be provided at {town} a shed for {ware}, and no {dealer} shall land the same elsewhere in {county} County.",
    "the toll upon {ware} passing the turnpike at {town} shall be {money} cents, to be paid by the {dealer} or his agent.",
    "the subscribers for the {ware} market at {town}, {surname}, {surname} and {surname}, are created a body corporate.",
)
_MURRAY_WARES = (
    "the commission shall establish rules for the carriage of {ware} by motor freight between {town} and {town}.",
    "each carrier operating a depot at {town} shall furnish platforms for {ware} according to the schedule of the commission.",
    "the director {power} adopt specifications for {ware} bought by any agency, and file a copy in {county} County.",
    "allotments for {ware} shall be computed by the budget bureau, and reported each {month} to the {body}.",
)
_OTHER: dict[str, tuple[str, tuple[str, ...]]] = {
    "roads": (
        "PROVIDE FOR THE WORKING OF THE PUBLIC ROADS OF {county} COUNTY",
        (
            "the {body} {power} lay out or discontinue the road from {town} to {town} by way of {surname}'s mill.",
            "all persons liable to road duty in {county} County shall work {number} days a year or pay {money} dollars.",
            "the overseer at {town} shall keep the bridges and culverts in repair, and report each {month} to the {body}.",
            "the road shall begin at a {mark} near {town} and run {direction} {number} miles to the {mark} of {surname}.",
        ),
    ),
    "fishing": (
        "PROTECT FISH AND GAME IN {county} COUNTY",
        (
            "it shall be unlawful for any person to take {fish} with a {tool} in {county} County before the first of {month}.",
            "any person who shall hunt {game} upon the lands of another without leave shall be fined {money} dollars.",
            "no {tool} shall be set within {number} yards of the creek's mouth at {town} between {month} and {month}.",
            "the warden may seize any {tool} used contrary to this act and sell it at the court-house of {county} County.",
        ),
    ),
    "charter": (
        "INCORPORATE THE TOWN OF {town} IN {county} COUNTY",
        (
            "the limits of {town} shall run from a {mark} {direction} to the {mark}, thence {direction} to the beginning.",
            "a mayor and {number} aldermen shall govern {town}, and {surname} and {surname} shall hold until {month}.",
            "the aldermen {power} levy a tax not over {money} cents on the hundred dollars for {use}.",
            "the mayor of {town} shall preside over the council, and may fine any disorderly person {money} dollars.",
        ),
    ),
    "taxes": (
        "RAISE REVENUE AND TO PROVIDE FOR THE LISTING OF PROPERTY",
        (
            "every owner of {beast} or of growing {crop} in {county} County shall list the same for taxation in {month}.",
            "the {body} {power} levy a special tax for {use}, not to exceed {money} cents on the poll.",
            "the sheriff of {county} County shall settle with the {body} in {number} days and pay over all taxes in his hands.",
            "each storekeeper selling {crop} shall pay a license tax of {money} dollars for each year ending in {month}.",
        ),
    ),
    "courts": (
        "REGULATE THE TERMS OF THE COURTS OF {county} COUNTY",
        (
            "the {court} of {county} County shall be held on the first Monday in {month} and continue {number} days.",
            "the clerk of the {court} shall docket each {paper} and may charge {money} cents for a copy.",
            "in the {court} a {paper} duly certified shall be evidence, and the party may appeal within {number} days.",
            "the register of {county} County shall record every {paper} left with him by {surname} or his assigns.",
        ),
    ),
    "finance": (
        "AUTHORIZE {county} COUNTY TO ISSUE BONDS",
        (
            "the {body} {power} issue bonds to the amount of {money} thousand dollars for {use}.",
            "the coupons shall fall due in {month} of each year and be signed by {surname}, chairman, at {town}.",
            "the money so raised shall be used for {use}, and any sum left after {number} years for {use}.",
            "the question shall be put to the voters of {town} in {month}, after notice of {number} days at the court-house.",
        ),
    ),
    "storage": (
        "REGULATE THE STORING OF CROPS IN {county} COUNTY",
        (
            "no {dealer} shall store {crop} at {town} unless the same be {handling}, under a penalty of {money} dollars.",
            "every {dealer} who deals in {crop} within {number} miles of {town} shall cause the same to be {handling}.",
            "the {body} {power} license any {dealer} to trade in {crop}, and the same shall be {handling} and {handling}.",
            "a weigher of {crop} shall be named for {town}, and each {dealer} shall pay him {money} cents for the load.",
        ),
    ),
    "relief": (
        "RELIEVE {surname} OF {county} COUNTY",
        (
            "the treasurer shall pay {surname}, late collector of {county} County, the sum of {money} dollars.",
            "{surname} is released from his {paper} given in {month} for the hire of {beast}.",
            "the {body} {power} pay the widow of {surname}, of {town}, {money} dollars a quarter from the fund for {use}.",
            "the claim of {surname} for {crop} burned at {town} shall be heard by the {body} in {month}.",
        ),
    ),
}
_TAILS = (
    "Any person violating this section shall be guilty of a misdemeanor and fined not more than {money} dollars.",
    "Provided, that nothing herein shall apply to {county} County.",
    "The fines so collected shall be paid to the {body} for {use}.",
    "Provided further, that notice be posted for {number} days at the court-house in {town}.",
    "All moneys received shall be accounted for in {month} of each year to the {body}.",
    "This section shall not be held to repeal any charter granted to {town}.",
)
_STRAYS = (
    "The line shall pass a white oak on the land of {surname}.",
    "The boundary follows the mill race of {surname} to the {mark}.",
    "The rent may be paid in Indian corn at the price of {month}.",
    "The windows of the court-house may be of colored glass.",
    "The race ground at {town} shall be deemed within the town.",
)
_REPEALS = (
    "That all laws and clauses of laws in conflict with this act are hereby repealed.",
    "That all laws and clauses of laws in conflict with this act be and the same are hereby repealed.",
    "That all laws and parts of laws in conflict with this act are hereby repealed.",
    "That this act shall be in force from and after its ratification.",
    "That all laws and clauses of laws in conflict with the provisions of this act are hereby repealed.",
)
_WARES_TITLES = {
    MURRAY: "FIX STANDARDS FOR THE CARRIAGE AND PURCHASE OF WARES",
    PASCHAL: "PROVIDE A YARD AND MARKET FOR WARES AT {town}",
    EXPERTS: "REGULATE THE SALE OF WARES IN {county} COUNTY",
}


@dataclass(frozen=True)
class Size:
    """How many sections of each label a source has."""

    positives: int
    negatives: int


@dataclass(frozen=True)
class _Chapter:
    year: int
    law_type: str
    number: int
    title: str


def sizes(rows: int) -> dict[str, Size]:
    """Return the size of each source in a corpus of ``rows`` sections.

    The shares and label rates are those of the real corpus at 1,785 rows (murray 35 of 38 positive, paschal 74 of 74, project
    experts 403 of 1,673). Below that they shrink in proportion, except that murray keeps three of each label.

    Raises
    ------
    StudyError
        If ``rows`` is under 120.
    """
    if rows < MIN_ROWS:
        raise StudyError(
            f"data.synthetic.rows is {rows}; expected at least {MIN_ROWS}, so that every source holds some sections"
        )
    scale = rows / FULL_ROWS
    murray = Size(max(3, round(35 * scale)), max(3, round(3 * scale)))
    paschal = Size(round(74 * scale), 0)
    experts = rows - murray.positives - murray.negatives - paschal.positives
    positives = round(experts * 403 / 1673)
    return {MURRAY: murray, PASCHAL: paschal, EXPERTS: Size(positives, experts - positives)}


def corpus_csv(rows: int = FULL_ROWS, seed: int = 0) -> bytes:
    """Return the corpus as the bytes of a csv with the real file's columns.

    The same arguments give the same bytes. About one section in ten resembles another, many of them repeal clauses, a few
    sections repeat word for word, and at least one pair of repeats disagrees about its label.

    Raises
    ------
    StudyError
        As :func:`sizes`.
    """
    writer = _Writer(np.random.default_rng(derive_seed("synthetic", rows, seed)))
    for source, size in sizes(rows).items():
        writer.add_source(source, size)
    writer.add_conflicts(max(1, round(rows * _CONFLICTS_PER_ROW)))
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, CSV_COLUMNS)
    table.writeheader()
    table.writerows(writer.rows)
    return out.getvalue().encode()


class _Writer:
    """Writes sections one after the other; later ones may copy earlier ones or join their chapters."""

    def __init__(self, rng: np.random.Generator):
        self.rows: list[dict[str, str]] = []
        self._rng = rng
        self._sections: dict[_Chapter, int] = {}
        self._curated: list[_Chapter] = []
        self._numbers: set[tuple[int, str, int]] = set()

    def add_source(self, source: str, size: Size) -> None:
        labels = np.repeat([1, 0], [size.positives, size.negatives])
        first = len(self.rows)
        chapter: _Chapter | None = None
        chapter_label = -1
        for label in self._rng.permutation(labels).tolist():
            if chapter is None or label != chapter_label or not self._chance(_CHAPTER_GOES_ON):
                topic = self._pick(tuple(_OTHER))
                chapter, chapter_label = self._chapter(source, label, topic), label
            self._add(source, label, chapter, self._text(source, label, topic, chapter.year, first))

    def add_conflicts(self, count: int) -> None:
        """Give ``count`` experts' negatives the text of an experts' positive."""
        experts = [row for row in self.rows if row["source"] == EXPERTS]
        positives = [row for row in experts if row["jim_crow"] == "1"]
        negatives = [row for row in experts if row["jim_crow"] == "0"]
        for place in range(count):
            negatives[-1 - place]["section_text"] = positives[place]["section_text"]

    def _add(self, source: str, label: int, chapter: _Chapter, text: str) -> None:
        section = self._sections.get(chapter, 0) + int(self._rng.integers(1, 4))
        self._sections[chapter] = section
        self.rows.append(
            {
                "id": f"{chapter.year}_{chapter.law_type}_{chapter.number + 1}_{section + 1}",
                "source": source,
                "jim_crow": str(label),
                "type": chapter.law_type,
                "chapter_num": str(chapter.number),
                "section_num": str(section),
                "chapter_text": f"CHAPTER {chapter.number} {chapter.title}. The General Assembly of Alderway do enact:",
                "section_text": text,
            }
        )

    def _chapter(self, source: str, label: int, topic: str) -> _Chapter:
        if source == EXPERTS and self._chance(_SHARED_CHAPTER):
            return self._pick(self._curated)
        mean, deviation = _YEARS[source]
        year = int(np.clip(round(mean + deviation * self._rng.standard_normal()), FIRST_YEAR, LAST_YEAR))
        types = ("session laws",) if year >= 1943 else ("public laws", "public laws", "private laws")
        law_type = self._pick((*types, "public local laws") if 1911 <= year < 1943 else types)
        number = int(self._rng.integers(1, 1200))
        while (year, law_type, number) in self._numbers:
            number += 1
        self._numbers.add((year, law_type, number))
        title = "an act to " + self._fill(_WARES_TITLES[source] if label else _OTHER[topic][0])
        chapter = _Chapter(year, law_type, number, title.upper())
        if source != EXPERTS:
            self._curated.append(chapter)
        return chapter

    def _text(self, source: str, label: int, topic: str, year: int, first: int) -> str:
        if label == 0 and self._chance(_REPEAL_SHARE):
            return self._pick(_REPEALS)
        same = [row for row in self.rows[first:] if row["jim_crow"] == str(label)]
        if len(same) >= _FEWEST_TO_COPY and self._chance(_COPY_SHARE):
            text = self._pick(tuple(same))["section_text"]
            return text if self._chance(_EXACT_COPY) else self._revised(text)
        sentences = [self._core(source, label, topic)]
        for templates in (_OTHER[topic][1], _TAILS):
            sentences += [self._fill(template) for template in self._sample(templates, int(self._rng.integers(1, 4)))]
        if label == 0 and self._chance(_STRAY_WARE):
            sentences.append(self._fill(self._pick(_STRAYS)))
        text = " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences)
        return self._misread(f"That {text[0].lower()}{text[1:]}" if year < _LAST_THAT else text)

    def _core(self, source: str, label: int, topic: str) -> str:
        if label == 0:
            return self._fill(self._pick(_OTHER[topic][1]))
        own = {MURRAY: _MURRAY_WARES, PASCHAL: _PASCHAL_WARES}.get(source, _WARES)
        template = self._pick(own if self._chance(_OWN_WORDS[source]) else _WARES)
        other = {MURRAY: "murray_ware", PASCHAL: "paschal_ware"}.get(source, self._pick(("paschal_ware", "murray_ware")))
        ware = "ware" if self._chance(_NAMES_A_WARE[source]) else other
        return self._fill(template.replace("{ware}", f"{{{ware}}}"))

    def _fill(self, template: str) -> str:
        return re.sub(r"{(\w+)}", lambda match: self._pick(_SLOTS[match.group(1)]), template)

    def _revised(self, text: str) -> str:
        """Change one word for a place name, as a later act repeats an earlier one for another county."""
        words = text.split(" ")
        words[int(self._rng.integers(1, len(words)))] = self._pick(_SLOTS["county"])
        return " ".join(words)

    def _misread(self, text: str) -> str:
        """Swap two letters in some words, as optical character recognition spoils them."""
        words = text.split(" ")
        for place, draw in enumerate(self._rng.random(len(words)).tolist()):
            if draw < _MISREAD_WORD and len(words[place]) > 3:
                word = words[place]
                words[place] = word[0] + word[2] + word[1] + word[3:]
        return " ".join(words)

    def _chance(self, probability: float) -> bool:
        return bool(self._rng.random() < probability)

    def _sample(self, items: Sequence[Item], count: int) -> list[Item]:
        return [items[place] for place in self._rng.permutation(len(items))[:count].tolist()]

    def _pick(self, items: Sequence[Item]) -> Item:
        return items[int(self._rng.integers(len(items)))]
