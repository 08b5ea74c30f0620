"""The configuration and what follows from it: all that the Snakefile imports of a study.

The models in :mod:`mirage.study.configuration` are the one source of keys, types, defaults and descriptions; the committed JSON schema
is made from them. The rest of the package reads the configuration as plain values, as they are written and with defaults filled in.
No heavy import, because every Snakemake process imports this package.
"""

from mirage.study.files import check_files
from mirage.study.forecast import forecast, step_seconds
from mirage.study.grid import Study, as_json
from mirage.study.loading import check_config, fill_defaults

__all__ = ["Study", "as_json", "check_config", "check_files", "fill_defaults", "forecast", "step_seconds"]
