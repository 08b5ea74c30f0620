"""``data``: where the rows come from, and what each of their columns is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

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
_LABEL = ["string", "number", "boolean"]

Labels = Annotated[Any, WithJsonSchema({"type": [*_LABEL, "array"], "items": {"type": _LABEL}})]
FieldOf = Annotated[Any, WithJsonSchema(_FIELD)]
FieldsOf = Annotated[Any, WithJsonSchema({**_COLUMN, "type": ["string", "object", "array"], "items": _FIELD})]
NamesOrMapping = Annotated[
    Any,
    WithJsonSchema({"type": ["array", "object"], "items": {"type": "string"}, "additionalProperties": {"type": "string"}}),
]


class Columns(Model):
    """What each column of the data is to the study."""

    id: Text | None = absent("Column that names a row; rows are numbered without it.")
    text: Text = Field(description="Column with the text to classify.")
    context: Text | None = absent("Column with text around it.")
    label: Text = Field(description="Column with the labels.")
    positive: Labels = absent("The label or labels that count as positive: one class against the rest.")
    negative: Labels = absent("The labels that count as negative; where given, any other is an error.")
    classes: Labels = absent(
        "In place of positive, for a study of the choice among several classes: all, or a list of labels; rows with another are left "
        "out."
    )
    group: FieldsOf = absent("Column that says where a row comes from; one group after the other is held out.")
    unit: FieldsOf = absent("Column of what rows belong to, such as a document or a patient; kept whole.")
    time: FieldOf = absent("Column that holds a year or a date.")
    metadata: NamesOrMapping = absent(
        "Further columns for the audit and for schemes that hold one of their values out; as a mapping, by the study's own name for "
        "them, and then those that are numbers too stand in the table and not in the audit."
    )
    numbers: list[Text] = absent("Columns that must hold whole numbers.")
    order: list[Text] = absent("Columns of the study's own table in their order; the others follow.")
    digest: list[Text] = absent("What the content digest is taken of; all that is declared without it.")


Word = Annotated[list[Text], Field(min_length=2, max_length=2)] | Text


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
        "A local csv, jsonl or parquet file. When null, On the Books is read from the file that ON_THE_BOOKS_CSV names."
    )
    columns: Columns
    words: Words = absent()
    hub: Hub | None = absent("A data set on the Hugging Face Hub; null for none.")
    unc: Unc = absent()
    supplement: Supplement = absent()
    content_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = absent(
        "Digest of the normalised rows that every source must yield; null accepts any rows."
    )
    near_duplicate_threshold: Annotated[float, Field(gt=0, le=1)] = Field(
        description="Jaccard similarity of word 3-grams from which two rows are near-duplicates."
    )
    synthetic: Synthetic = absent()
