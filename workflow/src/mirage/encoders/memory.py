"""How much memory a fit needs, by arithmetic on its architecture; no heavy import, because Snakemake imports it."""

from __future__ import annotations

from dataclasses import dataclass

LIBRARIES_GB = 1.0
"""What torch and the device's own libraries hold before a model is there."""
STATE_BYTES = 16
"""A parameter's weight, gradient and AdamW's two moments in fp32."""
TOLERANCE = 0.95
OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")


@dataclass(frozen=True)
class Saved:
    """Bytes that a layer keeps for the backward pass, by precision.

    Attributes
    ----------
    width, inner:
        A token and unit of the layer's width, and of its inner width.
    pair:
        A pair of tokens and a head, where attention is written out: on a CPU, since its fused kernel has no dropout.
    cast:
        A parameter, for the copies that autocast makes of it.
    """

    width: int
    inner: int
    pair: int
    cast: int


SAVED = {"fp32": Saved(40, 8, 12, 0), "bf16": Saved(28, 4, 8, 2)}


@dataclass(frozen=True)
class Shape:
    """An encoder's layers.

    Attributes
    ----------
    millions:
        Its parameters, in millions.
    gated:
        Whether the inner layer has a gate, and so is there twice. Those encoders have no dropout in attention.
    """

    millions: float
    layers: int
    width: int
    inner: int
    heads: int
    gated: bool = False


KNOWN = (
    Shape(22.7, 6, 384, 1536, 12),  # MiniLM-L6
    Shape(67, 6, 768, 3072, 12),  # DistilBERT
    Shape(125, 12, 768, 3072, 12),  # BERT and RoBERTa, base
    Shape(150, 22, 768, 1152, 12, gated=True),  # ModernBERT, base
    Shape(335, 24, 1024, 4096, 16),  # BERT and RoBERTa, large
    Shape(395, 28, 1024, 2624, 16, gated=True),  # ModernBERT, large
)
"""Published shapes, from small to large."""


def shape_of(millions: float) -> Shape:
    """Return the smallest known shape of at least this many million parameters, else the largest."""
    return next((shape for shape in KNOWN if TOLERANCE * millions <= shape.millions), KNOWN[-1])


def memory_gb(millions: float, batch_size: int, max_length: int, precision: str = "fp32", *, cpu: bool = False) -> float:
    """Return the memory of a fit in GB, 1e9 bytes: the libraries, the state of every parameter and what layers keep.

    The bytes that layers keep were counted from the library's own models of each shape (tests/encoders/test_memory.py counts them
    again); a batch is taken as one of the longest rows.

    Parameters
    ----------
    millions:
        Parameters of the model in millions, by which its shape is guessed.
    batch_size, max_length:
        Rows computed at once and tokens of each.
    precision:
        ``fp32`` or ``bf16`` (autocast).
    cpu:
        Whether attention is written out, as on CPUs.
    """
    return LIBRARIES_GB + needed_bytes(shape_of(millions), millions, batch_size, max_length, precision, cpu=cpu) / 1e9


def needed_bytes(shape: Shape, millions: float, batch_size: int, max_length: int, precision: str, *, cpu: bool) -> float:
    """Return the bytes that the parameters' state and the layers' saved tensors take."""
    saved = SAVED[precision]
    token = saved.width * shape.width + saved.inner * shape.inner * (2 if shape.gated else 1)
    if cpu and not shape.gated:
        token += saved.pair * shape.heads * max_length
    larger = max(1.0, millions / shape.millions)
    return (STATE_BYTES + saved.cast) * millions * 1e6 + larger * shape.layers * token * batch_size * max_length


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that a device, or the host, has no memory left; a device's own may be a plain RuntimeError."""
    told = str(error).lower()
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and any(sign in told for sign in OUT_OF_MEMORY))
