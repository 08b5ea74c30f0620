"""The command that puts the sentences of a run into one file."""

import json

import pandas as pd

from frames import score_row
from known_schemes import DEFINITIONS
from mirage.files import read_json
from script_loader import script_main
from sentence_tables import EXPOSED, F1, GAP_TABLE, HEADLINE, TITLES


def test_the_sentences_are_written_in_the_words_of_the_data(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/sections.json").write_text(json.dumps({"corpus": "own"}))
    pd.DataFrame([score_row("kfold", "words", 0, tp=1)]).assign(stand_in=False).to_parquet(tmp_path / "scores.parquet")
    tables = {"f1": F1, "gap": GAP_TABLE, "exposure": EXPOSED}
    paths = [tmp_path / f"{name}.csv" for name in tables]
    for path, table in zip(paths, tables.values(), strict=True):
        table.to_csv(path, index=False)
    design = {"schemes": ["kfold"], "agents": list(TITLES), "seeds": [0], "level": 0.95, "draws": 10, "seed": 0}
    design |= {"reference": "kfold", "held_out": ["source-curated"], "definitions": DEFINITIONS}
    study = {"design": design, "titles": list(TITLES.items()), "headline": HEADLINE, "baselines": ["always-positive"]}
    study["notes"] = {"Ten words": "greedy"}
    words = {"row": "law", "unit": "chapter", "group": "curator"}
    command = [
        "--study",
        json.dumps(study),
        "--words",
        json.dumps(words),
        "--results",
        str(tmp_path),
        "--tables",
        *map(str, paths),
    ]
    assert script_main("write_findings")(command) == 0
    found = read_json(tmp_path / "findings.json")
    assert found["stamp"] is None
    assert len(found["answer"]) == 3
    assert found["answer"][2].startswith("Exposure is recall with the curator's other laws in training")
    assert found["sentences"][-1] == "Of “Ten words”: greedy."
    assert not any("«" in sentence for sentence in [*found["answer"], *found["sentences"]])
