"""An as-run fit against the script an agent would write: the library's Trainer, its data collator and the recipe's facts."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from plain_trainer import plain_arguments
from torch import nn
from transformers import (
    AutoModelForSequenceClassification,
    DataCollatorWithPadding,
    Trainer,
    TrainerCallback,
    set_seed,
)

from mirage.encoders.cell import Bench, fold_rows
from mirage.encoders.checkpoints import Checkpoint
from mirage.encoders.devices import Placement
from mirage.encoders.models import load_tokenizer
from mirage.encoders.recipe import resolve
from mirage.encoders.tokens import tokenise
from mirage.encoders.training import Options, _EncoderTrainer

SEED = 42
STEPS = 16  # two epochs of 60 rows in batches of 8, the last of 4


@dataclasses.dataclass
class Told:
    """What a training run did at each step: the token ids of its batch, its loss, the learning rate and the weights after it."""

    rows: list = dataclasses.field(default_factory=list)
    losses: list = dataclasses.field(default_factory=list)
    rates: list = dataclasses.field(default_factory=list)
    weights: list = dataclasses.field(default_factory=list)


def listen(told, model):
    """Return a callback that notes learning rates and weights after each step."""

    class Listener(TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):
            told.rates.append(kwargs["lr_scheduler"].get_last_lr()[0])
            told.weights.append([parameter.detach().clone() for parameter in model.parameters()])

    return Listener()


def plain(folder, rows, labels, recipe, tokenizer, texts, work):
    """Train as an agent's script does."""
    set_seed(SEED)
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=2, dtype=torch.float32)
    encoded = tokenizer([texts[row] for row in rows.train], truncation=True, max_length=recipe.max_length)["input_ids"]
    train = [
        {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": int(labels[row])}
        for ids, row in zip(encoded, rows.train, strict=True)
    ]
    counts = np.bincount(labels[rows.train])
    weight = torch.tensor([len(train) / (2 * count) for count in counts], dtype=torch.float32) if recipe.class_weight else None
    told = Told()

    class Script(Trainer):
        def compute_loss(self, model, inputs, return_outputs=False, **unused):
            outputs = model(**inputs)
            loss = outputs.loss
            if weight is not None:
                loss = nn.CrossEntropyLoss(weight=weight)(outputs.logits, inputs["labels"])
            if model.training:
                told.rows.append(inputs["input_ids"].tolist())
                told.losses.append(loss.item())
            return (loss, outputs) if return_outputs else loss

    arguments = plain_arguments(recipe, str(work), SEED, bf16=recipe.precision == "bf16", cpu=True)
    trainer = Script(
        model=model,
        args=arguments,
        train_dataset=train,
        eval_dataset=train[:12],
        data_collator=DataCollatorWithPadding(tokenizer),
        callbacks=[listen(told, model)],
    )
    trainer.train()
    return told


def ours(bench, split, labels, monkeypatch, work):
    """Run the study's own as-run cell."""
    told = Told()

    class Watched(_EncoderTrainer):
        def training_step(self, model, inputs, num_items_in_batch=None):
            told.rows.append(inputs["input_ids"].tolist())
            loss = super().training_step(model, inputs, num_items_in_batch)
            told.losses.append(loss.item())
            return loss

        def __init__(self, task, history):
            super().__init__(task, history)
            self.add_callback(listen(told, task.encoder.model))

    monkeypatch.setattr("mirage.encoders.training._EncoderTrainer", Watched)
    bench.predict_cell(split, SEED, work, name="tiny")
    return told


@pytest.mark.parametrize("class_weight", [None, "balanced"])
@pytest.mark.parametrize(("family", "precision"), [("modernbert", "bf16"), ("roberta", "fp32"), ("bert", "fp32")])
def test_an_as_run_fit_is_the_agents_script_step_by_step(
    family, precision, class_weight, standin_folder, entry, sections, split, monkeypatch, tmp_path
):
    folder = standin_folder(family)
    changes = {"mode": "as-run", "epochs": 2, "precision": precision, "class_weight": class_weight, "learning_rate": 5e-4}
    recipe = resolve("tiny", entry | changes)
    checkpoint = Checkpoint(folder, "someone/tiny", "main", None, "local directory")
    tokenizer = load_tokenizer(checkpoint)
    tokens = tokenise(sections["text"], tokenizer, recipe.max_length)
    bench = Bench(sections, tokens, checkpoint, recipe, Placement("cpu", precision, False), Options())
    labels = sections["label"].to_numpy()
    rows = fold_rows(split["part"].to_numpy(), recipe.mode)

    script = plain(folder, rows, labels, recipe, tokenizer, sections["text"], tmp_path / "plain")
    run = ours(bench, split, labels, monkeypatch, tmp_path / "ours")

    assert len(run.losses) == len(script.losses) == STEPS
    assert run.rows == script.rows
    assert run.rates == pytest.approx(script.rates, abs=1e-12)
    assert run.losses == pytest.approx(script.losses, abs=1e-6)
    for here, there in zip(run.weights, script.weights, strict=True):
        for ours_now, plain_now in zip(here, there, strict=True):
            torch.testing.assert_close(ours_now, plain_now, rtol=0, atol=1e-6)
