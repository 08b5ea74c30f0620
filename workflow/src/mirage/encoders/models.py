"""A pretrained encoder with a classification head, and what it need not compute.

Two shortcuts change no result beyond rounding: the last layer of models that classify by the first token is computed for that token
alone, and on CPUs dropout draws its noise in blocks (:mod:`mirage.encoders.noise`).
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError
from torch import nn
from transformers import AutoModelForSequenceClassification, AutoTokenizer, set_seed
from transformers.masking_utils import AttentionMaskInterface, eager_mask
from transformers.modeling_utils import AttentionInterface
from transformers.utils.logging import disable_progress_bar

from mirage.encoders.checkpoints import Checkpoint
from mirage.encoders.noise import BlockDropout, NoiseSource, replace_dropout
from mirage.encoders.recipe import Recipe
from mirage.errors import StudyError

disable_progress_bar()

LABELS = {0: "no_jim_crow", 1: "jim_crow"}
BLOCK_NOISE_ATTENTION = "block_noise"
FIRST_TOKEN_FAMILIES = ("bert", "roberta")
BLOCK_NOISE_FAMILIES = ("bert", "roberta", "distilbert")


@dataclass(frozen=True)
class Encoder:
    """A model ready to be trained.

    Attributes
    ----------
    noise:
        Source of its dropout noise, or None where PyTorch's own is used.
    shortcuts:
        Names of what it does not compute, for the run record.
    """

    model: nn.Module
    noise: NoiseSource | None
    attention: str
    shortcuts: tuple[str, ...]


def load_tokenizer(checkpoint: Checkpoint) -> Any:
    """Load the checkpoint's tokenizer.

    Raises
    ------
    StudyError
        When it cannot be read or has no padding token.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(checkpoint.path, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise StudyError(f"checkpoint {checkpoint.name}: the tokenizer cannot be read: {error}") from error
    if tokenizer.pad_token_id is None:
        raise StudyError(
            f"checkpoint {checkpoint.name}: the tokenizer has no pad token, so that sections of different length cannot share a "
            "batch; use a checkpoint whose tokenizer_config.json names one"
        )
    return tokenizer


def check_limits(checkpoint: Checkpoint, recipe: Recipe) -> None:
    """Raise :class:`StudyError` when the checkpoint's configuration does not allow what the recipe asks for."""
    config = checkpoint.config
    family = config.get("model_type")
    if family is None:
        raise StudyError(f"checkpoint {checkpoint.name}: config.json names no model_type; it is no encoder of transformers")
    limit = config.get("max_position_embeddings")
    if limit is not None and family in ("roberta", "xlm-roberta", "camembert", "mpnet"):
        # Positions are counted from the padding token's id on.
        limit -= config.get("pad_token_id", 1) + 1
    if limit is not None and recipe.max_length > limit:
        raise StudyError(
            f"config.yaml: agents.{recipe.agent}.max_length: found {recipe.max_length}; {checkpoint.name} has positions for {limit} "
            f"tokens; write {limit} or less"
        )
    labels = len(config.get("id2label") or LABELS)
    trained = any(name.endswith("ForSequenceClassification") for name in config.get("architectures") or ())
    if trained and labels != len(LABELS):
        raise StudyError(
            f"checkpoint {checkpoint.name}: its head was trained for {labels} labels, this study has {len(LABELS)}; use a checkpoint "
            "without a head or with two labels"
        )


def load_encoder(checkpoint: Checkpoint, seed: int, *, cpu: bool, shortcuts: bool = True) -> Encoder:
    """Load the weights in fp32 under a head drawn from ``seed``.

    Parameters
    ----------
    cpu:
        Whether it will be trained on a CPU, where attention with dropout is fastest written out.
    shortcuts:
        Whether to leave out what need not be computed; without, the model trains as the library's own.

    Raises
    ------
    StudyError
        When the library cannot load the checkpoint.
    """
    set_seed(seed)
    try:
        model = AutoModelForSequenceClassification.from_pretrained(
            checkpoint.path,
            local_files_only=True,
            dtype=torch.float32,
            num_labels=len(LABELS),
            id2label=LABELS,
            label2id={label: number for number, label in LABELS.items()},
        )
    except MemoryError as error:
        raise StudyError(
            f"checkpoint {checkpoint.name} cannot be loaded: this machine has no memory left; free some"
        ) from error
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError, UnpicklingError) as error:
        raise StudyError(f"checkpoint {checkpoint.name} cannot be loaded: {error}") from error
    return prepare(model, cpu=cpu, shortcuts=shortcuts)


def load_trained(checkpoint: Checkpoint) -> tuple[nn.Module, int]:
    """Load a model that was fine-tuned elsewhere, head included, in fp32; return it with the number of its positive class.

    Raises
    ------
    StudyError
        When it cannot be loaded, has no trained head, or its labels are not those of the study.
    """
    try:
        model, told = AutoModelForSequenceClassification.from_pretrained(
            checkpoint.path, local_files_only=True, dtype=torch.float32, output_loading_info=True
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError, UnpicklingError, MemoryError) as error:
        raise StudyError(f"checkpoint {checkpoint.name} cannot be loaded: {error}") from error
    if told["missing_keys"]:
        missing = ", ".join(sorted(told["missing_keys"]))
        raise StudyError(f"checkpoint {checkpoint.name} is not fine-tuned to classify: its weights lack {missing}")
    return model.eval(), _positive_class(checkpoint.name, model.config.id2label)


def _positive_class(name: str, labels: Mapping[int, str]) -> int:
    """Return the class that carries the study's positive label; where classes have no names it is class 1."""
    if len(labels) == len(LABELS):
        for number, label in labels.items():
            if str(label) in (LABELS[1], "LABEL_1"):
                return int(number)
    found = ", ".join(map(str, labels.values()))
    raise StudyError(f"checkpoint {name}: found the labels {found}; this study has {LABELS[1]} and one for all else")


def prepare(model: Any, *, cpu: bool, shortcuts: bool = True) -> Encoder:
    """Put the shortcuts into a model of the library."""
    taken: list[str] = []
    noise = None
    full_precision_logits(model, in_training=shortcuts)
    if shortcuts:
        if cpu:
            noise = replace_dropout(model)
            taken.append("dropout noise in blocks")
            if model.config.model_type in BLOCK_NOISE_FAMILIES and _attention_dropout(model.config) > 0:
                model.set_attn_implementation(BLOCK_NOISE_ATTENTION)
        if model.config.model_type in FIRST_TOKEN_FAMILIES:
            first_token_only(getattr(model, model.base_model_prefix).encoder.layer[-1])
            taken.append("last layer for the first token only")
    return Encoder(model, noise, str(model.config._attn_implementation), tuple(taken))


def _attention_dropout(config: Any) -> float:
    names = ("attention_probs_dropout_prob", "attention_dropout")
    return next((float(getattr(config, name)) for name in names if hasattr(config, name)), 0.0)


def full_precision_logits(model: nn.Module, *, in_training: bool) -> None:
    """Compute the last linear layer in fp32 under autocast: in bf16, scores would come in steps and tie.

    The layer is found as the last one with an output for every label.

    Parameters
    ----------
    in_training:
        False leaves the layer to autocast while the model trains.
    """
    *_, last = (module for module in model.modules() if isinstance(module, nn.Linear) and module.out_features == len(LABELS))

    def forward(self: nn.Linear, values: torch.Tensor) -> torch.Tensor:
        if self.training and not in_training:
            return nn.functional.linear(values, self.weight, self.bias)
        with torch.autocast(values.device.type, enabled=False):
            return nn.functional.linear(values.float(), self.weight, self.bias)

    last.forward = types.MethodType(forward, last)  # type: ignore[method-assign]


def first_token_only(layer: nn.Module) -> None:
    """Make a BERT or RoBERTa layer return the states of the first token only, shape (rows, 1, width).

    The first token still attends to all tokens. Fit for the last layer of a model whose head reads the first token.
    """
    layer.forward = types.MethodType(_first_token_forward, layer)


def _first_token_forward(
    self: Any, hidden_states: torch.Tensor, attention_mask: Any = None, *unused: Any, **options: Any
) -> torch.Tensor:
    attention = self.attention.self
    rows, length, _ = hidden_states.shape
    first = hidden_states[:, :1]

    def heads(values: torch.Tensor) -> torch.Tensor:
        return values.view(rows, -1, attention.num_attention_heads, attention.attention_head_size).transpose(1, 2)

    query, key, value = (
        heads(attention.query(first)),
        heads(attention.key(hidden_states)),
        heads(attention.value(hidden_states)),
    )
    weights = (query @ key.transpose(2, 3)) * attention.scaling
    if attention_mask is not None:
        seen = attention_mask[..., :1, :length]
        weights = weights.masked_fill(~seen, torch.finfo(weights.dtype).min) if seen.dtype == torch.bool else weights + seen
    weights = attention.dropout(weights.softmax(-1).to(value.dtype))
    context = (weights @ value).transpose(1, 2).reshape(rows, 1, -1)
    output: torch.Tensor = self.feed_forward_chunk(self.attention.output(context, first))
    return output


def block_noise_attention(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attend with dropout noise drawn in blocks; an attention function by the contract of ``transformers``."""
    scale = query.size(-1) ** -0.5 if scaling is None else scaling
    if dropout == 0:
        output = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=attention_mask, scale=scale)
        return output.transpose(1, 2).contiguous(), None
    weights = (query * scale) @ key.transpose(2, 3)
    if attention_mask is not None:
        weights = weights + attention_mask
    weights = weights.softmax(-1).to(value.dtype)
    layer = module.dropout
    assert isinstance(layer, BlockDropout)
    weights = weights * layer.source.keep(weights.shape, dropout, weights.dtype)
    return (weights @ value).transpose(1, 2).contiguous(), None


AttentionInterface.register(BLOCK_NOISE_ATTENTION, block_noise_attention)
AttentionMaskInterface.register(BLOCK_NOISE_ATTENTION, eager_mask)
