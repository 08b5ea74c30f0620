"""Repositories to the Hub, one commit each. The token goes into requests and nowhere else."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from huggingface_hub import CommitOperationAdd, DatasetCard, HfApi, ModelCard
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from huggingface_hub.utils import get_session, hf_raise_for_status, validate_repo_id  # type: ignore[attr-defined]

from mirage.cards.bundle import Repository, size_in_words
from mirage.cards.write import CARD
from mirage.data.network import reason_of
from mirage.errors import StudyError

TOKEN = "HF_TOKEN"
BAD_REQUEST = 400
CARDS = {"model": ModelCard, "dataset": DatasetCard}

log = logging.getLogger(__name__)


def check_names(repositories: Sequence[Repository]) -> None:
    """Hold identifiers against the Hub's rules, before anything is sent.

    Raises
    ------
    StudyError
        For one that it would not take.
    """
    for repository in repositories:
        try:
            validate_repo_id(repository.name)
        except HFValidationError:
            raise StudyError(
                f"repository name {repository.name!r} is none the Hub takes: letters, digits and - _ . inside, at most 96, no -- and "
                "no ..; change config.yaml: cards (namespace, prefix, results)"
            ) from None


def push(repositories: Sequence[Repository], token: str, *, public: bool, endpoint: str | None = None) -> list[str]:
    """Create what is missing and commit every repository's files; return the names of those that were uploaded.

    Cards are validated before anything is created. A repository that is there keeps its visibility; one that is public is refused
    unless ``public`` is set. Files that have not changed are not sent again.

    Raises
    ------
    StudyError
        Where the Hub or the network refuses, with what was already uploaded.
    """
    check_names(repositories)
    for chatty in ("httpx", "httpx2"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    api = HfApi(token=token, endpoint=endpoint)
    done: list[str] = []
    for repository in repositories:
        _told(token, repository, done, "validate its card", partial(_validate, api, repository))
    for repository in repositories:
        kind = repository.kind
        create = partial(api.create_repo, repository.name, repo_type=kind, private=not public, exist_ok=True)
        name = _told(token, repository, done, "create it", create).repo_id
        info = _told(token, repository, done, "look at it", partial(api.repo_info, name, repo_type=kind))
        if not info.private and not public:
            raise StudyError(f"{kind} {name} is public already; give --public to push to it, or make it private{_so_far(done)}")
        if info.private and public:
            log.info("%s %s stays private: it was there before; its settings on the Hub change that", kind, name)
        commit = _told(token, repository, done, "upload", partial(_commit, api, repository, name))
        done.append(f"{kind} {name}")
        log.info("%s %s: %d files, %s", kind, name, len(repository.files), size_in_words(repository.size))
        log.info("  %s", commit.commit_url)
    return done


def _validate(api: HfApi, repository: Repository) -> None:
    """Ask the Hub about a card, at the address that is pushed to: early versions of the cards' own method know one Hub only."""
    content = str(CARDS[repository.kind].load(repository.files[CARD]))
    asked = {"repoType": repository.kind, "content": content}
    response = get_session().post(f"{api.endpoint}/api/validate-yaml", json=asked)
    if response.status_code == BAD_REQUEST:
        raise ValueError("; ".join(str(fault["message"]) for fault in response.json()["errors"]))
    hf_raise_for_status(response)


def _commit(api: HfApi, repository: Repository, name: str) -> Any:
    operations = [CommitOperationAdd(path_in_repo=path, path_or_fileobj=file) for path, file in repository.files.items()]
    with warnings.catch_warnings():
        # That predictions in a model's repository are data is intended.
        warnings.filterwarnings("ignore", message="It seems that you are about to commit a data file")
        return api.create_commit(
            name, operations, repo_type=repository.kind, commit_message="Card, figures and predictions of a mirage run"
        )


def _told(token: str, repository: Repository, done: Sequence[str], step: str, call: Callable[[], Any]) -> Any:
    """Run a request; what goes wrong becomes one line that says what is uploaded, without the token."""
    try:
        return call()
    except StudyError:
        raise
    except HfHubHTTPError as error:
        reason = _refusal(error, repository)
    except ValueError as error:
        reason = f"the Hub does not take it: {error}"
    except Exception as error:  # Of the network, in the classes of several libraries.
        reason = f"network failure: {reason_of(error)}"
    line = f"{repository.kind} {repository.name}: could not {step}: {reason}{_so_far(done)}"
    raise StudyError(line.replace(token, "(the token)"))


def _refusal(error: HfHubHTTPError, repository: Repository) -> str:
    status = error.response.status_code if error.response is not None else None
    said = error.server_message or str(error)
    owner = repository.name.rpartition("/")[0] or "the token's account"
    if status == 401:
        return f"the Hub does not know the token in {TOKEN}; make a new one with write access at https://huggingface.co/settings/tokens"
    if status == 403:
        return f"no permission: the token in {TOKEN} may not write to {owner} ({said})"
    return f"the Hub answered {status}: {said}"


def _so_far(done: Sequence[str]) -> str:
    return f"; already uploaded: {', '.join(done)}" if done else "; nothing was uploaded"
