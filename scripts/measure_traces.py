"""Measure the agents' sessions, look for what each agent noticed, and put both beside what is quoted from the posts."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from mirage.files import read_json, write_json
from mirage.logs import run_main
from mirage.panels import traces as panels
from mirage.tables import write_table
from mirage.traces.fetch import TraceOptions, locate
from mirage.traces.measures import measures_table, names
from mirage.traces.noticed import meanings, noticed_table
from mirage.traces.study import observe
from mirage.traces.tools import Grouping


def body(args: argparse.Namespace) -> None:
    options, manifest = TraceOptions.from_mapping(json.loads(args.options)), read_json(args.manifest)
    titles, grouping = dict(json.loads(args.titles)), Grouping(dict(json.loads(args.groups)))
    observed = observe(manifest, titles, lambda agent: locate(options, manifest, agent), grouping)

    traces = measures_table(observed.values, names(grouping), pd.read_csv(args.published_traces))
    noticed = noticed_table(observed.verdicts, options.files, pd.read_csv(args.published_noticed))
    tables, sessions, stamp = args.results / "tables", observed.sessions, manifest["stamp"]
    shown, notes = panels.trace_panels(traces, sessions, titles), panels.trace_notes(sessions, titles)
    write_table(tables / "traces", "The agents' sessions in numbers", traces, shown, notes, stamp)
    shown, notes = panels.noticed_panels(noticed, titles), panels.noticed_notes(sessions, titles, meanings(), noticed)
    write_table(tables / "noticed", "What each agent noticed", noticed, shown, notes, stamp)
    write_json(args.results / "traces/sessions.json", sessions)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--options", required=True, help="path, hub and files of the configuration's traces section, as JSON")
    parser.add_argument("--titles", required=True, help="JSON list of [agent, title], top to bottom")
    parser.add_argument("--groups", required=True, help="JSON list of [group, tool names], in the order of the figure")
    parser.add_argument("--manifest", type=Path, required=True, help="traces.json")
    parser.add_argument("--published-traces", type=Path, required=True, help="csv of quoted counts")
    parser.add_argument("--published-noticed", type=Path, required=True, help="csv of quoted judgements")
    parser.add_argument("--results", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
