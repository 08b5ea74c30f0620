"""Put cards, predictions, kept weights and the results data set on the Hub; without --push, say what would be done.

The token is read from the environment variable HF_TOKEN. Repositories are private unless --public is given.
"""

import argparse
import os
import sys
from pathlib import Path

from mirage.cards.bundle import in_words, repositories
from mirage.cards.push import TOKEN, check_names, push
from mirage.errors import StudyError
from mirage.logs import run_main


def body(args: argparse.Namespace) -> None:
    found = repositories(args.results, args.agents, with_results=not args.without_results)
    check_names(found)
    for repository in found:
        print("\n".join(in_words(repository)))
    visibility = "public" if args.public else "private"
    if not args.push:
        print(
            f"Nothing was sent. With --push these would be created where they are missing ({visibility}) and get these files."
        )
        return
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        raise StudyError(f"no token: set the environment variable {TOKEN} to one with write access, and push again")
    done = push(found, token, public=args.public)
    print(f"Uploaded: {', '.join(done)}.")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("agents", nargs="*", help="agents that have a card; all of them when none is named")
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--push", action="store_true", help="do it; otherwise only what would be done is printed")
    parser.add_argument("--public", action="store_true", help="create public repositories, and push to public ones")
    parser.add_argument("--without-results", action="store_true", help="leave out the data set of tables and predictions")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
