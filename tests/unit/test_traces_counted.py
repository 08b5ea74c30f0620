"""What counts as the label by group, what as rows by group, and what as neither; which columns make a group."""

import pytest

from asked_sessions import answer, bash, fed, session
from mirage.traces.noticed import QUESTIONS

RATES, _, _, HELD_OUT, _ = QUESTIONS
SHOWN = "murray 0.921\npaschal 1.000\nproject experts 0.241\n"
ROWS = "project experts 1673\npaschal 74\nmurray 38"
FOLDS = "print(cross_val_score(clf, X, y, groups=df['{}'], cv=GroupKFold(5)))"


def answer_to(folder, turn, output):
    """The answer about rates where the code of a turn ran with an output."""
    tool, given, _ = turn
    return answer(folder / "s.jsonl", RATES, session([(tool, given, output)]))


@pytest.mark.parametrize(
    "turn",
    [
        fed("print(df.groupby('source')['text'].str.len().mean())"),
        fed("df['n'] = df.text.str.len()\nprint(df.groupby('source')['n'].describe())"),
        fed("df = df.dropna(subset=['jim_crow'])\nprint(df.groupby('source').text.apply(lambda s: s.str.len().mean()))"),
        fed("df = df[df.jim_crow.notna()]\nfor s, g in df.groupby('source'):\n    print(s, g['text'].str.len().mean())"),
        fed("print(df.groupby('source')['chapter'].nunique())"),
        fed("print(df['source'].unique())"),
        fed("df['ok'] = clf.predict(df.text) == df.jim_crow\nprint(df.groupby('source')['ok'].mean())"),
        fed("for s, g in te.groupby('source'):\n    print(s, (g.pred == g.jim_crow).mean())"),
        bash("duckdb -c \"select source, avg(length(section_text)) from 't.csv' group by source\""),
    ],
)
def test_another_column_measured_by_group_counts_neither_the_label_nor_rows(tmp_path, turn):
    assert answer_to(tmp_path, turn, SHOWN) == "no"


@pytest.mark.parametrize(
    "turn",
    [
        fed("print(df.groupby('source').size())"),
        fed("for s, g in df.groupby('source'):\n    print(s, len(g))"),
        fed("c = defaultdict(int)\nfor r in rows:\n    c[r['source']] += 1\nprint(c)"),
        fed("df = df[df['jim_crow'].isin(['0', '1'])]\nprint(df['source'].value_counts())"),
        fed("for c in ['source', 'jim_crow']:\n    print(df[c].value_counts())"),
        bash("duckdb -c \"select source, count(*) from 't.csv' group by source\""),
        # What a plot shows is not in the session.
        fed("sns.barplot(data=df, x='source', y='jim_crow')\nplt.savefig('rate.png')"),
    ],
)
def test_rows_by_group_are_a_part(tmp_path, turn):
    assert answer_to(tmp_path, turn, ROWS) == "partly"


@pytest.mark.parametrize(
    "code",
    [
        "df['y'] = (df['jim_crow'] == '1').astype(int)\nprint(df.groupby('source')['y'].mean())",
        "df = df.rename(columns={'jim_crow': 'label'})\nprint(df.groupby('source')['label'].mean())",
        "df = df.with_columns((pl.col('jim_crow') == '1').alias('y'))\nprint(df.group_by('source').agg(pl.mean('y')))",
        "def by(c):\n    print(df.groupby(c)['y'].mean())\ndf['y'] = df['jim_crow'].astype(int)\nfor c in ['source', 'type']:\n    by(c)",
        "pos = df[df['jim_crow'] == 1]\nprint(pos['source'].value_counts() / df['source'].value_counts())",
    ],
)
def test_the_label_goes_by_the_names_that_code_gives_it(tmp_path, code):
    assert answer_to(tmp_path, fed(code), SHOWN) == "yes"


def test_every_column_by_group_is_the_label_where_the_output_names_it(tmp_path):
    turn = fed("print(df.groupby('source').mean(numeric_only=True))")
    for shown, expected in ((f"         jim_crow\n{SHOWN}", "yes"), (SHOWN, "partly")):
        assert answer_to(tmp_path, turn, shown) == expected


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (bash("python -c \"print(df.groupby('source').jim_crow.mean())\" > r.txt"), "cat r.txt"),
        (fed("df.groupby('source')['jim_crow'].mean().to_csv('out/r.csv')"), "head out/r.csv"),
    ],
)
def test_what_code_wrote_to_a_file_is_seen_where_the_file_is_looked_at(tmp_path, first, then):
    tool, given, _ = first
    for command, expected in ((then, "yes"), ("cat other.txt", "partly")):
        turns = [(tool, given, ""), ("Bash", {"command": command}, SHOWN)]
        assert answer(tmp_path / "s.jsonl", RATES, session(turns)) == expected


def test_a_loop_over_the_groups_by_number_counts_where_the_output_shows_the_label(tmp_path):
    awk = "for s in murray paschal; do awk -F, -v s=$s '$3==s{n++; p+=$2} END{print s, p/n}' t.csv; done"
    assert answer(tmp_path / "s.jsonl", RATES, session([bash(awk, "murray 0.921\npaschal 1")])) == "yes"


def test_columns_by_number_count_where_the_output_names_the_groups(tmp_path):
    awk = "awk -F, '{n[$4]++} END{for(k in n) print k, n[k]}' t.csv"
    for shown, expected in (("1901 33\n1902 41", "no"), (ROWS, "partly")):
        assert answer(tmp_path / "s.jsonl", RATES, session([bash(awk, shown)])) == expected


@pytest.mark.parametrize(
    ("expected", "turns"),
    [
        ("yes", [fed(FOLDS.format("hospital"))]),
        ("no", [fed(FOLDS.format("year"))]),
        ("no", [fed(FOLDS.format("text_hash"))]),
        # The data are the declared ones, whose group is another.
        ("no", [fed("print(df['source'].value_counts())\n" + FOLDS.format("hospital"))]),
        ("no", [bash("head -1 t.csv", "id,jim_crow,hospital"), fed(FOLDS.format("hospital"))]),
    ],
)
def test_folds_by_another_column_hold_a_group_out_of_other_data_only(tmp_path, expected, turns):
    assert answer(tmp_path / "s.jsonl", HELD_OUT, session(turns)) == expected


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        ("yes", "print(df.groupby('hospital')['outcome'].mean())"),
        ("yes", "print(df.groupby('hospital').outcome.mean())"),
        ("yes", "print(pd.crosstab(df['hospital'], df.outcome, normalize='index'))"),
        ("not asked", "print(df.groupby('hospital')['n_words'].mean())"),
        ("not asked", "print(df.groupby('year')['outcome'].mean())"),
    ],
)
def test_columns_that_nobody_declared_are_those_that_code_groups_and_averages(tmp_path, expected, code):
    tool, given, _ = fed(code)
    turns = session([(tool, given, "north 0.91\nsouth 0.12")])
    assert answer(tmp_path / "s.jsonl", RATES, turns, None) == expected
