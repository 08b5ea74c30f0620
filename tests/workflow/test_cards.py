import pytest
from huggingface_hub import DatasetCard, ModelCard

from hub_repos import metadata_faults

pytestmark = pytest.mark.workflow


def test_cards_are_a_target_of_their_own_and_their_push_is_dry(study):
    assert not (study.folder / "results/cards").exists()
    study.snakemake("--cores", "2", "cards")
    cards = study.folder / "results/cards"
    card = ModelCard.load(cards / "tfidf-post/README.md")
    assert [one.dataset_split for one in card.data.eval_results if one.metric_type == "f1"] == [
        "stratified",
        "kfold-grouped",
        "source-curated",
    ]
    assert card.text.lstrip().startswith("> **synthetic corpus")
    assert metadata_faults(str(card), "model") == []
    assert metadata_faults(str(DatasetCard.load(cards / "_results/README.md")), "dataset") == []
    log = (study.folder / "logs/write_cards.log").read_text()
    assert "no card for minilm: " in log
    assert not (cards / "minilm").exists()
    assert "write_cards" not in study.planned("cards")

    printed = study.script("push_to_hub.py", "tfidf-post")
    assert "model mirage-tfidf-post of the token's account: 2 files" in printed
    assert "Nothing was sent." in printed
