"""Put the tables and figures of a run on one page that needs no network."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd
import yaml

from mirage import __version__
from mirage.files import read_json, write_text
from mirage.logs import run_main
from mirage.provenance import machine, versions
from mirage.report import citation, parts_of, render, table_html
from mirage.stamps import stamp_of_scores

PACKAGES = ("numpy", "pandas", "scikit-learn", "scipy", "xgboost-cpu", "xgboost", "torch", "transformers", "snakemake")


def body(args: argparse.Namespace) -> None:
    config = json.loads(args.config)
    data = read_json(args.results / "data/sections.json")
    scores = pd.read_parquet(args.results / "scores.parquet")
    findings = read_json(args.results / "findings.json")
    cost = args.results / "cost/cost.md"
    provenance = [
        ("corpus", f"{data['corpus']}, {data['rows']:,} rows, {data['positives']:,} positive"),
        ("origin", data["origin"]),
        ("digest of the normalised rows", data["content_sha256"]),
        ("licence", data["licence"]),
        ("seeds", f"{config['seeds']}; encoders {config['encoders']['seeds']}"),
        ("runs", f"{len(scores[scores['group_kind'] == 'all']):,}"),
        ("machine that made the page", ", ".join(machine().values())),
        ("versions", ", ".join(f"{name} {version}" for name, version in versions(*PACKAGES).items())),
        ("workflow", f"mirage {__version__}"),
    ]
    page = render(
        args.template,
        title="Is the F1 on this data set real?",
        subtitle=f"{config.get('study') or config['data']['hub']['repo']}: random splits against held-out sources",
        stamp=stamp_of_scores(data, scores),
        findings=findings["sentences"],
        parts=parts_of(yaml.safe_load(args.contents.read_text(encoding="utf-8")), args.results, args.captions, config),
        cost=[table_html(cost.read_text(encoding="utf-8"))] if cost.is_file() else [],
        provenance=provenance,
        citation=citation(args.citation.read_text(encoding="utf-8"), about_its_data=config.get("published", False)),
    )
    write_text(args.output, page)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--config", required=True, help="the configuration as JSON")
    parser.add_argument("--template", type=Path, required=True)
    parser.add_argument("--contents", type=Path, required=True, help="yaml list of the page's parts")
    parser.add_argument("--captions", type=Path, required=True, help="folder of the figures' captions")
    parser.add_argument("--citation", type=Path, required=True, help="CITATION.cff")
    parser.add_argument("--output", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
