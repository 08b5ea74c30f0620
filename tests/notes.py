"""A made-up data set of another kind than the laws: clinical notes of three specialties from four sites, several of a patient."""

from __future__ import annotations

import csv
import io
import random

FINDINGS = {
    "cardiology": "chest pain|palpitations|irregular pulse|murmur|ejection fraction|stent|angina|ischaemia|atrial flutter|troponin",
    "neurology": "headache|seizure|tremor|weak left arm|aphasia|lesion|neuropathy|gait|migraine|reflexes",
    "orthopaedics": "knee pain|fracture|swollen ankle|rotator cuff|hip replacement|cast|range of motion|meniscus|back pain|sprain",
}
FILLERS = (
    "seen today|stable|advised rest|review in two weeks|family informed|no fever|sleeps well|same medication|walks unaided"
)
# A site's own words, and its share of each specialty: the site gives the specialty away.
SITES = {
    "North Clinic": ("NC form 12", (0.70, 0.15, 0.15)),
    "St. Mary": ("ward round", (0.15, 0.65, 0.20)),
    "Harbour": ("dictated, not read", (0.20, 0.20, 0.60)),
    "Hilltop": ("hilltop template", (0.34, 0.33, 0.33)),
}
COLUMNS = ("note_id", "site", "patient", "visit_year", "ward", "age", "specialty", "note")


def notes_csv(rows: int = 400, seed: int = 0) -> bytes:
    """Return the notes as a csv; the same arguments give the same bytes."""
    draw = random.Random(seed)
    records: list[tuple[object, ...]] = []
    patient = 0
    while len(records) < rows:
        patient += 1
        site = draw.choice(list(SITES))
        mark, shares = SITES[site]
        specialty = draw.choices(list(FINDINGS), shares)[0]
        for _ in range(min(draw.choice((1, 1, 2, 3, 4)), rows - len(records))):
            own = draw.random() < 0.8
            found = FINDINGS[specialty if own else draw.choice(list(FINDINGS))].split("|")
            said = [*draw.sample(found, 2), *draw.sample(FILLERS.split("|"), 3)] + ([mark] if draw.random() < 0.7 else [])
            draw.shuffle(said)
            note = f"Patient {', '.join(said)}; bed {draw.randint(1, 60)}."
            ward, age = draw.choice("ABC"), draw.randint(18, 95)
            records.append((f"n{len(records)}", site, f"p{patient}", draw.randint(2012, 2023), ward, age, specialty, note))
    for repeated in range(5, rows, 60):
        records[repeated] = (*records[repeated][:-1], records[repeated - 1][-1])
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(COLUMNS)
    table.writerows(records)
    return out.getvalue().encode()
