"""Reading parquet, and tables of the Hub, which have the same types."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mirage.data.readers.files import PARQUET, refuse_other
from mirage.data.readers.reading import Reading
from mirage.data.readers.table import BINARY, LIST, STRUCT, TableFile
from mirage.data.readers.values import plain
from mirage.errors import StudyError

_ROWS = 10_000  # read at once
_EXPECTED = "write the file again, or name it by what it is"


def open_parquet(data: bytes, name: str, reading: Reading) -> TableFile:
    """Look into a parquet file; class labels of the Hub are read by name, as :func:`open_dataset` does.

    Raises
    ------
    StudyError
        When it is none; while rows are read, where they are damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    reading.refuse(name, "parquet", "delimiter", "encoding", "sheet")
    if not data:
        raise StudyError(f"{name}: the file is empty; expected a parquet file")
    refuse_other(data, name, "a parquet file", PARQUET)
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        schema = file.schema_arrow
    except (pa.ArrowException, OSError, ValueError) as error:
        raise StudyError(f"{name}: this is no parquet file ({_reason(error)}); {_EXPECTED}") from None
    names = list(schema.names)
    classes = _class_names(schema.metadata or {})

    def rows_of(places: Sequence[int]) -> Iterator[Sequence[str]]:
        wanted = [names[place] for place in places]
        try:
            for batch in file.iter_batches(_ROWS, columns=wanted):
                columns = [_texts(batch.column(name).to_pylist(), classes.get(name)) for name in wanted]
                yield from zip(*columns, strict=True) if columns else [()] * batch.num_rows
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            # Also a text that is not UTF-8, or a date beyond the year 9999.
            raise StudyError(f"{name}: a part of the file is damaged ({_reason(error)}); {_EXPECTED}") from None

    return TableFile(name, [column.strip() for column in names], rows_of, "parquet", kinds_of(schema))


def open_dataset(table: Any, name: str) -> TableFile:
    """Look into a ``datasets.Dataset``; class labels are read by name, so that neither their order nor their numbers matter."""
    names = list(table.column_names)

    def rows_of(places: Sequence[int]) -> Iterator[Sequence[str]]:
        asked = [names[place] for place in places]
        return zip(*(_texts(table[name], getattr(table.features[name], "names", None)) for name in asked), strict=True)

    kinds = kinds_of(table.features.arrow_schema)
    return TableFile(name, [column.strip() for column in names], rows_of, "a data set", kinds, "the header lacks the column")


def _texts(values: Iterable[Any], classes: Sequence[str] | None) -> list[str]:
    """Return values as text, those of class labels as their names; a number without a name is a missing value."""
    if classes is None:
        return [plain(value) for value in values]
    return [classes[value] if value is not None and 0 <= value < len(classes) else "" for value in values]


def _class_names(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    """Return the names of class labels by column, which the Hub's libraries keep beside the schema."""
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
        return {
            column: [str(name) for name in feature["names"]]
            for column, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" and isinstance(feature.get("names"), list)
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}


def kinds_of(schema: Any) -> dict[str, str]:
    """Return the kind of each column of an Arrow schema that holds no plain text."""
    from pyarrow import types

    tests = {
        LIST: (types.is_list, types.is_large_list, types.is_fixed_size_list, types.is_list_view, types.is_large_list_view),
        STRUCT: (types.is_struct, types.is_map, types.is_union),
        BINARY: (types.is_binary, types.is_large_binary, types.is_fixed_size_binary, types.is_binary_view),
    }
    return {
        field.name.strip(): kind
        for field in schema
        for kind, of_kind in tests.items()
        if any(test(_stored(field.type)) for test in of_kind)
    }


def _stored(kind: Any) -> Any:
    """Return the type in which an extension or a dictionary holds its values."""
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        return kind.storage_type
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _reason(error: Exception) -> str:
    return str(error).split(".")[0].strip()[:120]
