import pytest

from mirage.encoders.budget import Part, affordable, clock, steps


def test_steps_take_seeds_before_schemes():
    assert steps(["random", "held", "arm"], 2) == [
        Part(("random", "held"), 1),
        Part(("random", "held"), 2),
        Part(("random", "held", "arm"), 2),
    ]
    assert steps(["own"], 3) == [Part(("own",), 1), Part(("own",), 2), Part(("own",), 3)]
    assert steps([], 3) == []


def minutes(agent, scheme):
    return {"small": 1.0, "large": 10.0}[agent] * (5 if scheme == "folds" else 1)


def test_the_clock_takes_no_less_than_the_longest_fit():
    parts = {"small": Part(("random", "held"), 2), "large": Part(("random",), 1)}
    assert clock(parts, minutes, at_once=2) == 10.0
    assert clock(parts, minutes, at_once=1) == 14.0
    assert clock({}, minutes, at_once=1) == 0.0


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (0.1, {"small": Part(("random", "held"), 1)}),  # the least, whatever it takes
        (21.9, {"small": Part(("random", "held", "folds"), 2)}),  # 14 minutes; the large one's least, 20, comes on top
        (22.0, {"small": Part(("random", "held"), 1), "large": Part(("random", "held"), 1)}),
        (24.0, {"small": Part(("random", "held"), 2), "large": Part(("random", "held"), 1)}),
        (154.0, {name: Part(("random", "held", "folds"), 2) for name in ("small", "large")}),
    ],
)
def test_every_agent_takes_a_first_step_before_any_takes_a_second(budget, expected):
    schemes = ["random", "held", "folds"]
    assert affordable({"small": schemes, "large": schemes}, 2, minutes, budget, at_once=1) == expected


def test_nothing_wanted_is_nothing_planned():
    assert affordable({}, 3, minutes, 10.0, 1) == {}
    assert affordable({"small": []}, 3, minutes, 10.0, 1) == {}
