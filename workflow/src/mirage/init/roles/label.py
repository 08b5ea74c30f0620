"""The label: a column that is named so, else the one whose values look like those of a label, else the one that the text tells.

A column whose name says "label" and that cannot be one stops the proposal: nobody else takes its role.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

import numpy as np

from mirage.errors import StudyError
from mirage.init.inspect import Column
from mirage.init.roles.cells import fault_of, number_form
from mirage.init.roles.give_away import gives_away
from mirage.init.roles.names import (
    DUAL,
    LEAST_SURE,
    SEMANTIC,
    SURE,
    group_trust,
    has_confidence,
    is_about,
    is_flag,
    is_named,
    is_often_judged,
    is_score,
    is_yes_or_no,
    label_trust,
    plain,
    same_series,
)
from mirage.init.roles.positive import negated
from mirage.init.roles.proposal import Proposal, others_than
from mirage.listing import first_of, listing
from mirage.tables.layout import number

MOST_CLASSES = 200
MOST_UNNAMED_CLASSES = 20  # of a column that is not named a label
ROWS_A_CLASS = 2  # at least on average: a column of fewer names rows
FEWEST_OF_A_SCALE = 4  # values
FEWEST_ROWS = 10  # of each of two classes, for a study to say anything
MOSTLY_EMPTY = 0.5  # of the rows
MOST_CANDIDATES = 8  # of unnamed columns, for a model each to be asked which of them the text tells
QUICK_ROWS = 2000
TOLD, NOT_TOLD = 0.2, 0.1  # how far above guessing the text tells a column, for it to be a label or to be none

_WORDS_OF_LABELS = re.compile(
    r"[01]|-1|yes|no|true|false|y|n|t|f|pos(itive)?|neg(ative)?|neutral|ham|spam|none|(non|not|no|off|on)[ _-].+|fake|real|hate\w*|toxic"
    r"|normal|offensive|favou?r|against|agree|disagree|neither|unrelated|support|deny|query"
    r"|ja|nein|nee|oui|s[iíì]|sim|não|да|нет|是|否|positiv[oe]?|negativ[oe]?|positif|négatif"
)


def propose_label(columns: Sequence[Column], texts: Sequence[str], *, to_be_cut: bool = False) -> Proposal:
    """Propose the label; ``to_be_cut`` says that numbers are cut in two, so that any number of them will do.

    Raises
    ------
    StudyError
        When the column that is named a label cannot be one, when several columns may be it and nothing decides, or when none is.
    """
    by_trust = {column.name: _trust(column, columns) for column in columns}
    said = [column for column in columns if by_trust[column.name] and not _is_prose(column, by_trust[column.name])]
    sure = [column for column in said if _is_sure(column, by_trust[column.name])]
    if len(sure) < len(said) and all(_is_sparse(column) and by_trust[column.name] < SURE - 1 for column in sure):
        said = [column for column in said if column not in sure]
        sure = []
    if sure:
        _check_share_beside(sure, said, by_trust)
        return _checked(_of_named(sure, by_trust, said), sure, to_be_cut)
    shaped = [column for column in columns if column not in said and _looks_like_label(column)]
    if said:
        return _checked(_of_dual(said, shaped), said, to_be_cut)
    return _checked(_of_unnamed(columns, shaped, texts, to_be_cut), columns, to_be_cut)


def _checked(found: Proposal, columns: Sequence[Column], to_be_cut: bool) -> Proposal:
    check_label(next(column for column in columns if column.name == found.column), to_be_cut=to_be_cut)
    return found


def _trust(column: Column, columns: Sequence[Column]) -> float:
    """Return how surely a column is named a label.

    One beside which a confidence stands was judged, and so was one that is named by a value of its own, as deceptive is among truthful
    and deceptive.
    """
    said = label_trust(column)
    if column.distinct > 1 and has_confidence(column, columns):
        return max(said, SEMANTIC + 0.25)
    return max(said, SEMANTIC + 0.25) if _is_named_by_a_value(column) else said


def _is_named_by_a_value(column: Column) -> bool:
    if not 2 <= column.distinct <= MOST_UNNAMED_CLASSES or column.is_number:
        return False
    # A header that stands among the rows again is one row.
    return any(count >= FEWEST_ROWS and plain(value) == plain(column.name) for value, count in column.counts.items())


def _is_prose(column: Column, trust: float) -> bool:
    """Whether a column holds texts or names of rows, whatever the thing is that it is named by; a "label" is one, and then a bad one."""
    if trust > SEMANTIC + 0.5 or column.refusal or column.is_list:
        return trust <= DUAL
    names_rows = column.distinct * ROWS_A_CLASS > len(column.filled) and not column.is_number
    return names_rows or (trust <= DUAL and column.distinct > MOST_CLASSES and not column.is_number)


def _is_sure(column: Column, trust: float) -> bool:
    """Whether a name says "label": one that may as well be a group's does where the values are those of a label."""
    return trust > DUAL or (_has_words_of_labels(column) and column.distinct > 1)


def _of_named(sure: Sequence[Column], by_trust: Mapping[str, float], said: Sequence[Column]) -> Proposal:
    """Choose among names that say "label": the surest; of those that are the same in other words the coarsest."""
    trust = {column.name: max(by_trust[column.name], LEAST_SURE) for column in sure}
    ranked = sorted(sure, key=lambda column: -trust[column.name])
    filled = [column for column in ranked if not _is_sparse(column)] or ranked
    first = [column for column in filled if trust[column.name] == trust[filled[0].name]]
    best = _coarsest(min(first, key=lambda column: (not column.is_full, column.is_measured or column.is_list)), first)
    like = [column for column in first if column is not best and _same_labels(best, column)]
    apart = [column for column in first if column is not best and column not in like]
    rivals = [*apart, *(_other_scales(best, filled, trust) if trust[best.name] < SURE - 1 else [])]
    if rivals:
        raise _ambiguous([best, *rivals], "their names say so of each")
    reason = f"{best.distinct} values; its name says so"
    reason += f"; {listing([column.name for column in like], 'and')}: the same in other words, or finer" if like else ""
    sparse = [column.name for column in ranked if column not in filled]
    reason += f"; {listing(sparse, 'and')}: empty in most rows" if sparse else ""
    return Proposal.of(best.name, reason, others_than(best.name, [column.name for column in said]))


def _other_scales(best: Column, columns: Sequence[Column], trust: Mapping[str, float]) -> list[Column]:
    """Return the marks of other things than the label's where that is a mark on a scale itself, but for parts of it."""
    if not _is_graded(best):
        return []
    others = [column for column in columns if LEAST_SURE < trust[column.name] < trust[best.name] and _is_graded(column)]
    return [column for column in others if not _same_labels(best, column) and not _is_part(column, best)]


def _check_share_beside(sure: Sequence[Column], said: Sequence[Column], by_trust: Mapping[str, float]) -> None:
    """Refuse where a share is the target and a name that describes rows, such as a rating, is that of a label too."""
    shares = [column for column in said if column.is_measured and _is_share(column) and column not in sure]
    if shares and max(by_trust[column.name] for column in sure) < SEMANTIC + 0.25:
        raise _ambiguous([*shares, *sure], f"{shares[0].name} holds shares, which need --cut, and the names say so of each")


def _is_sparse(column: Column) -> bool:
    return column.empty > MOSTLY_EMPTY * len(column.values)


def _is_graded(column: Column) -> bool:
    """Whether a column holds marks of a scale: whole numbers without a hole, or others between them."""
    if not column.is_number or column.distinct < FEWEST_OF_A_SCALE:
        return False
    return column.is_measured or _is_scale(column) or any(not float(value).is_integer() for value in column.counts)


def _is_part(column: Column, whole: Column) -> bool:
    """Whether a name says more than another, as service_rating does beside rating."""
    return set(plain(whole.name).split("_")) <= set(plain(column.name).split("_"))


def _coarsest(column: Column, columns: Sequence[Column]) -> Column:
    """Return the column of the fewest values of which a column is a refinement, or the same in other words."""
    coarser = [other for other in columns if other.distinct < column.distinct and _same_labels(other, column)]
    return min([column, *coarser], key=lambda other: other.distinct)


def _same_labels(best: Column, other: Column) -> bool:
    """Whether a column has the same labels in other words, or finer ones."""
    return other.distinct >= best.distinct and gives_away(other, best.values) is not None


def _goes_with(one: Column, other: Column) -> bool:
    """Whether one of two columns is the other in other, finer or coarser words."""
    return gives_away(other, one.values) is not None or gives_away(one, other.values) is not None


def _of_dual(said: Sequence[Column], shaped: Sequence[Column]) -> Proposal:
    """Choose where names may as well be a group's."""
    candidates = [*said, *(column for column in shaped if _has_words_of_labels(column))]
    if len(candidates) > 1:
        raise _ambiguous(candidates, "the names fit a label and a group alike")
    best = candidates[0]
    rivals = [column for column in shaped if not fault_of(column) and not _goes_with(best, column)]
    if rivals:
        raise _ambiguous([best, *rivals], f"the name {best.name} fits a label and a group alike")
    others = [column.name for column in shaped]
    return Proposal.of(best.name, f"{best.distinct} values; its name says so", others)


def _of_unnamed(columns: Sequence[Column], shaped: Sequence[Column], texts: Sequence[str], to_be_cut: bool) -> Proposal:
    """Choose by shape where no column is named a label, and by what the text tells where shape does not decide."""
    by_words = [column for column in shaped if _has_words_of_labels(column)]
    if len(by_words) == 1:
        best = by_words[0]
        left = [column for column in columns if column is not best and (column in shaped or _is_scale(column))]
        rivals = left if is_yes_or_no(best) else [column for column in left if same_series(best, column)]
        if rivals:
            raise _ambiguous([best, *rivals], f"no name says which, and {best.name} is one of several of its kind")
        shown = listing(list(best.counts)[:2], "and")
        others = others_than(best.name, [column.name for column in shaped])
        return Proposal.of(best.name, f"{best.distinct} values; they are words of labels, such as {shown}", others)
    measured = [column for column in columns if column.is_measured and _is_share(column)]
    if not shaped and len(measured) == 1:
        check_label(measured[0], to_be_cut=to_be_cut)
        return Proposal.of(measured[0].name, "shares from 0 to 1; no other column looks like a label")
    candidates = by_words or shaped or [column for column in columns if _could_be_label(column)]
    graded = [column for column in columns if _is_graded(column)]
    if not candidates and graded:
        raise _ambiguous(graded, "no name says which, and numbers need --cut")
    if not candidates:
        raise StudyError(
            f"no column looks like a label: none has 2 to {MOST_UNNAMED_CLASSES} values; say which it is with --label"
        )
    scores = [column for column in columns if is_score(column) and column.is_number and column.distinct > 2]
    if scores and not by_words:
        raise _ambiguous([*scores, *candidates], "no name says which, and a score needs --cut")
    if len(candidates) == 1:
        best = candidates[0]
        judged = [column for column in columns if column is not best and is_often_judged(column) and _could_be_label(column)]
        if judged and not by_words:
            raise _ambiguous([best, *judged], f"nothing but its few values speaks for {best.name}")
        numbers = [column for column in columns if column is not best and (column.is_measured or number_form(column))]
        if group_trust(best) and numbers:
            raise _ambiguous([*numbers, best], f"numbers need --cut, and {best.name} says where a row comes from")
        scales = [column for column in columns if column is not best and _is_scale(column)]
        if scales and not by_words:
            raise _ambiguous([*scales, best], f"a scale needs --cut, and nothing but its few values speaks for {best.name}")
        return Proposal.of(best.name, f"{best.distinct} values; no other column has few enough to be a label")
    return _told_best(candidates, texts)


def _told_best(candidates: Sequence[Column], texts: Sequence[str]) -> Proposal:
    if len(candidates) > MOST_CANDIDATES:
        raise _ambiguous(candidates, "no name says which; of a column a label, each is a study of its own")
    told = {column.name: told_by_text(texts, column.values) for column in candidates}
    skill = {column.name: _above_guessing(told[column.name], column.distinct) for column in candidates}
    best, second, *_ = sorted(candidates, key=lambda column: -skill[column.name])
    if skill[best.name] < TOLD or skill[second.name] > NOT_TOLD:
        raise _ambiguous(candidates, "no name says which, and what the text tells is as likely the topic")
    accuracy = f"balanced accuracy {number(told[best.name], 2)} where guessing has {number(1 / best.distinct, 2)}"
    others = [column.name for column in candidates if column is not best]
    return Proposal.of(best.name, f"{best.distinct} values; of unnamed columns the text tells it alone ({accuracy})", others)


def _above_guessing(accuracy: float, classes: int) -> float:
    return (accuracy - 1 / classes) / (1 - 1 / classes)


def _looks_like_label(column: Column) -> bool:
    return (
        _could_be_label(column)
        and not group_trust(column)
        and not is_named("unit", column)
        and not is_named("id", column)
        and (not column.is_number or _has_words_of_labels(column))
    )


def _is_scale(column: Column) -> bool:
    """Whether a column holds answers on a scale: whole numbers without a hole, from 0 or 1 to a few, that number no group or row."""
    if group_trust(column) or is_named("id", column) or is_named("unit", column) or is_about(column):
        return False
    if not column.is_number or not MOST_UNNAMED_CLASSES >= column.distinct >= FEWEST_OF_A_SCALE:
        return False
    values = sorted(float(value) for value in column.counts)
    return values[0] in (0, 1) and values == [values[0] + step for step in range(len(values))]


def _could_be_label(column: Column) -> bool:
    fit = 2 <= column.distinct <= MOST_UNNAMED_CLASSES and column.empty <= MOSTLY_EMPTY * len(column.values)
    # Tools that collect annotations put a bar before the names of columns of their own.
    known = column.is_time or column.is_list or column.name.startswith("_") or is_flag(column)
    known = known or is_named("time", column) or is_named("split", column)
    return fit and not known and column.large(2) >= 2


def _has_words_of_labels(column: Column) -> bool:
    """Whether most values are words that labels have; of numbers, whether they are codes of two, or of negative to positive."""
    if column.is_number:
        return {float(value) for value in column.counts} in ({0, 1}, {-1, 1}, {1, 2}, {0, 4}, {0, 2, 4}, {-1, 0, 1})
    if column.distinct == 2 and negated(list(column.counts)):
        return True
    known = sum(bool(_WORDS_OF_LABELS.fullmatch(value.lower())) for value in column.counts)
    return column.distinct <= MOST_UNNAMED_CLASSES and 2 * known > column.distinct


def _ambiguous(columns: Sequence[Column], why: str) -> StudyError:
    named_so = first_of([f"{column.name} ({first_of(list(column.counts), 3)})" for column in columns], 8)
    names = [shlex.quote(column.name) for column in columns]
    options = f"--label {names[0]}" if len(names) == 1 else f"--label {names[0]} or --label {names[1]}"
    return StudyError(
        f"which column is the label? {named_so}: {why}; write {options}, and --group for the one that says where a row comes from"
    )


def check_label(label: Column, *, to_be_cut: bool = False, asked: bool = False) -> None:
    """Raise :class:`StudyError` where a column cannot be a label, with the reason and what to write instead.

    Parameters
    ----------
    to_be_cut:
        Whether it is a number that is cut in two.
    asked:
        Whether somebody named it, in place of its own name.
    """
    name = label.name
    called, another = (name, "name another") if asked else (f"{name}, the label from its name,", "say which it is")
    if label.is_list:
        shown = f", such as {next(iter(label.counts))}" if label.counts else ""
        raise StudyError(
            f"the column {name} holds lists of labels{shown}; several labels a row are not studied: write one column a label, with 0 "
            "and 1, and study each"
        )
    if label.refusal:
        raise StudyError(label.refusal)
    if not label.filled:
        raise StudyError(f"the column {called} is empty in every row; {another} with --label")
    if label.distinct < 2:
        raise StudyError(f"the column {name} has one value, {label.filled[0]!r}; a study needs two classes")
    fault = fault_of(label)
    if fault and not (to_be_cut and label.is_number):
        raise StudyError(fault)
    if to_be_cut:
        if not label.is_number:
            raise StudyError(f"--cut: the column {name} holds more than numbers, such as {label.filled[0]!r}; leave --cut out")
        return
    if label.is_measured:
        raise StudyError(
            f"the column {name} holds numbers from {_range(label)} and no classes; say where to cut them in two, as with {_cut(label)}"
        )
    many = label.distinct > MOST_UNNAMED_CLASSES and label.distinct * ROWS_A_CLASS > len(label.filled)
    if label.distinct > MOST_CLASSES or many:
        more = f"; or cut a number in two, as with {_cut(label)}" if label.is_number else ""
        raise StudyError(
            f"the column {called} has {label.distinct:,} values in {len(label.filled):,} rows; a label has at most {MOST_CLASSES}, "
            f"and several rows each: {another} with --label{more}"
        )


def check_classes(classes: Mapping[str, int], name: str) -> None:
    """Raise :class:`StudyError` where fewer than two classes have rows enough to say anything."""
    enough = [count for count in classes.values() if count >= FEWEST_ROWS]
    if len(enough) < 2:
        shown = first_of([f"{value} {count:,}" for value, count in classes.items()], 3)
        raise StudyError(
            f"too few rows a class to say anything: the column {name} has {len(classes)} classes in {sum(classes.values()):,} rows "
            f"({shown}), and two of them need {FEWEST_ROWS} rows each; bring more rows, or another label with --label"
        )


def _range(column: Column) -> str:
    numbers = [float(value) for value in column.counts]
    return f"{min(numbers):g} to {max(numbers):g}"


def _cut(column: Column) -> str:
    """Return the option that cuts a number in two: at a half in [0, 1], at the middle value else."""
    numbers = sorted(float(value) for value in column.filled)
    return f"--cut {0.5 if _is_share(column) else numbers[len(numbers) // 2]:g}"


def _is_share(column: Column) -> bool:
    return all(0 <= float(value) <= 1 for value in column.counts)


def told_by_text(texts: Sequence[str], values: Sequence[str]) -> float:
    """Return how well a quick model tells a column from the text: balanced accuracy by 3-fold cross-validation on some rows."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import KFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    rows = np.random.default_rng(0).permutation(len(texts))[:QUICK_ROWS]
    chosen, truth = [texts[row] for row in rows], np.array([values[row] for row in rows])
    model = make_pipeline(TfidfVectorizer(max_features=5000), LogisticRegression(class_weight="balanced"))
    try:
        guessed = cross_val_predict(model, chosen, truth, cv=KFold(3))
    except ValueError:  # no word in the texts, or one value in a fold
        return 0.0
    return float(balanced_accuracy_score(truth, guessed))
