"""The memory formula against what the library's own models keep, counted without computing anything, and against measured peaks."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers import AutoModelForSequenceClassification, BertConfig, DistilBertConfig, ModernBertConfig, RobertaConfig
from transformers.initialization import no_init_weights

from mirage.encoders.memory import KNOWN, is_out_of_memory, memory_gb, needed_bytes, shape_of
from mirage.encoders.models import prepare

CONFIGS = {
    "minilm": BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536),
    "distilbert": DistilBertConfig(),
    "bert": BertConfig(),
    "roberta": RobertaConfig(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1),
    "modernbert": ModernBertConfig(),
}


class _FusedAttention(torch.autograd.Function):
    """What a GPU's fused attention keeps: its inputs, its output and one number a row and head."""

    @staticmethod
    def forward(ctx, query, key, value, mask):
        output = torch.empty_like(query)
        sums = query.new_empty(query.shape[:3], dtype=torch.float32)
        ctx.save_for_backward(query, key, value, output, sums, *([] if mask is None else [mask]))
        return output


def fused_attention(query, key, value, attn_mask=None, **options):
    return _FusedAttention.apply(query, key, value, attn_mask)


def counted(name, batch, length, precision, cpu, monkeypatch):
    """Return a model's parameters and the bytes it keeps for the backward pass and for parameters, in fake tensors."""
    if not cpu:
        monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", fused_attention)
    kept = {}
    with FakeTensorMode(allow_non_fake_inputs=True):
        with no_init_weights():
            model = AutoModelForSequenceClassification.from_config(CONFIGS[name], attn_implementation="sdpa").train()
        encoder = prepare(model, cpu=cpu, shortcuts=cpu)
        if encoder.noise is not None:
            encoder.noise.keep = lambda shape, probability, dtype: torch.empty(shape, dtype=dtype)
        own = {parameter.untyped_storage()._cdata for parameter in model.parameters()}
        alive = []

        def keep(tensor):
            storage = tensor.untyped_storage()
            if storage._cdata not in own:
                kept[storage._cdata] = storage.nbytes()
                alive.append(tensor)
            return tensor

        ids = torch.zeros(batch, length, dtype=torch.long)
        mask = torch.ones(batch, length, dtype=torch.long)
        with (
            torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor),
            torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"),
        ):
            model(input_ids=ids, attention_mask=mask).logits.float().sum()
        parameters = sum(parameter.numel() for parameter in model.parameters())
    return parameters, 16 * parameters + sum(kept.values())


@pytest.mark.parametrize("cpu", [False, True], ids=["gpu", "cpu"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize(
    ("name", "length"), [("minilm", 256), ("distilbert", 512), ("bert", 512), ("roberta", 512), ("modernbert", 1024)]
)
def test_the_formula_is_what_the_librarys_models_keep(name, length, precision, cpu, monkeypatch):
    parameters, expected = counted(name, 16, length, precision, cpu, monkeypatch)
    millions = parameters / 1e6
    found = needed_bytes(shape_of(millions), millions, 16, length, precision, cpu=cpu)
    # Below where ModernBERT's attention is written out on a CPU, above where the last layer is computed for one token alone.
    assert 0.92 < found / expected < 1.14


@pytest.mark.parametrize(
    ("millions", "length", "precision", "peak_gb"),
    [(149, 1024, "fp32", 21.1), (149, 1024, "bf16", 13.1), (110, 512, "fp32", 6.9)],
)
def test_the_formula_is_near_the_peaks_that_were_measured(millions, length, precision, peak_gb):
    """ModernBERT-base and Legal-BERT, 16 rows a batch."""
    found = needed_bytes(shape_of(millions), millions, 16, length, precision, cpu=False) / 1e9
    assert found == pytest.approx(peak_gb, rel=0.07)
    assert memory_gb(millions, 16, length, precision) > 0.99 * peak_gb


def test_a_shape_is_guessed_from_the_number_of_parameters():
    guessed = {22.7: 22.7, 66: 67, 110: 125, 125: 125, 149: 150, 184: 335, 7000: 395}
    assert {millions: shape_of(millions).millions for millions in guessed} == guessed
    assert [shape.millions for shape in KNOWN] == sorted(shape.millions for shape in KNOWN)


def test_larger_models_and_batches_need_more_memory():
    assert memory_gb(22.7, 16, 256) < memory_gb(149, 16, 256) < memory_gb(149, 16, 1024) < memory_gb(7000, 16, 1024)


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 8 GB, max allowed: 9 GB)"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), True),
        (MemoryError(), True),
        (RuntimeError("expected scalar type Float but found Double"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_a_full_memory_is_told_from_other_errors(error, full):
    assert is_out_of_memory(error) is full
