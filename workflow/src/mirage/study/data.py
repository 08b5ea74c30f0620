"""``data``: where the rows come from, and what each of their columns is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from mirage.data.dates import ORDERS
from mirage.data.readers.reading import codec_of, mark_of
from mirage.models import Model, Seed, Text, absent

# What fills a role may be written in several ways: mirage.data.declaration reads them and says what is wrong with one.
_COLUMN = {
    "type": "object",
    "required": ["column"],
    "additionalProperties": False,
    "properties": {
        "column": {"type": "string", "description": "Name of a column."},
        "pattern": {
            "type": "string",
            "description": "Regular expression; its first group, or all that it finds, is taken.",
        },
    },
}
_FIELD = {**_COLUMN, "type": ["string", "object"]}
_TIME = {
    **_COLUMN,
    "type": ["string", "object"],
    "properties": {
        **_COLUMN["properties"],  # type: ignore[dict-item]
        "order": {"enum": list(ORDERS), "description": "What stands first in dates such as 03/04/2005."},
    },
}
_NAMES = {"type": ["string", "array"], "items": {"type": "string"}, "minLength": 1, "minItems": 1}
_LABEL = ["string", "number", "boolean"]

Labels = Annotated[Any, WithJsonSchema({"type": [*_LABEL, "array"], "items": {"type": _LABEL}})]
TimeOf = Annotated[Any, WithJsonSchema(_TIME)]
ColumnsOf = Annotated[Any, WithJsonSchema(_NAMES)]
FieldsOf = Annotated[Any, WithJsonSchema({**_COLUMN, "type": ["string", "object", "array"], "items": _FIELD})]
NamesOrMapping = Annotated[
    Any,
    WithJsonSchema({"type": ["array", "object"], "items": {"type": "string"}, "additionalProperties": {"type": "string"}}),
]


class Columns(Model):
    """What each column of the data is to the study."""

    id: Text | None = absent("Column that names a row; rows are numbered without it.")
    text: ColumnsOf = Field(
        description="Column with the text to classify, or a list of columns whose texts are joined by a space."
    )
    context: Text | None = absent("Column with text around it.")
    label: Text = Field(description="Column with the labels.")
    positive: Labels = absent("The label or labels that count as positive: one class against the rest.")
    negative: Labels = absent("The labels that count as negative; where given, any other is an error.")
    classes: Labels = absent(
        "In place of positive, for a study of the choice among several classes: all, or a list of labels; rows with another are left "
        "out."
    )
    group: FieldsOf = absent(
        "Column that says where a row comes from; one group after the other is held out. Without it nothing is said of rows from elsewhere."
    )
    unit: FieldsOf = absent("Column of what rows belong to, such as a document or a patient; kept whole.")
    time: TimeOf = absent("Column that holds a year or a date.")
    metadata: NamesOrMapping = absent(
        "Further columns for the audit and for schemes that hold one of their values out; as a mapping, by the study's own name for "
        "them, and then those that are numbers too stand in the table and not in the audit."
    )
    numbers: list[Text] = absent("Columns that must hold whole numbers.")
    order: list[Text] = absent("Columns of the study's own table in their order; the others follow.")
    digest: list[Text] = absent("What the content digest is taken of; all that is declared without it.")
    missing: Literal["error", "leave-out"] = absent(
        "Rows whose text or label is empty: an error, as without this key, or left out."
    )
    missing_group: Literal["error", "leave-out", "level"] = absent(
        "Rows whose group is empty: an error, as without this key, left out, or a group (level) of their own."
    )
    leave_out: Labels = absent("The labels whose rows are left out, such as one for rows on which annotators did not agree.")
    fold_case: bool = absent("Whether labels that differ in upper and lower case only are one; it is then in lower case.")
    cut: Annotated[float, Field(allow_inf_nan=False)] = absent(
        "Where a label that is a number is cut in two: 0.5 makes the labels `0.5 or more` and `below 0.5`."
    )


Word = Annotated[list[Text], Field(min_length=2, max_length=2)] | Text


def _delimiter(text: str) -> str:
    mark_of(text)
    return text


Delimiter = Annotated[str, Field(min_length=1), AfterValidator(_delimiter)]
Encoding = Annotated[Text, AfterValidator(codec_of)]


class Words(Model):
    """What people call a row, the unit that rows belong to, and the group that is held out, in tables, figures and the page."""

    row: Word = absent("A word, or a list of its singular and its plural.")
    unit: Word = absent("As for a row; without it, the name of its column.")
    group: Word = absent("As for a row; without it, the name of its column.")


class Hub(Model):
    """A data set on the Hugging Face Hub."""

    repo: Text = Field(description="Data set repository, owner/name.")
    revision: Text = Field(description="Branch, tag or commit.")
    config: Text | None = absent("One of several data sets in the repository.")
    split: Text = absent("Split of the data set that is read.")


class Unc(Model):
    """The csv in the repository of the University of North Carolina's libraries."""

    url: Text = Field(description="Address of the csv at a fixed commit.")


class Supplement(Model):
    """UNC's supplementary positives, tested and never trained on."""

    path: Text | None = Field(
        description="A local csv file. When null, ON_THE_BOOKS_SUPPLEMENT_CSV is read, then the file beside the training file, then "
        "UNC's repository."
    )


class Synthetic(Model):
    """The made-up corpus that stands in when no source is in reach."""

    rows: Annotated[int, Field(ge=120)] = Field(description="Number of rows.")
    seed: Seed = Field(description="Seed of the grammar.")


class Data(Model):
    """Where the corpus comes from."""

    source: Literal["auto", "file", "hub", "unc", "synthetic"] = Field(
        description="auto tries file, hub and unc in order and falls back to the synthetic corpus; another value insists on that "
        "source."
    )
    path: Text | None = absent(
        "A local csv, tsv, json, jsonl, parquet or xlsx file; text may be packed by gzip. When null, On the Books is read from the "
        "file that ON_THE_BOOKS_CSV names."
    )
    test_path: Text | None = absent(
        "The second file of a given pair, with the same columns. Its rows are marked test, those of path train, in a metadata column part."
    )
    columns: Columns
    words: Words = absent()
    hub: Hub | None = absent("A data set on the Hugging Face Hub; null for none.")
    unc: Unc = absent()
    supplement: Supplement = absent()
    delimiter: Delimiter | None = absent("What separates the fields of a csv, where what is found by a count is wrong.")
    encoding: Encoding | None = absent("Encoding of the file, where it is not UTF-8 and no byte order mark says which.")
    sheet: Text | None = absent("Sheet of a workbook; the first one without it.")
    content_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = absent(
        "Digest of the normalised rows that every source must yield; null accepts any rows."
    )
    near_duplicate_threshold: Annotated[float, Field(gt=0, le=1)] = Field(
        description="Jaccard similarity of word 3-grams, or of character 5-grams, from which two rows are near-duplicates."
    )
    near_duplicate_unit: Literal["word", "character"] = absent(
        "What near-duplicates are compared by: words without it, or characters where blanks do not separate words, as in Chinese."
    )
    synthetic: Synthetic = absent()
