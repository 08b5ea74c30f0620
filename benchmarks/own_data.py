"""Time `mirage init` and a first answer on made-up files of several sizes, beside a plain fit of the same model on the same rows.

Each size is measured in processes of their own, one after the other, so that peak memory is that of the step alone. The rows are made up
from a fixed seed: words drawn by rank, a label that follows some of them, ten groups and a share of repeats.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS, IN_A_ROW, GROUPS, REPEATED = 20_000, 20, 10, 0.05

PLAIN = """
import sys
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

rows = pd.read_csv(sys.argv[1])
model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), max_features=20000), LogisticRegression(class_weight="balanced"))
cross_val_predict(model, rows["text"], rows["label"], cv=5)
"""


def write_rows(path: Path, rows: int, seed: int = 0) -> None:
    """Write a csv of made-up rows: ``text, label, outlet``."""
    chance = random.Random(seed)
    names = [f"w{rank}" for rank in range(WORDS)]
    weights = [1 / (rank + 10) for rank in range(WORDS)]
    texts: list[tuple[str, str]] = []
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["text", "label", "outlet"])
        for number in range(rows):
            if texts and chance.random() < REPEATED:
                text, label = chance.choice(texts)
            else:
                drawn = chance.choices(names, weights, k=IN_A_ROW)
                told = sum(int(word[1:]) % 7 == 0 for word in drawn) > IN_A_ROW / 7
                text, label = " ".join(drawn), "yes" if told != (chance.random() < 0.1) else "no"
                texts.append((text, label))
            writer.writerow([text, label, f"outlet {number % GROUPS}"])


def measured(command: list[str], folder: Path) -> tuple[float, float, float]:
    """Run a command in a folder and return its wall time, its processor time and its peak memory: seconds, seconds, MB."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"error: {' '.join(command)} ended with status {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main(argv: list[str] | None = None) -> int:
    """Print a line a size and step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 60_000, 100_000], help="sizes of the files")
    parser.add_argument("--cores", default="2", help="cores of the first answer")
    parser.add_argument("--without-answer", action="store_true", help="time init and the plain fit alone")
    args = parser.parse_args(argv)
    mirage = [sys.executable, "-m", "mirage"]
    print(f"{'rows':>8}  {'step':<24}{'wall, s':>9}{'CPU, s':>9}{'peak, MB':>10}")
    for rows in args.rows:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_rows(folder / "rows.csv", rows)
            (folder / "plain.py").write_text(PLAIN, encoding="utf-8")
            steps = {
                "plain 5-fold fit": [sys.executable, "plain.py", "rows.csv"],
                "mirage init": [*mirage, "init", "rows.csv", "--yes"],
                "first answer": [*mirage, "run", "rows-study", "--cores", args.cores, "--budget", "1s"],
            }
            if args.without_answer:
                del steps["first answer"]
            for step, command in steps.items():
                wall, cpu, peak = measured(command, folder)
                print(f"{rows:>8,}  {step:<24}{wall:>9.1f}{cpu:>9.1f}{peak:>10.0f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
