#!/usr/bin/env bash
# The scripts import the package of this repository.
set -euo pipefail
python -m pip install --no-deps --no-build-isolation --editable .
