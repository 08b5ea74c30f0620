"""Split schemes that a configuration defines for its own data, under ``scheme_definitions``.

Standard library only: the Snakefile and the configuration check import this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mirage.errors import StudyError
from mirage.listing import listing
from mirage.splits import facts
from mirage.splits.facts import Held, SchemeFacts

GROUP = "source"  # the column of the groups in the rows of a study
LETTERS = ("in", "out", "size")
LIBRARIES = ("scikit-learn", "datasets")
SAID = ("description", "title")  # what people read of a scheme; any form may have them

_ARM = re.compile(r"arm-(in|out|size)((?:-[a-z0-9]+)*?)(-dose(?:-[a-z0-9]+)*)?")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FORMS = (
    "{out: [groups]}, {out: [groups], with_folds_of: [groups]}, {column: name, out: [values]}, {arm: in|out|size, out: [groups], "
    "spare: [groups], dose: share, seeds: number}, {train: [groups], test: [groups]}, "
    "{column: name, train: [values], test: [values]} or "
    "{split_by: scikit-learn|datasets, test_fraction, stratified, seed}"
)


def defined(name: str, definition: Any) -> SchemeFacts:
    """Return the facts of a scheme from its definition.

    Raises
    ------
    StudyError
        With one line on the key at fault: what was found and what to write.
    """
    where = f"config.yaml: scheme_definitions.{name}"
    if not _NAME.fullmatch(name):
        raise StudyError(f"{where}: a scheme is named with lower-case letters, digits and single hyphens")
    if not isinstance(definition, Mapping):
        raise StudyError(f"{where}: found {definition!r}; write {_FORMS}")
    said = {key: value for key, value in definition.items() if value is not None}
    for needed, (known, build) in _FORMS_BY_KEY.items():
        if needed in said:
            unknown = sorted(set(said) - {needed, *SAID, *known}, key=str)
            if unknown:
                raise StudyError(f"{where}: unknown key {unknown[0]!r} beside {needed}; known are {', '.join((*known, *SAID))}")
            return replace(build(name, said, where), title=_title(said, where))
    raise StudyError(f"{where}: found {dict(definition)!r}; write {_FORMS}")


def _split_by(name: str, said: Mapping[str, Any], where: str) -> SchemeFacts:
    library = _one_of(said["split_by"], LIBRARIES, f"{where}.split_by")
    share, seed, stratified = said.get("test_fraction"), said.get("seed"), said.get("stratified", False)
    if not isinstance(share, int | float) or isinstance(share, bool) or not 0 < share < 1:
        raise StudyError(f"{where}.test_fraction: found {share!r}; write a share above 0 and below 1")
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise StudyError(f"{where}.seed: found {seed!r}; write the whole number that the split was drawn with")
    if not isinstance(stratified, bool):
        raise StudyError(f"{where}.stratified: found {stratified!r}; write true or false")
    said_seed = f"{'random_state' if library == 'scikit-learn' else 'seed'} {seed}"
    kept = "stratified" if stratified else "not stratified"
    default = f"{library} train_test_split, {_percent(share)} tested, {kept}, {said_seed}"
    arguments = {"test_fraction": float(share), "stratified": stratified, "seed": seed}
    builder = "sklearn_split" if library == "scikit-learn" else "datasets_split"
    return facts.scheme(name, "exact", _described(said, default), builder, arguments=arguments)


def _train_test(name: str, said: Mapping[str, Any], where: str) -> SchemeFacts:
    train, test = (_values(said.get(key), f"{where}.{key}") for key in ("train", "test"))
    both = sorted(set(train) & set(test))
    if both:
        raise StudyError(f"{where}: {both[0]!r} stands under train and test; write it once")
    column = _column(said["column"], where) if "column" in said else GROUP
    of = "" if column == GROUP else f"{column} "
    default = f"trained on all rows of {of}{listing(train, 'and')}, tested on all of {of}{listing(test, 'and')}"
    arguments = {"train": Held(values=train, column=column), "test": Held(values=test, column=column)}
    return facts.scheme(name, "exact", _described(said, default), facts.WHOLE_GROUPS, arguments=arguments)


def _arm_of(name: str, said: Mapping[str, Any], where: str) -> SchemeFacts:
    letter = _one_of(said["arm"], LETTERS, f"{where}.arm")
    named = _ARM.fullmatch(name)
    if named is None or named.group(1) != letter:
        raise StudyError(
            f"{where}: an arm is named arm-{letter} or arm-{letter}-NAME, so that the three of one NAME share their draws"
        )
    dose = said.get("dose", 1.0)
    if not isinstance(dose, int | float) or isinstance(dose, bool) or not 0 < dose <= 1 or (letter == "out" and "dose" in said):
        raise StudyError(f"{where}.dose: found {dose!r}; write a share above 0 and up to 1, in an arm that trains on the group")
    if ("dose" in said) != bool(named.group(3)):
        raise StudyError(
            f"{where}: an arm with a dose, and no other, is named as the arm that it is a dose of and -dose-NAME, such as "
            f"arm-{letter}{named.group(2)}-dose-50"
        )
    seeds = said.get("seeds")
    if seeds is not None and (not isinstance(seeds, int) or isinstance(seeds, bool) or seeds < 1):
        raise StudyError(f"{where}.seeds: found {seeds!r}; write how many of the study's seeds this scheme has, 1 or more")
    if "spare" in said and letter != "size":
        raise StudyError(
            f"{where}.spare: no row is given up in arm {letter!r}; write it in the arm of the same name with arm: size"
        )
    held = _values(said.get("out"), f"{where}.out")
    spare = _values(said["spare"], f"{where}.spare") if "spare" in said else ()
    default = arm_description(
        letter, named.group(2), listing(held, "and"), f"rows of {listing(spare, 'and')}" if spare else "other rows", dose
    )
    return facts.arm(
        letter,
        named.group(2),
        Held(values=held),
        Held(values=spare) if spare else None,
        _described(said, default),
        forbids=_forbids(said, where),
        name=name,
        dose=float(dose),
        seeds=seeds,
    )


def _out_of_column(name: str, said: Mapping[str, Any], where: str) -> SchemeFacts:
    column = _column(said["column"], where)
    values = _values(said.get("out"), f"{where}.out")
    held = Held(values=values, column=column)
    default = f"tested on rows whose {column} is {listing(values, 'or')}, trained on the others"
    return facts.held_out(name, held, _described(said, default), forbids=_forbids(said, where))


def _out(name: str, said: Mapping[str, Any], where: str) -> SchemeFacts:
    held = _values(said["out"], f"{where}.out")
    listed = listing(held, "and")
    if "with_folds_of" in said:
        others = _values(said["with_folds_of"], f"{where}.with_folds_of")
        default = f"trained without {listed}, tested on them and, fold by fold, on all of {listing(others, 'and')}"
        return facts.matched(
            name, Held(values=held), Held(values=others), _described(said, default), forbids=_forbids(said, where)
        )
    default = f"trained without {listed}, tested on {'it' if len(held) > 1 else listed}".replace(
        "tested on it", "tested on them"
    )
    return facts.held_out(name, Held(values=held), _described(said, default), forbids=_forbids(said, where))


_FORMS_BY_KEY: dict[str, tuple[tuple[str, ...], Callable[[str, Mapping[str, Any], str], SchemeFacts]]] = {
    "split_by": (("test_fraction", "stratified", "seed"), _split_by),
    "train": (("test", "column"), _train_test),
    "arm": (("out", "spare", "dose", "seeds", "forbids"), _arm_of),
    "column": (("out", "forbids"), _out_of_column),
    "out": (("with_folds_of", "forbids"), _out),
}


def arm_description(letter: str, suffix: str, held: str, spared: str, dose: float = 1.0) -> str:
    """Say what an arm trains on, given what its tested and its spared rows are called."""
    share = "" if dose == 1 else f"{_percent(dose)} of "
    return {
        "in": f"{held} tested in folds, trained with {share}the rest of {held}",
        "out": f"{held} tested, trained without",
        "size": f"as arm-in{suffix}{f' with {share}its rows of {held}' if share else ''}, less as many random {spared}",
    }[letter]


def _column(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise StudyError(f"{where}.column: found {value!r}; write the name of a column declared under data.columns.metadata")
    return value


def _title(said: Mapping[str, Any], where: str) -> str:
    title = said.get("title", "")
    if not isinstance(title, str) or ("title" in said and not title.strip()):
        raise StudyError(f"{where}.title: found {title!r}; write a few words")
    return title


def _described(said: Mapping[str, Any], default: str) -> str:
    return str(said.get("description", default))


def _forbids(said: Mapping[str, Any], where: str) -> Sequence[facts.Forbidden]:
    found = said.get("forbids", ["exact"])
    for kind in found if isinstance(found, list | tuple) else [found]:
        _one_of(kind, facts.FORBIDDEN, f"{where}.forbids")
    return tuple(found)


def _one_of(value: Any, known: Sequence[str], where: str) -> str:
    if value not in known:
        raise StudyError(f"{where}: found {value!r}; write one of {', '.join(known)}")
    return str(value)


def _values(value: Any, where: str) -> tuple[str, ...]:
    found = value if isinstance(value, list | tuple) else [value]
    if not found or any(not isinstance(item, str) or not item for item in found):
        raise StudyError(f"{where}: found {value!r}; write a list of names as the data have them")
    if len(set(found)) < len(found):
        raise StudyError(
            f"{where}: {next(item for item in found if list(found).count(item) > 1)!r} stands there twice; write it once"
        )
    return tuple(found)


def _percent(share: float) -> str:
    return f"{100 * share:g} %"
