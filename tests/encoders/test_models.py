import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from mirage.encoders.checkpoints import Checkpoint
from mirage.encoders.models import check_limits, load_encoder, load_tokenizer
from mirage.encoders.noise import BlockDropout, NoiseSource
from mirage.errors import StudyError
from standins import FAMILIES, make_standin


def checkpoint_at(folder):
    return Checkpoint(folder, "someone/tiny", "main", None, "local directory")


def batch(tokenizer):
    texts = ["the county shall levy a tax", "colored race schools", "the said act"]
    return tokenizer(texts, padding=True, return_tensors="pt", return_token_type_ids=False)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("cpu", [True, False])
def test_shortcuts_change_neither_logits_nor_gradients(family, cpu, standin_folder):
    checkpoint = checkpoint_at(standin_folder(family))
    inputs = batch(load_tokenizer(checkpoint))
    plain = load_encoder(checkpoint, 3, cpu=cpu, shortcuts=False).model.eval()
    short = load_encoder(checkpoint, 3, cpu=cpu).model.eval()
    for model in (plain, short):
        model(**inputs, labels=torch.tensor([0, 1, 0])).loss.backward()
    torch.testing.assert_close(short(**inputs).logits, plain(**inputs).logits, rtol=1e-4, atol=1e-6)
    gradients = dict(plain.named_parameters())
    for name, parameter in short.named_parameters():
        expected = gradients[name].grad
        if expected is not None:
            torch.testing.assert_close(parameter.grad, expected, rtol=1e-3, atol=1e-7, msg=name)


@pytest.mark.parametrize("family", FAMILIES)
def test_padding_does_not_change_a_rows_score(family, standin_folder):
    checkpoint = checkpoint_at(standin_folder(family))
    inputs = batch(load_tokenizer(checkpoint))
    model = load_encoder(checkpoint, 3, cpu=True).model.eval()
    length = int(inputs["attention_mask"][1].sum())
    alone = model(input_ids=inputs["input_ids"][1:2, :length], attention_mask=torch.ones(1, length, dtype=torch.long))
    torch.testing.assert_close(model(**inputs).logits[1:2], alone.logits, rtol=1e-4, atol=1e-6)


def test_the_head_depends_on_the_seed_and_the_body_does_not(standin_folder):
    checkpoint = checkpoint_at(standin_folder("bert"))
    first, same, other = (dict(load_encoder(checkpoint, seed, cpu=True).model.named_parameters()) for seed in (1, 1, 2))
    assert torch.equal(first["classifier.weight"], same["classifier.weight"])
    assert not torch.equal(first["classifier.weight"], other["classifier.weight"])
    query = "bert.encoder.layer.0.attention.self.query.weight"
    assert torch.equal(first[query], other[query])


def test_logits_are_computed_in_full_precision_under_autocast(standin_folder):
    checkpoint = checkpoint_at(standin_folder("bert"))
    model = load_encoder(checkpoint, 3, cpu=True).model.eval()
    inputs = batch(load_tokenizer(checkpoint))
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(**inputs).logits
    assert logits.dtype == torch.float32
    assert not torch.equal(logits, logits.bfloat16().float())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_noise_drops_its_share_and_keeps_the_mean(dtype):
    source = NoiseSource()
    source.reseed(1)
    noise = source.keep(torch.Size([400, 1001]), 0.1, dtype)
    assert noise.shape == (400, 1001)
    assert noise.dtype == dtype
    assert float((noise == 0).double().mean()) == pytest.approx(0.1, abs=0.002)
    assert noise.unique().tolist() == [0.0, torch.tensor(1 / 0.9, dtype=dtype).item()]


def test_noise_is_decided_by_its_seed():
    source = NoiseSource()
    drawn = []
    for seed in (1, 1, 2):
        source.reseed(seed)
        drawn.append(source.keep(torch.Size([50]), 0.5, torch.float32).numpy())
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_dropout_acts_in_training_only():
    layer = BlockDropout(0.5, NoiseSource())
    values = torch.ones(1000)
    assert torch.equal(layer.eval()(values), values)
    dropped = layer.train()(values)
    assert set(dropped.tolist()) == {0.0, 2.0}


@pytest.mark.parametrize(("family", "fits"), [("bert", 128), ("roberta", 128), ("modernbert", 128)])
def test_a_limit_over_the_models_positions_is_told(family, fits, standin_folder, recipe_of):
    checkpoint = checkpoint_at(standin_folder(family))
    check_limits(checkpoint, recipe_of(max_length=fits))
    with pytest.raises(StudyError, match=f"max_length: found {fits + 1}; someone/tiny has positions for {fits} tokens"):
        check_limits(checkpoint, recipe_of(max_length=fits + 1))


def test_a_head_for_three_labels_is_told(tmp_path, recipe_of):
    checkpoint = checkpoint_at(make_standin(tmp_path / "three", "bert", labels=3))
    with pytest.raises(StudyError, match="its head was trained for 3 labels, this study has 2"):
        check_limits(checkpoint, recipe_of())


def test_a_tokenizer_without_a_pad_token_is_told(tmp_path):
    folder = make_standin(tmp_path / "padless", "bert")
    settings = folder / "tokenizer_config.json"
    settings.write_text(settings.read_text().replace('"pad_token": "[PAD]"', '"pad_token": null'))
    with pytest.raises(StudyError, match="the tokenizer has no pad token"):
        load_tokenizer(checkpoint_at(folder))


def test_weights_that_cannot_be_read_are_told_in_one_line(tmp_path):
    folder = make_standin(tmp_path / "broken", "bert")
    (folder / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(StudyError, match="checkpoint someone/tiny cannot be loaded"):
        load_encoder(checkpoint_at(folder), 0, cpu=True)
