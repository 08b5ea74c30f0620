"""Values of any type as text, the same text whatever the format of the file."""

from __future__ import annotations

import datetime
import decimal
import math
from typing import Any


def plain(value: Any) -> str:
    """Return a value as text: a whole number without ".0", a date in ISO form, a missing value as nothing."""
    if isinstance(value, str):
        return value
    # What is missing differs from itself, whichever library it comes from.
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, decimal.Decimal):
        return str(int(value)) if value.is_finite() and value == value.to_integral_value() else str(value)
    if isinstance(value, datetime.date | datetime.time):
        return _date(value)
    return str(value)


def _number(value: float) -> str:
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return str(int(value)) if value.is_integer() else str(value)


def _date(value: datetime.date | datetime.time) -> str:
    if isinstance(value, datetime.datetime) and value.tzinfo is None and value.time() == datetime.time.min:
        return value.date().isoformat()
    return value.isoformat()
