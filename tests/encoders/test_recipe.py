import pytest

from mirage.encoders.recipe import as_run_split, resolve, variants
from mirage.errors import StudyError


def test_a_recipe_keeps_what_the_entry_says(entry):
    recipe = resolve("tiny", entry)
    assert (recipe.agent, recipe.mode, recipe.checkpoint) == ("tiny", "controlled", "someone/tiny")
    assert (recipe.learning_rate, recipe.warmup, recipe.adam_betas) == (2e-3, 0.1, (0.9, 0.999))
    assert recipe.selection == "best-on-validation"
    assert recipe.training_seed is None


def test_as_run_takes_the_agents_own_seed_and_selection(entry):
    recipe = resolve("tiny-as-run", entry | {"mode": "as-run"})
    assert (recipe.mode, recipe.training_seed, recipe.selection) == ("as-run", 42, "best-on-test")


def test_every_encoder_that_says_how_it_was_run_gets_a_variant(entry):
    plain = {key: value for key, value in entry.items() if key != "as_run"}
    found = variants({"a": entry, "b": plain, "c": {"kind": "linear", "title": "C"}})
    assert list(found) == ["a", "a-as-run", "b", "c"]
    assert found["a-as-run"]["title"] == "Tiny, as run"
    assert as_run_split(found["a-as-run"]) == "exact-sklearn"
    assert as_run_split(found["a"]) is None


def test_what_is_decided_after_training_does_not_change_the_training_inputs(entry):
    first = resolve("tiny", entry)
    second = resolve("other", entry | {"selection": "last", "millions": 5.0})
    third = resolve("tiny", entry | {"epochs": 4})
    assert first.training_inputs() == second.training_inputs()
    assert first.training_inputs() != third.training_inputs()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"checkpoint": ""}, "agents.tiny.checkpoint: found ''; write a text (Pretrained model on the Hub, owner/name)"),
        ({"max_length": 2}, "agents.tiny.max_length: found 2; write a whole number, 4 or more"),
        ({"epochs": 0}, "agents.tiny.epochs: found 0; write a whole number, 1 or more"),
        ({"epochs": True}, "agents.tiny.epochs: found true; write a whole number"),
        ({"batch_size": 1.5}, "agents.tiny.batch_size: found 1.5"),
        (
            {"learning_rate": "3e-5"},
            "agents.tiny.learning_rate: found '3e-5'; write a number, above 0, without quotes; YAML reads 3.0e-5",
        ),
        ({"warmup": -0.1}, "agents.tiny.warmup: found -0.1; write a number, 0 or more"),
        ({"adam_betas": [0.9]}, "agents.tiny.adam_betas: found [0.9]; write a list of 2"),
        ({"patience": 0}, "agents.tiny.patience: found 0; write null or a whole number, 1 or more"),
        ({"schedule": "step"}, "agents.tiny.schedule: found 'step'; write one of linear, cosine, constant"),
        ({"precision": "fp16"}, "agents.tiny.precision: found 'fp16'; write one of fp32, bf16"),
        ({"class_weight": "both"}, "agents.tiny.class_weight: found 'both'; write one of null, balanced"),
        ({"selection": "first"}, "agents.tiny.selection: found 'first'; write one of last, best-on-validation, best-on-test"),
        ({"mode": "fast"}, "agents.tiny.mode: found 'fast'; write one of controlled, as-run"),
        ({"package": "some-package"}, "agents.tiny: package and sha256 go together"),
        ({"labels": 3}, "agents.tiny: unknown key 'labels'; the study has 2 labels"),
        ({"lr": 1.0}, "agents.tiny: unknown key 'lr'"),
        ({"mode": "as-run", "as_run": None}, "agents.tiny.as_run: found null; write a mapping with split, seed and selection"),
        ({"mode": "as-run", "as_run": {"split": "x", "seed": -1, "selection": "last"}}, "agents.tiny.as_run.seed: found -1"),
        ({"mode": "as-run", "as_run": {"split": "x", "seed": 1, "selection": "any"}}, "as_run.selection: found 'any'"),
    ],
)
def test_a_malformed_recipe_is_told_in_one_line(entry, changes, told):
    with pytest.raises(StudyError) as raised:
        resolve("tiny", entry | changes)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_key_is_named(entry):
    del entry["epochs"]
    with pytest.raises(StudyError, match=r"agents\.tiny: key 'epochs' is missing"):
        resolve("tiny", entry)
