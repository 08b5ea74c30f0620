"""A call's input, which some formats write as JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mirage.traces.fields import mapping


def arguments(given: Any) -> Mapping[str, Any]:
    """Return a call's input as an object: it may be JSON text, an object, or bare text such as a patch."""
    if not isinstance(given, str):
        return mapping(given)
    try:
        value = json.loads(given)
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {"input": given}
