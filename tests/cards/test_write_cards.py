import pytest
import yaml
from datasets import load_dataset
from huggingface_hub import DatasetCard, ModelCard

from card_run import DATA, OPTIONS, ROOT, material_of, script_arguments, write_run
from hub_repos import metadata_faults
from mirage.cards.bundle import repositories
from mirage.cards.options import CardOptions, rule_options
from mirage.errors import StudyError
from mirage.files import read_json
from mirage.stamps import STAMPS
from mirage.study.grid import Study
from mirage.study.loading import check_config
from script_loader import script_main


@pytest.fixture
def published():
    return yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


def test_every_agent_that_ran_has_a_card_and_the_log_says_which_has_none_and_why(results, write, capsys):
    folder = write()
    assert sorted(path.parent.name for path in folder.glob("*/README.md")) == [
        "_results",
        "regex",
        "tiny",
        "tiny-as-run",
        "words",
    ]
    assert "no card for large: 149 million parameters need a GPU" in capsys.readouterr().err
    listed = read_json(folder / "cards.json")
    assert list(listed["agents"]) == ["regex", "tiny", "tiny-as-run", "words"]
    assert listed["left_out"] == {"large": "149 million parameters need a GPU"}
    assert listed["agents"]["words"]["repository"] == "someone/mirage-words"
    assert len(listed["agents"]["words"]["cells"]) == 8
    assert ModelCard.load(folder / "words/README.md").data.eval_results


def test_cards_are_the_same_bytes_when_written_again(results, write):
    first = {path: path.read_bytes() for path in sorted(write().rglob("*")) if path.is_file()}
    write()
    assert {path: path.read_bytes() for path in first} == first


def test_the_card_of_the_results_makes_every_table_and_the_predictions_load_by_name(results, write, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    card = DatasetCard.load(write() / "_results/README.md")
    assert metadata_faults(str(card), "dataset") == []
    assert [subset["config_name"] for subset in card.data.configs if subset.get("default")] == ["f1"]
    assert 'load_dataset("someone/mirage-results", "f1")' in card.text
    assert "| `gap` | Table gap |" in card.text

    [repository] = [found for found in repositories(results, ["words"], with_results=True) if found.kind == "dataset"]
    folder = tmp_path / "repository"
    for name, path in repository.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(path.read_bytes())
    f1 = load_dataset(str(folder), "f1", cache_dir=str(tmp_path / "cache"))["train"].to_pandas()
    assert len(f1) == len(material_of(results).tables["f1"])
    predictions = load_dataset(str(folder), "predictions", cache_dir=str(tmp_path / "cache"))["train"].to_pandas()
    assert set(predictions["agent"]) == {"regex", "words", "tiny", "tiny-as-run"}
    assert len(predictions) == 2 * len(material_of(results).cells("words")) + 2 * (2 + 4 + 2)


def test_texts_of_the_corpus_stay_at_home(results, write):
    write()
    [*_, repository] = repositories(results, [], with_results=True)
    sent = repository.files["tables/hard_rows.csv"].read_text()
    assert sent == "list,row_id,label\nwrong by every agent,1893_1,1\n"
    assert repository.files["tables/f1.csv"].read_bytes() == (results / "tables/f1.csv").read_bytes()


def test_a_made_up_corpus_is_stamped_on_the_results_too(tmp_path):
    provenance = {**DATA, "corpus": "synthetic", "source": "synthetic", "revision": None}
    write_run(tmp_path / "results", provenance=provenance)
    assert script_main("write_cards")(script_arguments(tmp_path / "results")) == 0
    card = DatasetCard.load(tmp_path / "results/cards/_results/README.md")
    assert card.text.lstrip().startswith(f"> **{STAMPS['synthetic']}.**")
    assert card.data.license is None
    assert metadata_faults(str(card), "dataset") == []


def test_data_from_the_hub_are_named_by_their_repository_where_nothing_else_is_said(tmp_path):
    provenance = {**DATA, "corpus": "own", "source": "hub", "revision": "c" * 40}
    write_run(tmp_path / "results", provenance=provenance)
    arguments = script_arguments(tmp_path / "results", dataset=None, dataset_name=None, license=None)
    assert script_main("write_cards")(arguments) == 0
    card = ModelCard.load(tmp_path / "results/cards/words/README.md")
    assert card.data.datasets == ["lab/laws"]
    assert {(one.dataset_type, one.dataset_revision) for one in card.data.eval_results} == {("lab/laws", "c" * 40)}


def test_a_file_of_one_s_own_is_called_by_the_study_s_name_and_claims_no_data_set(tmp_path):
    write_run(tmp_path / "results", provenance={**DATA, "corpus": "own"})
    arguments = script_arguments(tmp_path / "results", published=False, dataset=None, dataset_name="clinics", license=None)
    assert script_main("write_cards")(arguments) == 0
    card = ModelCard.load(tmp_path / "results/cards/words/README.md")
    assert card.data.datasets is None
    assert "on this data (clinics)" in card.text
    assert card.data.eval_results[0].dataset_name.startswith("clinics, stratified: ")


def test_cards_of_other_data_do_not_cite_the_published_ones(results, tmp_path):
    write_run(tmp_path / "own", provenance={**DATA, "corpus": "own"})
    for folder, published in ((results, True), (tmp_path / "own", False)):
        arguments = script_arguments(folder, published=published, dataset=None, dataset_name="clinics", license=None)
        assert script_main("write_cards")(arguments) == 0
        for name in ("words", "_results"):
            text = (folder / f"cards/{name}/README.md").read_text(encoding="utf-8")
            assert ("On the Books" in text) == published
            assert "The mirage developers" in text


def test_cards_speak_in_the_words_of_the_data(tmp_path):
    write_run(tmp_path / "results", provenance={**DATA, "corpus": "own"})
    arguments = [*script_arguments(tmp_path / "results", published=False), "--words", '{"unit": "patient", "group": "site"}']
    assert script_main("write_cards")(arguments) == 0
    text = (tmp_path / "results/cards/words/README.md").read_text(encoding="utf-8")
    assert "## By site" in text
    assert "same patient" in text
    assert "«" not in text


def test_the_rule_hands_over_the_agents_that_run_here_and_what_is_not_said(published):
    published["encoders"]["run"] = "none"
    options = rule_options(Study.from_config(published))
    assert options["cards"]["dataset"] == "biglam/on_the_books"
    assert "tfidf-post" in options["agents"]
    assert "minilm" not in options["agents"]
    assert options["min_rows"] == 20
    for section in ("cards", "groups"):
        del published[section]
    options = rule_options(Study.from_config({**published, "study": "clinics"}))
    assert (options["cards"]["dataset"], options["cards"]["dataset_name"]) == (None, "clinics")
    assert options["min_rows"] == 20


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("namespace", "my lab", "cards.namespace: found 'my lab'; write null or a text of the form ^"),
        ("license", "CC BY 4.0", "cards.license: found 'CC BY 4.0'; write null or a text of the form ^"),
        ("language", "English", "cards.language: found 'English'; write null or a text of the form ^"),
        ("owner", "lab", "cards: unknown key 'owner'; known are namespace, prefix, results"),
    ],
)
def test_a_bad_section_is_one_line(published, key, value, told):
    published["cards"][key] = value
    with pytest.raises(StudyError) as caught:
        check_config(published)
    assert str(caught.value).startswith(f"config.yaml: {told}")


def test_options_have_defaults_and_refuse_what_they_do_not_know():
    assert CardOptions.from_mapping({}).of_agent("words") == "mirage-words"
    assert CardOptions.from_mapping({"namespace": "lab", "prefix": ""}).of_agent("words") == "lab/words"
    assert OPTIONS.of_results == "someone/mirage-results"
    with pytest.raises(StudyError, match=r"config\.yaml: cards: unknown key 'owner'; known are namespace, prefix"):
        CardOptions.from_mapping({"owner": "lab"})
