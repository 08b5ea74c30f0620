"""Dropout for CPUs: the same noise drawn in blocks of random bits instead of one draw an element.

PyTorch's CPU kernel draws every element of a dropout mask on its own, which takes a quarter of a training step here. Sixteen random
bits an element are enough: an element is dropped with probability round(p * 65536) / 65536.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from mirage.lazy import numpy as np

STEPS = 1 << 16


class NoiseSource:
    """Random bits for all dropout layers of a model, reseeded at every epoch so that a resumed fit draws the same."""

    def __init__(self) -> None:
        self._bits = np.random.SFC64(0)

    def reseed(self, seed: int) -> None:
        """Start over from ``seed``."""
        self._bits = np.random.SFC64(seed)

    def keep(self, shape: torch.Size, probability: float, dtype: torch.dtype) -> torch.Tensor:
        """Return a tensor that is 0 with the given probability and 1 / (1 - probability) elsewhere."""
        count = math.prod(shape)
        drawn = self._bits.random_raw(-(-count // 4)).view(np.uint16)[:count]
        kept = drawn >= round(probability * STEPS)
        scale = torch.tensor(1 / (1 - probability), dtype=dtype)
        integers = torch.int16 if dtype.itemsize == 2 else torch.int32
        # The scale's bit pattern times 0 or 1: a product of integers is cheaper than a conversion of the mask.
        pattern = scale.view(integers).numpy()[()]
        return torch.from_numpy(kept.astype(pattern.dtype) * pattern).view(dtype).view(shape)


class BlockDropout(nn.Dropout):
    """``nn.Dropout`` on a :class:`NoiseSource`."""

    def __init__(self, probability: float, source: NoiseSource):
        super().__init__(probability)
        self.source = source

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0:
            return values
        return values * self.source.keep(values.shape, self.p, values.dtype)


def replace_dropout(model: nn.Module) -> NoiseSource:
    """Put a :class:`BlockDropout` in place of every ``nn.Dropout`` of ``model`` and return their common source."""
    source = NoiseSource()
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.Dropout:
                setattr(module, name, BlockDropout(child.p, source))
    return source
