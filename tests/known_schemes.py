"""The published study's split schemes, as config.yaml defines them."""

from pathlib import Path

import yaml

from mirage.splits.names import Schemes

DEFINITIONS = yaml.safe_load((Path(__file__).parent.parent / "config.yaml").read_text(encoding="utf-8"))["scheme_definitions"]
SCHEMES = Schemes(DEFINITIONS)
