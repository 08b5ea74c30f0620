"""A model that was fine-tuned elsewhere and published: its own weights score rows, and nothing is trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from mirage.encoders.checkpoints import Checkpoint, locate
from mirage.encoders.models import check_limits, load_tokenizer, load_trained
from mirage.encoders.recipe import Recipe
from mirage.encoders.tokens import tokenise
from mirage.encoders.training import SCORING_TOKENS, probabilities


def find_published(recipe: Recipe, checkpoints: Path | None, *, hub: bool) -> Checkpoint:
    """Find a published model.

    Raises
    ------
    StudyError
        When it is out of reach, or its configuration does not allow the recipe's length.
    """
    found = locate(recipe, checkpoints, hub=hub)
    check_limits(found, recipe)
    return found


def score_published(checkpoint: Checkpoint, recipe: Recipe, texts: pd.Series, device: str) -> npt.NDArray[np.float64]:
    """Return the probability of the positive class of every text, shape (texts,), in fp32.

    Texts are cut where the recipe cuts them, by the model's own tokenizer.

    Raises
    ------
    StudyError
        When the model cannot be loaded or has no trained head for the study's labels.
    """
    tokens = tokenise(texts, load_tokenizer(checkpoint), recipe.max_length)
    model, positive = load_trained(checkpoint)
    place = torch.device(device)
    rows = np.arange(len(texts))
    return probabilities(model.to(place), tokens, rows, place, SCORING_TOKENS[device], multiple=1, positive=positive)
