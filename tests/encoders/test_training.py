import dataclasses
import math

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import TrainingArguments

from mirage.encoders import resume
from mirage.encoders.cell import Bench, fold_rows
from mirage.encoders.checkpoints import Checkpoint
from mirage.encoders.devices import Placement
from mirage.encoders.models import load_encoder, load_tokenizer
from mirage.encoders.progress import Progress
from mirage.encoders.recipe import resolve
from mirage.encoders.selection import select_epoch
from mirage.encoders.tokens import tokenise
from mirage.encoders.training import History, Options, Task, _arguments, _EncoderTrainer, class_weights, fit, stops
from mirage.errors import StudyError

ARCHITECTURES = ("modernbert", "roberta", "bert")
SAVE_ALWAYS = Options(save_every=0.0)


@pytest.fixture
def bench_of(sections, standin_folder, entry):
    """Return a function that makes the bench of a stand-in, with some keys of the recipe changed."""

    def make(family="bert", precision="fp32", options=SAVE_ALWAYS, **changes):
        checkpoint = Checkpoint(standin_folder(family), "someone/tiny", "main", None, "local directory")
        recipe = resolve("tiny", entry | changes)
        tokens = tokenise(sections["text"], load_tokenizer(checkpoint), recipe.max_length)
        return Bench(sections, tokens, checkpoint, recipe, Placement("cpu", precision, False), options)

    return make


@pytest.fixture
def task_of(bench_of, sections, split, tmp_path):
    """Return a function that makes the task of the split's only fold."""

    def make(seed=5, work=None, **choices):
        bench = bench_of(**choices)
        encoder = load_encoder(bench.checkpoint, seed, cpu=True, shortcuts=not bench.as_run)
        rows = fold_rows(split["part"].to_numpy(), bench.recipe.mode)
        labels = sections["label"].to_numpy()
        work = work or tmp_path / "work"
        return Task(encoder, bench.tokens, labels, rows, bench.recipe, bench.placement, seed, work, "tiny", bench.options)

    return make


class Killed(BaseException):
    """What a kill looks like from inside: nothing catches it."""


def kill_after(monkeypatch, epoch):
    """Let the process die when an epoch later than ``epoch`` has been trained."""
    told = Progress.epoch

    def die(self, number, *rest):
        if number > epoch:
            raise Killed
        told(self, number, *rest)

    monkeypatch.setattr(Progress, "epoch", die)


def history_of(task):
    return History(micro_batch=task.recipe.batch_size)


def without_dropout(task):
    for module in task.encoder.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return task


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_a_fit_learns_and_scores_every_epoch(family, task_of):
    task = task_of(family=family)
    result = fit(task)
    assert result.scores.shape == (3, 24)
    assert ((result.scores > 0) & (result.scores < 1)).all()
    losses = [epoch["loss"] for epoch in result.record["epochs"]]
    assert losses[-1] < losses[0]
    assert result.record["rows"] == {"train": 48, "validation": 12, "test": 12}
    assert (result.record["steps"], result.record["warmup_steps"]) == (18, 2)
    assert [len(epoch["curve"]) for epoch in result.record["epochs"]] == [6, 6, 6]
    assert list(task.work.iterdir()) == []


def test_a_stand_in_tells_the_classes_apart(task_of, sections):
    result = fit(task_of(epochs=12, learning_rate=5.0e-3))
    y = sections["label"].to_numpy()[task_of().rows.scored]
    assert ((result.scores[-1] > 0.5) == (y == 1)).mean() > 0.9


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("family", ARCHITECTURES)
def test_one_seed_gives_the_same_bytes(family, precision, task_of):
    first, second = (fit(task_of(family=family, precision=precision)).scores for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_another_seed_gives_other_scores(task_of):
    assert not np.array_equal(fit(task_of(seed=5)).scores, fit(task_of(seed=6)).scores)


@pytest.mark.parametrize("epoch", [1, 2])
@pytest.mark.parametrize("family", ARCHITECTURES)
def test_a_killed_fit_goes_on_after_its_last_epoch_to_the_same_bytes(family, epoch, task_of, tmp_path, monkeypatch):
    whole = fit(task_of(family=family, work=tmp_path / "whole"))
    with monkeypatch.context() as patched:
        kill_after(patched, epoch)
        with pytest.raises(Killed):
            fit(task_of(family=family))
    states = [path.name for path in (tmp_path / "work").iterdir()]
    assert states == [f"checkpoint-{6 * epoch}"]
    resumed = fit(task_of(family=family))
    assert resumed.scores.tobytes() == whole.scores.tobytes()
    assert resumed.record["resumed_after_epochs"] == [epoch]
    assert [entry["epoch"] for entry in resumed.record["epochs"]] == [1, 2, 3]
    assert list((tmp_path / "work").iterdir()) == []


def test_saving_states_does_not_change_the_scores(task_of):
    saved = fit(task_of())
    unsaved = fit(task_of(options=Options(save_every=math.inf)))
    assert saved.scores.tobytes() == unsaved.scores.tobytes()


def test_a_state_that_was_not_finished_is_not_resumed(tmp_path):
    for step, whole in ((6, True), (12, False)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        if whole:
            resume.seal(folder, {"micro_batch": 8})
    found = resume.newest(tmp_path)
    assert found == (tmp_path / "checkpoint-6", {"micro_batch": 8})
    assert not (tmp_path / "checkpoint-12").exists()


def test_a_sealed_state_takes_the_place_of_older_ones(tmp_path):
    for step in (6, 12):
        (tmp_path / f"checkpoint-{step}").mkdir()
        resume.seal(tmp_path / f"checkpoint-{step}", {})
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-12"]


def test_a_full_disk_is_told_before_training(tmp_path):
    with pytest.raises(StudyError, match=r"GB free, the fit's resumable state needs 24000000\.0 GB; free some space"):
        resume.check_space(tmp_path, 10**15)


FULL = [
    torch.OutOfMemoryError("CUDA out of memory"),
    # Apple's GPUs have no exception of their own for it.
    RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB, max allowed: 9.07 GB)"),
]


@pytest.mark.parametrize("full", FULL, ids=["cuda", "mps"])
def test_the_batch_is_halved_until_it_fits_and_the_result_is_the_same(full, task_of, tmp_path):
    whole = fit(without_dropout(task_of(work=tmp_path / "whole")))
    task = without_dropout(task_of())
    forward = task.encoder.model.forward

    def small_memory(input_ids, **inputs):
        if torch.is_grad_enabled() and len(input_ids) > 3:
            raise full
        return forward(input_ids=input_ids, **inputs)

    task.encoder.model.forward = small_memory
    halved = fit(task)
    assert halved.record["micro_batch"] == 2
    assert halved.record["out_of_memory_at_steps"] == [0, 0]
    np.testing.assert_allclose(halved.scores, whole.scores, atol=1e-4)


@pytest.mark.parametrize("full", FULL, ids=["cuda", "mps"])
def test_scoring_takes_smaller_batches_when_the_memory_is_full(full, task_of):
    task = task_of()
    trainer = _EncoderTrainer(task, history_of(task))
    expected = trainer.score(task.rows.test)
    forward = task.encoder.model.forward

    def small_memory(input_ids, **inputs):
        if input_ids.numel() > 100:
            raise full
        return forward(input_ids=input_ids, **inputs)

    task.encoder.model.forward = small_memory
    np.testing.assert_allclose(trainer.score(task.rows.test), expected, atol=1e-6)
    assert trainer.scoring_tokens < 100


@pytest.mark.parametrize("in_training", [True, False])
def test_a_row_that_does_not_fit_at_all_is_told(in_training, task_of):
    task = task_of()
    forward = task.encoder.model.forward

    def no_memory(**inputs):
        if torch.is_grad_enabled() is in_training:
            raise FULL[1]
        return forward(**inputs)

    task.encoder.model.forward = no_memory
    with pytest.raises(StudyError, match="one section of 32 tokens does not fit the memory of the cpu device"):
        fit(task)


def test_no_memory_for_the_optimizer_is_told(task_of, monkeypatch):
    def full(self, closure=None):
        raise FULL[0]

    monkeypatch.setattr(torch.optim.AdamW, "step", full)
    with pytest.raises(
        StudyError, match=r"agent tiny: the cpu device has no memory left in an optimizer step: weights, gradients"
    ):
        fit(task_of())


def test_no_memory_for_the_model_is_told(task_of, monkeypatch):
    task = task_of()

    def full(*where, **options):
        raise FULL[1]

    monkeypatch.setattr(task.encoder.model, "to", full)
    with pytest.raises(StudyError, match="the cpu device has no memory left while the model is loaded"):
        fit(task)


def test_another_error_of_the_device_is_not_taken_for_a_full_memory(task_of):
    task = task_of()

    def broken(**inputs):
        raise RuntimeError("an illegal memory access was encountered")

    task.encoder.model.forward = broken
    with pytest.raises(RuntimeError, match="illegal memory access"):
        fit(task)


class Float64Spy(TorchDispatchMode):
    """Notes every operation that makes a float64 of what was not moved to the CPU, as Apple's GPUs could not.

    Tensors that ``Tensor.cpu`` returns count as moved, and what is made of them alone.
    """

    def __init__(self, monkeypatch):
        super().__init__()
        self.moved, self.made = [], []
        monkeypatch.setattr(torch.Tensor, "cpu", lambda tensor, *options: self.move(tensor))

    def move(self, tensor):
        self.moved.append(tensor.detach().clone())
        return self.moved[-1]

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        result = operation(*args, **(kwargs or {}))
        given = [value for value in args if isinstance(value, torch.Tensor)]
        if given and all(any(value is moved for moved in self.moved) for value in given):
            self.moved.append(result)
        elif getattr(result, "dtype", None) is torch.float64:
            self.made.append(str(operation))
        return result


@pytest.mark.parametrize("mode", ["controlled", "as-run"])
@pytest.mark.parametrize("family", ARCHITECTURES)
def test_no_float64_is_computed_on_the_device(family, mode, task_of, monkeypatch):
    task = task_of(family=family, mode=mode, class_weight="balanced", epochs=1)
    spy = Float64Spy(monkeypatch)
    with spy:
        fit(task)
    assert spy.moved
    assert spy.made == []


def test_the_spy_sees_a_float64_on_the_device(monkeypatch):
    spy = Float64Spy(monkeypatch)
    with spy:
        torch.ones(2).double()
        torch.ones(2).cpu().double().softmax(-1)
    assert spy.made == ["aten._to_copy.default"]


def test_a_process_that_sees_two_cards_uses_one(task_of, monkeypatch):
    monkeypatch.setattr(TrainingArguments, "n_gpu", property(lambda self: 2))
    assert _arguments(task_of())._n_gpu == 1


@pytest.mark.parametrize("class_weight", [None, "balanced"])
@pytest.mark.parametrize("mode", ["controlled", "as-run"])
@pytest.mark.parametrize("micro_batch", [8, 3])
def test_a_batchs_gradient_is_that_of_the_weighted_loss_over_the_whole_batch(class_weight, mode, micro_batch, task_of):
    task = without_dropout(task_of(class_weight=class_weight, mode=mode))
    history = history_of(task)
    history.micro_batch = micro_batch
    trainer = _EncoderTrainer(task, history)
    batch = next(iter(trainer.loader))
    loss = trainer._batch_gradients(task.encoder.model.eval(), dict(batch))
    ours = task.encoder.model.classifier.weight.grad.clone()
    task.encoder.model.zero_grad()
    weight = torch.tensor(class_weights(task.labels[task.rows.train], class_weight))
    logits = task.encoder.model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    # PyTorch divides by the weights of the batch's rows; a controlled fit by their number, since the mean weight is 1.
    divisor = weight[batch["labels"]].sum() if mode == "as-run" else len(batch["labels"])
    expected = torch.nn.CrossEntropyLoss(weight=weight, reduction="sum")(logits, batch["labels"]) / divisor
    expected.backward()
    torch.testing.assert_close(loss, expected.detach())
    torch.testing.assert_close(ours, task.encoder.model.classifier.weight.grad, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("mode", ["controlled", "as-run"])
def test_batches_of_like_length_do_not_bend_the_weighted_loss(mode, task_of):
    """The mean gradient of an epoch's batches is that of the weighted loss over all rows, however long the positive rows are."""
    task = without_dropout(task_of(class_weight="balanced", mode=mode))
    trainer = _EncoderTrainer(task, history_of(task))
    model = task.encoder.model.eval()
    assert len(task.rows.train) % task.recipe.batch_size == (4 if mode == "as-run" else 0)
    for batch in trainer.loader:
        trainer._batch_gradients(model, dict(batch))
    ours = model.classifier.weight.grad / len(trainer.loader)
    model.zero_grad()
    rows = task.rows.train
    ids, mask = task.tokens.padded(rows)
    logits = model(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).logits
    weight = torch.tensor(class_weights(task.labels[rows], "balanced"))
    torch.nn.CrossEntropyLoss(weight=weight)(logits, torch.from_numpy(task.labels[rows].astype(np.int64))).backward()
    bent = float((ours - model.classifier.weight.grad).norm() / model.classifier.weight.grad.norm())
    assert bent < 1e-4 if mode == "controlled" else bent > 0.01


def test_an_as_run_fit_that_is_killed_goes_on_to_the_same_bytes(task_of, tmp_path, monkeypatch):
    whole = fit(task_of(mode="as-run", work=tmp_path / "whole"))
    with monkeypatch.context() as patched:
        kill_after(patched, 1)
        with pytest.raises(Killed):
            fit(task_of(mode="as-run"))
    resumed = fit(task_of(mode="as-run"))
    assert resumed.record["resumed_after_epochs"] == [1]
    assert resumed.scores.tobytes() == whole.scores.tobytes()


def test_an_as_run_batch_is_padded_and_a_controlled_one_meets_its_like(task_of):
    as_run, controlled = (fit(task_of(mode=mode)).record["epochs"][0] for mode in ("as-run", "controlled"))
    assert controlled["padded_tokens"] / controlled["tokens"] < as_run["padded_tokens"] / as_run["tokens"]


def test_balanced_weights_are_those_of_the_published_run():
    labels = np.array([0] * 1018 + [1] * 410, dtype=np.int8)
    assert class_weights(labels, "balanced") == pytest.approx((0.7014, 1.7415), abs=5e-5)
    assert class_weights(labels, None) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("f1s", "patience", "stopped"),
    [
        ([0.5, 0.4, 0.4], 2, True),
        ([0.5, 0.5, 0.5], 2, True),  # as good is no better
        ([0.5, 0.4, 0.6], 2, False),
        ([0.5, 0.4, 0.6, 0.5], 2, False),
        ([0.5, 0.4], 2, False),
        ([0.5, 0.4, 0.3, 0.2], None, False),
        ([], 1, False),
    ],
)
def test_training_stops_after_epochs_that_do_not_beat_the_best(f1s, patience, stopped):
    assert stops(f1s, patience) is stopped


def test_early_stopping_ends_a_fit_that_does_not_learn(task_of):
    result = fit(task_of(learning_rate=1.0e-12, patience=1, epochs=9))
    assert len(result.scores) == 2
    assert result.record["stopped_early"]


def test_a_loss_that_is_not_finite_is_told(task_of):
    with pytest.raises(StudyError, match="agent tiny: the loss is not finite in epoch 1; write a smaller learning_rate"):
        fit(task_of(learning_rate=1.0e30))


def test_scores_that_are_not_finite_are_told_before_they_are_written(task_of, monkeypatch):
    whole = _EncoderTrainer.score

    def with_one_nan(trainer, rows):
        scores = whole(trainer, rows)
        scores[0] = np.nan
        return scores

    monkeypatch.setattr(_EncoderTrainer, "score", with_one_nan)
    with pytest.raises(StudyError, match=r"agent tiny: the fit diverged: 1 of 24 scores after epoch 1 are not finite"):
        fit(task_of())


def test_a_controlled_cell_trains_on_the_train_part_and_an_as_run_cell_on_both(bench_of, split, tmp_path):
    controlled, details = bench_of().predict_cell(split, 1, tmp_path / "a", name="a")
    assert controlled.groupby(["part", "epoch"]).size().to_dict() == {
        (part, epoch): 12 for part in ("test", "validation") for epoch in (1, 2, 3)
    }
    assert details["folds"][0]["rows"]["train"] == 48
    as_run, details = bench_of(mode="as-run").predict_cell(split, 1, tmp_path / "b", name="b")
    assert set(as_run["part"]) == {"test"}
    assert details["folds"][0]["rows"] == {"train": 60, "validation": 0, "test": 12}


def test_predictions_are_by_contract(bench_of, split, sections, tmp_path):
    predictions, _ = bench_of().predict_cell(split, 1, tmp_path / "work", name="tiny")
    assert list(predictions.columns) == ["row_id", "fold", "part", "epoch", "y", "score"]
    assert predictions.dtypes.astype(str).to_dict() | {"row_id": "", "part": ""} == {
        "row_id": "",
        "part": "",
        "fold": "int8",
        "epoch": "int16",
        "y": "int8",
        "score": "float64",
    }
    labels = sections.set_index("row_id")["label"]
    assert (labels[predictions["row_id"]].to_numpy() == predictions["y"].to_numpy()).all()
    assert not predictions.duplicated(["row_id", "fold", "part", "epoch"]).any()
    test = predictions[(predictions["part"] == "test") & (predictions["epoch"] == 2)]
    assert test["row_id"].tolist() == split.loc[split["part"] == "test", "row_id"].tolist()


def test_finished_folds_survive_a_kill(bench_of, split, tmp_path, monkeypatch):
    other = split.assign(fold=np.int8(1), part=split["part"].to_numpy()[::-1])
    both = type(split)(np.vstack([split, other]), columns=split.columns)
    whole, _ = bench_of().predict_cell(both, 1, tmp_path / "whole", name="whole")
    fits = []

    def counted(task):
        fits.append(task.name)
        if len(fits) == 2:
            raise Killed
        return fit(task)

    monkeypatch.setattr("mirage.encoders.cell.fit", counted)
    with pytest.raises(Killed):
        bench_of().predict_cell(both, 1, tmp_path / "work", name="tiny")
    resumed, _ = bench_of().predict_cell(both, 1, tmp_path / "work", name="tiny")
    assert fits == ["tiny fold 0", "tiny fold 1", "tiny fold 1"]
    assert resumed["score"].to_numpy().tobytes() == whole["score"].to_numpy().tobytes()
    assert not (tmp_path / "work").exists()


def test_the_kept_model_is_that_of_the_epoch_that_counts(bench_of, split, sections, tmp_path):
    bench = bench_of(options=Options(save_every=0.0, keep_model=True), epochs=4, learning_rate=5.0e-3)
    predictions, _ = bench.predict_cell(split, 1, tmp_path / "work", name="tiny", models=tmp_path / "model")
    folder = tmp_path / "model" / "fold0"
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]
    checkpoint = dataclasses.replace(bench.checkpoint, path=folder)
    model = load_encoder(checkpoint, 0, cpu=True, shortcuts=False).model.eval()
    chosen = select_epoch(predictions, "best-on-validation")
    test = chosen[chosen["part"] == "test"]
    rows = sections.index[sections["row_id"].isin(test["row_id"])].to_numpy()
    ids, mask = bench.tokens.padded(rows)
    with torch.no_grad():
        scores = model(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).logits.softmax(-1)[:, 1]
    np.testing.assert_allclose(scores.numpy(), test["score"].to_numpy(), atol=1e-5)


def test_training_rows_of_one_class_are_told(bench_of, split, sections, tmp_path):
    part = np.where((split["part"] == "train") & (sections["label"] == 1), "unused", split["part"])
    with pytest.raises(StudyError, match="the training rows of fold 0 are all of one class"):
        bench_of().predict_cell(split.assign(part=part), 1, tmp_path, name="tiny")


def test_a_split_of_another_corpus_is_told(bench_of, split, tmp_path):
    with pytest.raises(StudyError, match="fold 0 does not list the corpus's row_id in its order"):
        bench_of().predict_cell(split.iloc[::-1], 1, tmp_path, name="tiny")


def test_a_corpus_with_a_third_label_is_told(bench_of, split, sections, tmp_path):
    bench = dataclasses.replace(bench_of(), sections=sections.assign(label=np.arange(72) % 3))
    with pytest.raises(StudyError, match=r"labels found: \[0, 1, 2\]; this study has 2, 0 and 1"):
        bench.predict_cell(split, 1, tmp_path, name="tiny")
