#!/usr/bin/env bash
# Build both plugins, wheel and sdist, into a folder, and try each kind alone in environments without this checkout, with the oldest
# and the newest huggingface_hub: the options are there, the catalog can read the settings, and Snakemake's own suites pass. It ends with 1 as long as an address is missing.
#   workflow/plugins/try_release.sh [DIST]      needs uv and an index of packages; about three minutes
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dist=$(mkdir -p "${1:-dist}" && cd "${1:-dist}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PYTHONPATH VIRTUAL_ENV

for plugin in snakemake-storage-plugin-hfbucket snakemake-executor-plugin-hf-jobs; do
    cp -r "$here/$plugin" "$work/$plugin" # builds leave files behind, and take in those of earlier ones
    rm -rf "$work/$plugin/build" "$work/$plugin"/src/*.egg-info
    uv build --quiet --out-dir "$dist" "$work/$plugin"
    # The suites run beside an empty src: what they import is what is installed.
    mkdir -p "$work/suites/$plugin"
    cp -r "$here/$plugin/tests" "$work/suites/$plugin/"
done
cp -r "$here/fakehub" "$work/suites/"

for hub in 1.31.0 "<3"; do
    for kind in whl tar.gz; do
        echo "== huggingface_hub $hub, from ${kind/#/*.}"
        python=$work/$hub-$kind/bin/python
        uv venv --quiet --python 3.11 "$work/$hub-$kind"
        constraint=$([ "$hub" = "<3" ] && echo "huggingface_hub<3" || echo "huggingface_hub==$hub")
        uv pip install --quiet --python "$python" "$constraint" "snakemake>=9.27,<10" pytest "$dist"/snakemake_executor_*."$kind"
        cd "$work"
        "$python" -m snakemake --executor hf-jobs --help >"$work/help"
        echo "alone: $(grep -c -- '^  --hf-jobs-' "$work/help") options of the executor"
        uv pip install --quiet --python "$python" "$constraint" "$dist"/snakemake_storage_*."$kind"
        "$python" -m snakemake --executor hf-jobs --help >"$work/help"
        echo "both: $(grep -c -- '^  --storage-hfbucket-' "$work/help") options of the storage, too"
        for name in executor/hf-jobs storage/hfbucket; do
            "$python" - "${name%/*}" "${name#*/}" <<'PYTHON'
import importlib, json, sys

kind, name = sys.argv[1:]
registry = getattr(importlib.import_module(f"snakemake_interface_{kind}_plugins.registry"), f"{kind.title()}PluginRegistry")()
registry.collect_plugins()
settings = [dict(item, type=getattr(item["type"], "__name__", None)) for item in registry.get_plugin(name).get_settings_info()]
print(f"the catalog reads {len(json.loads(json.dumps(settings)))} settings of {name}")
PYTHON
        done
        [ "$kind" = whl ] || continue
        (cd "suites/snakemake-storage-plugin-hfbucket" && "$python" -m pytest -q -c /dev/null --rootdir . tests/test_interface.py)
        (cd "suites/snakemake-executor-plugin-hf-jobs" &&
            "$python" -m pytest -q -c /dev/null --rootdir . -W ignore tests/test_peer.py)
    done
done
ls "$dist"
if grep -l OWNER "$here"/snakemake-*/pyproject.toml; then
    echo "Not ready to publish: project.urls of these names OWNER instead of the account whose repository it is."
    exit 1
fi
