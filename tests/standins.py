"""Stand-in checkpoints: the real architectures with two layers, random weights and a tokenizer trained on a small corpus.

Every one says ``"stand_in": true`` in its config.json, which marks whatever is computed with it. From the command line, a folder
for ``checkpoints.path`` with a stand-in for every encoder of a configuration::

    python tests/standins.py --config config.yaml --out FOLDER
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import yaml
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AutoModel,
    BertConfig,
    DistilBertConfig,
    ModernBertConfig,
    MPNetConfig,
    PretrainedConfig,
    PreTrainedTokenizerFast,
    RobertaConfig,
)

FAMILIES = ("bert", "roberta", "modernbert", "distilbert", "mpnet")

_LONGEST_FIRST = sorted(FAMILIES, key=len, reverse=True)

CORPUS = [
    "The commissioners shall provide separate schools for the white and colored children of the county.",
    "It shall be unlawful to sell spirituous liquors within two miles of the academy of the town.",
    "The board of aldermen may levy a tax on all property, real and personal, for the public schools.",
    "Be it enacted that the said railroad company shall furnish separate coaches for the races.",
]


@dataclass(frozen=True)
class Size:
    """Shape of a stand-in: by default as small as its tests allow.

    Attributes
    ----------
    vocabulary:
        Rows of the embedding at least.
    pieces:
        Pieces that the tokenizer learns at most, where they are not as many.
    """

    layers: int = 2
    width: int = 32
    heads: int = 2
    inner: int = 64
    vocabulary: int = 600
    positions: int = 128
    pieces: int | None = None


# With 6,000 pieces a tokenizer cuts the laws it learns from into 1.2 tokens a word, as published ones do; with more, into fewer.
PIECES = 6000

FULL = {
    "modernbert": Size(22, 768, 12, 1152, 50368, 8192, PIECES),
    "distilbert": Size(6, 768, 12, 3072, 30522, 512, PIECES),
    "roberta": Size(12, 768, 12, 3072, 50265, 512, PIECES),
    "minilm": Size(6, 384, 12, 1536, 30522, 512, PIECES),
    "mpnet": Size(12, 768, 12, 3072, 30527, 512, PIECES),
    "bert": Size(12, 768, 12, 3072, 30522, 512, PIECES),
}
"""The published models' shapes by what stands in their names, for measuring speed with random weights."""


def make_standin(
    folder: Path, family: str, texts: Sequence[str] = CORPUS, *, size: Size | None = None, labels: int | None = None
) -> Path:
    """Write a stand-in of a family into ``folder`` and return it.

    Parameters
    ----------
    labels:
        With a number, the config claims a trained head for that many labels.
    """
    size = size or Size()
    pieces = size.pieces or size.vocabulary
    if family in ("roberta", "modernbert"):
        tokenizer = _byte_level(texts, pieces)
    else:
        tokenizer = _word_pieces(texts, pieces, MPNET_NAMES if family == "mpnet" else BERT_NAMES)
    config = _config(family, tokenizer, size)
    config.stand_in = True
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = AutoModel.from_config(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    if labels is not None:
        stored = json.loads((folder / "config.json").read_text())
        stored |= {
            "architectures": ["BertForSequenceClassification"],
            "id2label": {str(n): f"LABEL_{n}" for n in range(labels)},
        }
        (folder / "config.json").write_text(json.dumps(stored))
    return folder


def _config(family: str, tokenizer: PreTrainedTokenizerFast, size: Size) -> PretrainedConfig:
    pad = tokenizer.pad_token_id
    shape = {
        "hidden_size": size.width,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "intermediate_size": size.inner,
    }
    shared = {"vocab_size": max(size.vocabulary, len(tokenizer)), "pad_token_id": pad}
    if family == "bert":
        return BertConfig(**shared, **shape, max_position_embeddings=size.positions)
    if family == "roberta":
        ends = {"bos_token_id": tokenizer.cls_token_id, "eos_token_id": tokenizer.sep_token_id}
        return RobertaConfig(**shared, **shape, **ends, max_position_embeddings=size.positions + pad + 1)
    if family == "distilbert":
        sizes = {"dim": size.width, "hidden_dim": size.inner, "n_layers": size.layers, "n_heads": size.heads}
        return DistilBertConfig(**shared, **sizes, max_position_embeddings=size.positions)
    if family == "mpnet":
        return MPNetConfig(**shared, **shape, max_position_embeddings=size.positions + pad + 1)
    ends = dict.fromkeys(("bos_token_id", "cls_token_id"), tokenizer.cls_token_id)
    ends |= dict.fromkeys(("eos_token_id", "sep_token_id"), tokenizer.sep_token_id)
    every, reach = (3, 128) if size.layers > 3 else (2, 16)
    local = {"local_attention": reach, "global_attn_every_n_layers": every, "classifier_pooling": "mean"}
    return ModernBertConfig(**shared, **shape, **ends, **local, max_position_embeddings=size.positions)


BERT_NAMES = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
# In this order, because MPNet's padding token has number 1 whatever its configuration says.
MPNET_NAMES = {"cls_token": "<s>", "pad_token": "<pad>", "sep_token": "</s>", "unk_token": "[UNK]", "mask_token": "<mask>"}


def _word_pieces(texts: Sequence[str], vocabulary: int, names: dict[str, str]) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.WordPiece(unk_token=names["unk_token"]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=vocabulary, special_tokens=list(names.values()), show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return _finished(tokenizer, names)


def _byte_level(texts: Sequence[str], vocabulary: int) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    names = {"cls_token": "<s>", "pad_token": "<pad>", "sep_token": "</s>", "unk_token": "<unk>", "mask_token": "<mask>"}
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=list(names.values()), initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return _finished(tokenizer, names)


def _finished(tokenizer: Tokenizer, names: dict[str, str]) -> PreTrainedTokenizerFast:
    ends = [(names[name], tokenizer.token_to_id(names[name])) for name in ("cls_token", "sep_token")]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{ends[0][0]} $A {ends[1][0]}", special_tokens=ends)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)


def family_of(checkpoint: str) -> str:
    """Guess the architecture of a checkpoint on the Hub from its name."""
    return next((family for family in _LONGEST_FIRST if family in checkpoint.lower()), "bert")


def full_size(checkpoint: str) -> Size:
    """Return the published shape of a checkpoint on the Hub, guessed from its name."""
    return next((size for name, size in FULL.items() if name in checkpoint.lower()), FULL["bert"])


def small_size(checkpoint: str) -> Size:
    """Return the size of a stand-in for a checkpoint on the Hub; MiniLM's is smaller than that of others, as in truth."""
    return Size(width=16) if "minilm" in checkpoint.lower() else Size()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--config", type=Path, default=Path("config.yaml"))
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    agents = yaml.safe_load(args.config.read_text(encoding="utf-8"))["agents"]
    for name in sorted({entry["checkpoint"] for entry in agents.values() if entry["kind"] == "encoder"}):
        make_standin(args.out / name, family_of(name), size=Size(positions=1024))
        print(f"{name}: stand-in {family_of(name)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
