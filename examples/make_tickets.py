"""Make ``tickets.csv``: support tickets of an invented company, for trying the study on data of one's own.

The tickets are made up from lists of phrases and a fixed seed. Whether a ticket is urgent follows the same few signs in four of the
five products; in billing it shows in other words. So a model that never saw billing tickets does worse on them than a random split
suggests, and the study can say by how much.
"""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path

TARGET = Path(__file__).with_name("tickets.csv")
SEED = 7
COLUMNS = ["ticket", "created", "product", "customer", "subject", "body", "urgent"]

# Tickets and share of urgent ones, by product.
PRODUCTS = {
    "web shop": (260, 0.30),
    "mobile app": (210, 0.35),
    "warehouse": (170, 0.25),
    "reporting": (140, 0.20),
    "billing": (160, 0.35),
}
THINGS = {
    "web shop": [
        "the checkout page",
        "the search bar",
        "the product list",
        "the basket",
        "the login page",
        "the gift card form",
    ],
    "mobile app": ["the home screen", "the camera view", "the chat window", "the login screen", "the map", "the offline mode"],
    "warehouse": ["the label printer", "the stock list", "the packing screen", "the hand scanner", "the delivery plan"],
    "reporting": ["the weekly report", "the sales chart", "the export to Excel", "the dashboard", "the archive"],
    "billing": ["the invoice for March", "my last invoice", "the yearly statement", "the receipt", "the payment reminder"],
}
SIGNS = [
    "is down for all users",
    "has not worked since this morning",
    "crashes for everybody in the office",
    "is not reachable and we cannot work",
    "shows an error and orders are lost",
    "stopped after the update and nobody can log in",
]
SIGNS_OF_BILLING = [
    "was charged twice to our card",
    "went to a collection agency although it was paid",
    "took ten times the agreed amount from our account",
    "is on a closed account and the deadline is tomorrow",
    "shows the bank details of somebody else",
    "was deducted again after we cancelled",
]
CALM = [
    "could show the date as well",
    "looks a little different from last week",
    "has a small typing mistake in the title",
    "would be easier to read with larger letters",
    "takes some seconds longer than it did",
    "opens in the wrong language sometimes",
    "could be sorted by name",
    "has a colour that is hard to see",
]
WHO = [
    "My colleague",
    "The night shift",
    "Our trainee",
    "The branch in Leeds",
    "A customer of ours",
    "The accountant",
    "Our partner",
]
WHO += ["The team upstairs", "Somebody in sales", "The new manager", "The driver", "Our agency", "The intern", "A neighbour"]
DID = [
    "noticed it first",
    "sent me a picture",
    "tried another browser",
    "asked about it",
    "wrote it down",
    "has the same computer",
]
DID += ["works with it daily", "read the help pages", "restarted everything", "saw it twice", "is on holiday now", "knows more"]
DID += [
    "took over from me",
    "told me to write to you",
    "found an older note",
    "compared two screens",
    "made a list",
    "called already",
]
WHEN = ["today", "on Monday", "last week", "after lunch", "before the meeting", "in the warehouse", "at home", "by chance"]
WHEN += [
    "with the old account",
    "during the training",
    "on the train",
    "in the morning",
    "near closing time",
    "over the weekend",
]
# Words that come with either kind of ticket, so that no single word gives the answer.
TONES = [
    "Please help.",
    "Thank you.",
    "It is important to us.",
    "No hurry from our side.",
    "We need an answer.",
    "Kind regards.",
]


def rows(seed: int = SEED) -> list[dict[str, str]]:
    """Return the tickets in order of their date."""
    chance = random.Random(seed)
    tickets = [_ticket(product, urgent, chance) for product, urgent in _kinds(chance)]
    # Customers press the button twice.
    tickets += [dict(chance.choice(tickets)) for _ in range(30)]
    tickets.sort(key=lambda ticket: (ticket["created"], ticket["product"], ticket["body"]))
    return [{"ticket": f"T{number:04d}", **ticket} for number, ticket in enumerate(tickets, start=1)]


def _kinds(chance: random.Random) -> list[tuple[str, bool]]:
    return [(product, chance.random() < share) for product, (count, share) in PRODUCTS.items() for _ in range(count)]


def _ticket(product: str, urgent: bool, chance: random.Random) -> dict[str, str]:
    thing = chance.choice(THINGS[product])
    signs = SIGNS_OF_BILLING if product == "billing" else SIGNS
    # One in fourteen says nothing of what it is about, and one in fourteen calm ones sounds alarmed.
    said = chance.choice(signs if urgent != (chance.random() < 1 / 14) else CALM)
    more = [f"{chance.choice(WHO)} {chance.choice(DID)} {chance.choice(WHEN)}." for _ in range(chance.randint(3, 6))]
    sentences = [f"{thing[0].upper()}{thing[1:]} {said}.", *more, chance.choice(TONES)]
    return {
        "created": (date(2024, 1, 1) + timedelta(days=chance.randrange(700))).isoformat(),
        "product": product,
        "customer": f"C{chance.randrange(900):03d}",
        "subject": f"Question about {thing}" if chance.random() < 0.6 else f"{thing[0].upper()}{thing[1:]}",
        "body": " ".join(sentences),
        "urgent": "yes" if urgent else "no",
    }


def main() -> None:
    """Write the file."""
    with TARGET.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows())


if __name__ == "__main__":
    main()
