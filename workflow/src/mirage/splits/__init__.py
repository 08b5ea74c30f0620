"""Who trains and who is tested: the split schemes of the study.

This package and :mod:`mirage.splits.names` load nothing but the standard library. Splits are made by
:mod:`mirage.splits.registry`, checked and described by :mod:`mirage.splits.leakage`, and written by :mod:`mirage.splits.store`.
"""

from mirage.splits.facts import SchemeFacts
from mirage.splits.names import Schemes
from mirage.splits.options import SplitOptions

__all__ = ["SchemeFacts", "Schemes", "SplitOptions"]
