import pytest

from mirage.traces.redact import MARK, excerpt, redact

# Made up, and put together here so that no scanner takes this file for a leak.
FAKE = {
    "Hugging Face": "hf_" + "aBcDeFgHiJ" * 3,
    "OpenAI": "sk-proj-" + "Ab1_" * 8,
    "Anthropic": "sk-ant-api03-" + "x-Y9" * 6,
    "GitHub": "ghp_" + "a1B2c3D4" * 4,
    "GitHub, fine-grained": "github_pat_" + "a1B2c3D4_" * 4,
    "AWS key id": "AKIA" + "ABCDEFGH12345678",
    "Google": "AIza" + "SyA1b2C3d4E5" * 3,
    "Slack": "xoxb-" + "123456-" * 3 + "abc",
    "JSON Web Token": "eyJhbGciOiJI" + ".eyJzdWIiOiIx" + ".c2lnbmF0dXJl",
    "a long random word": "aZ3" * 12,
}


@pytest.mark.parametrize("kind", FAKE)
@pytest.mark.parametrize(
    "around", ["{}", 'export TOKEN="{}"', "login --token {} --yes", "see https://x.org/?token={}&a=1", "(`{}`)"]
)
def test_no_secret_is_left(kind, around):
    secret = FAKE[kind]
    cleaned = redact(around.format(secret))
    assert MARK in cleaned
    assert secret not in cleaned
    assert secret[4:16] not in cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("aws_secret_access_key = wJalrX/K7MD+bPxRf", f"aws_secret_access_key = {MARK}"),
        ("WANDB_API_KEY=0123456789abcdef", f"WANDB_API_KEY={MARK}"),
        ('{"password": "correct horse"}', f'{{"password": "{MARK}"}}'),
        ("Authorization: Bearer abc.def-123", f"Authorization: Bearer {MARK}"),
        ("git clone https://me:s3cret@host.org/r", f"git clone https://me:{MARK}/r"),
        ("s3://b/k?X-Amz-Signature=0a1b2c&x=1", f"s3://b/k?X-Amz-Signature={MARK}&x=1"),
        (r"{\"api_key\": \"madeup123\"}", rf"{{\"api_key\": \"{MARK}\"}}"),
        ("a -----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY----- b", f"a {MARK} b"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE cut off", MARK),
    ],
)
def test_the_value_goes_and_the_words_around_it_stay(text, cleaned):
    assert redact(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "token = get_token()",
        "max_tokens: 1024, tokenizer=AutoTokenizer.from_pretrained(name)",
        "processing_class=tokenizer, class_weight=weights",
        "secrets={'HF_TOKEN': os.environ['HF_TOKEN']}",
        "commit 4a8ac150123456789abcdef0123456789abcdef01",
        "task-list of answerdotai/ModernBERT-base, AutoModelForSequenceClassification",
        "hf jobs uv run --secrets HF_TOKEN train.py",
    ],
)
def test_ordinary_code_stays_as_it_is(text):
    assert redact(text) == text


def test_an_excerpt_is_one_line_around_the_place():
    text = "a " * 300 + "here it\n  stands" + " b" * 300
    start = text.index("here")
    cut = excerpt(text, start, start + 4, width=40)
    assert "here it stands" in cut
    assert cut.startswith("… a")
    assert cut.endswith("b …")
    assert len(cut) <= 44
    assert excerpt("short") == "short"


@pytest.mark.parametrize("width", range(20, 120))
def test_a_secret_at_the_edge_of_an_excerpt_is_known_for_one(width):
    secret = FAKE["Hugging Face"]
    text = f"the rate by source is {secret} and more of it {secret} stands here"
    start = text.index("source")
    cut = excerpt(text, start, start + 6, width)
    for part in range(len(secret) - 6):
        assert secret[part : part + 6] not in cut


def test_a_long_text_takes_one_look_at_each_place():
    text = "token " * 20_000 + "hf_" + "aBcDeFgHiJ" * 3
    assert redact(text).endswith(f"token {MARK}")


def test_an_excerpt_can_be_written_and_steers_no_terminal():
    cut = excerpt("\x1b[31mred\x1b[0m \ud800 rate\x00 \u202eleft")
    assert cut == "[31mred[0m  rate left"
    assert cut.encode("utf-8")
