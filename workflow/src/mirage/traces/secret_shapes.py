"""Secrets by their shape: a name that says secret with its value, what only a secret looks like, and words of high entropy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

Span = tuple[int, int]

# What a name says that holds a secret; it may stand anywhere in the name, as a word of its own.
_SAYS = (
    r"(?:(?i:passw(?:or)?d|passphrase|passwd|secret|credential|api[_-]?key|access[_-]?key|auth[_-]?key|private[_-]?key|account[_-]?key"
    r"|shared[_-]?access|signing[_-]?key|encryption[_-]?key|client[_-]?key|auth[_-]?token|connection[_-]?string|webhook|cookie)"
    r"|(?<![A-Za-z])(?i:token|key|pass|pwd|pw|auth|sig|signature|salt|dsn|otp|pin|pat|sid|sas|creds?|bearer|jwt|session)"
    r"|(?<=[a-z])(?:Token|Key|Pass|Pwd|Auth|Signature|Sig|Cookie)|(?<=[A-Z])(?:TOKEN|KEY|PASS|PWD|AUTH))"
)
_NAME = rf"(?<![\w.-])(?P<name>[\w.-]{{0,120}}?{_SAYS}(?![a-z]|S\b)[\w.\[\]-]{{0,40}}?)"
_BETWEEN = r"\\?['\"]?\]?\s{0,4}(?:=>|:=|[:=])\s{0,4}"
# A value on the lines after, as long ones are broken: behind a backslash, or a word that only a key looks like.
_WRAPPED = r"(?:[ \t]*\\\r?\n[ \t]*[^\s'\"\\]+|\r?\n[ \t]*(?=[A-Za-z0-9+/=_-]*\d)[A-Za-z0-9+/=_-]{16,}(?=['\"\s]|\Z))*"
_QUOTED = re.compile(rf"{_NAME}{_BETWEEN}(?:[bruf]{{0,2}})\\?(?P<q>['\"])(?P<s>(?:(?!\\?(?P=q)).){{1,2000}})", re.DOTALL)
_BARE = re.compile(rf"{_NAME}{_BETWEEN}(?P<s>(?!['\"])[^\s'\"\\,;(){{}}\[\]&|<>`][^\s'\"\\;&|`]*{_WRAPPED})")
_FLAGGED = re.compile(rf"(?<!\S)(?=-){_NAME}[ \t]+(?!-)(?P<s>(?:'[^']+'|\"[^\"]+\"|[^\s'\"|;&]+){_WRAPPED})")
_CERTAIN = re.compile(
    r"(?i)passw|passphrase|pass(?![a-z])|pwd|secret|credential|api[_-]?key|access[_-]?key|account[_-]?key|auth[_-]?token|cookie"
    r"|otp(?![a-z])|passcode|(?<![a-z])pin(?![a-z_])"
)
_ENVIRONMENT = re.compile(r"[A-Z][A-Z0-9_]*_[A-Z0-9_]+$|[A-Z]{5,}$")
_HARMLESS = re.compile(
    r"(?i)(?:none|null|true|false|nil|undefined|yes|no|str|int|bytes|optional|len|lambda|self|todo|xxx+|\*+|\.\.\.+|<.*>|\[redacted.*)\b"
    r"|\$|%\(|\{|os\.|get_|getpass|process\.env|secrets?\.|env\.|config\.|args\.|settings\.|\w+\(|\w+\.\w+\("
)
_TOO_COMMON = re.compile(
    r"(?i)(?:.*[._])?(?:max|min|num|n|pad|eos|bos|sep|cls|mask|unk|new|total|input|output|special|stop)[_-]?(?:new[_-]?)?tokens?\w*$"
)

# Where a group ``s`` is named, only it is the secret, and the words around it may stay.
_PATTERNS = [
    re.compile(pattern, flags)
    for pattern, flags in (
        (r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----|\Z)", 0),
        (r"PuTTY-User-Key-File[\s\S]*?(?:Private-MAC: \w+|\Z)", 0),
        (r"\bAGE-SECRET-KEY-1[A-Z0-9]{8,}", 0),
        (r"\b(?:hf|api_org)_[A-Za-z0-9]{8,}", 0),
        (r"\b(?:sk|pk|rk|whsec)[-_][A-Za-z0-9_-]{8,}", 0),
        (r"\b(?:gh[pousr]_[A-Za-z0-9]{8,}|github_pat_[A-Za-z0-9_]{8,}|gl[a-z]{2,6}-[A-Za-z0-9_-]{8,})", 0),
        (r"\b(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|LTAI|AKID)[A-Za-z0-9]{12,}", 0),
        (r"\bAIza[A-Za-z0-9_-]{20,}|\bya29\.[A-Za-z0-9_-]{8,}|\bGOCSPX-[\w-]{8,}|\b1//0[\w-]{20,}", 0),
        (r"\bxox[a-z]-[A-Za-z0-9-]{8,}|\bxapp-[A-Za-z0-9-]{8,}|\bxoxe\.[\w.-]{8,}", 0),
        # A provider's prefix before a long word.
        (r"\b(?:npm_|pypi-|do[oprt]_v1_|r8_|gsk_|xai-|nvapi-|tvly-|wandb_v1_|dckr_[a-z]+_|shp[a-z]{2}_|sq0[a-z]{3}-|lin_api_|ntn_|secret_"
         r"|figd_|PMAK-|NRAK-|NRJS-|dapi|pul-|rubygems_|sntrys?_|ph[cx]_|hv[bs]\.|ops_|glsa_|tfe?\.|EAAC|atlasv1\.|sbp_|vercel_"
         r"|fly_|FlyV1 )"
         r"[A-Za-z0-9_.=-]{16,}", 0),
        (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?", 0),
        (r"\$(?:1|2[abxy]|5|6|y|apr1|argon2\w*|pbkdf2[\w-]*)\$[^\s:'\"]{8,}", 0),
        (r"\b(?:bearer|basic|digest|negotiate)\s+(?P<s>(?![{$])(?=\S*[\dA-Z+/=])[A-Za-z0-9+/=._~-]{8,}"
         r"(?:\s*\r?\n\s*[A-Za-z0-9+/=._~-]{16,})*)", re.I),
        (r"\bauthorization\\?['\"]?\s*[:=]\s*\\?(?:[frb](?=['\"]))?['\"]?(?:(?:bearer|basic|token|digest|apikey|key|bot|splunk|aws4-hmac-sha256)\s+)?"
         r"(?P<s>(?![{$\s'\"])[^'\"\n]+)", re.I),
        (r"\b(?:set-)?cookie\\?['\"]?\s*:\s*\\?['\"]?(?P<s>[^'\"\n]+)", re.I),
        (r"\bcurl\b[^\n]*?\s(?:-b|--cookie)[ =]*['\"]?(?P<s>[^\s'\"]*=[^'\"\n]+?)(?=['\"]|\s-|\s*$|\shttps?:)", re.M),
        (r"\b(?:curl|wget|http|https)\b[^\n]*?\s(?:-u|--user|--proxy-user|-a|--auth)[ =]*['\"]?(?P<s>[^\s'\":]+:[^\s'\"]+)", 0),
        (r"\b(?:mysql\w*|mariadb\w*|sshpass|redis-cli|7z|zip|unzip|mongo\w*|rabbitmqadmin|ldapsearch|docker login|podman login|helm)"
         r"\b[^\n|;&]*?"
         r"\s-(?:p|a|P|w)[ =]*['\"]?(?P<s>[^\s'\"=-][^\s'\"]*)", 0),
        (r"\bmachine\s+\S+\s+login\s+(?P<s>\S+\s+password\s+\S+)", 0),
        (r"\b(?:password|passwd)[ \t]+(?P<s>(?=\S*[\d\W])[^\s'\"=:,.;()]\S{5,})", re.I),
        (r"(?:login|auth|authenticate|set-token|--apikey)\s+(?P<s>(?=[a-z]*\d)[0-9a-f]{32,})\b", 0),
        (r"(?<![\w./])[\w.*-]+:(?:\d{2,5}|\*):[\w*-]+:[\w*-]+:(?P<s>[^\s:]+)", 0),
        (r"://[^\s/:@'\"]*:(?P<s>[^\s'\"<>]+)@(?=[\w.-])", 0),
        (r"://(?P<s>[A-Za-z0-9_~%+-]{16,})@(?=[\w.-])", 0),
        (r"[?&;](?:X-Amz-[A-Za-z-]+|[\w.-]*(?i:sig|signature|token|key|secret|password|passwd|pwd|auth|code|credential|session|sas|policy)[\w.-]*)="
         r"(?P<s>[^\s&'\"]+)", 0),
        (r"https?://[\w.-]*(?i:hook)[\w.-]*(?::\d+)?/(?P<s>[^\s'\"<>)]+)", 0),
        (r"https?://[\w.:-]+/(?:[\w.-]+/)*(?i:webhooks?|hooks?|services|trigger)/(?P<s>[^\s'\"<>)]*[A-Za-z0-9_-]{8,}[^\s'\"<>)]*)", 0),
        (r"\b(?:echo|printf)\s+(?:-n\s+)?['\"]?(?P<s>[^'\"|\n]+?)['\"]?\s*"
         r"\|\s*(?:sudo\s+-S|\w+\s+login|su\b|passwd|openssl|gpg|kinit|cryptsetup)", 0),
        (r"\bpass(?:in|out)?:(?P<s>[^\s'\"]+)", 0),
        (r"\s-U[ =]*['\"]?[\w.\\-]+%(?P<s>[^\s'\"]+)", 0),
        (r"\bhtpasswd\s+-\w*b\w*\s+\S+\s+\S+\s+(?P<s>\S+)", 0),
        (r"\b0x[0-9a-fA-F]{64}\b", 0),
        (r"(?:mnemonic|(?:seed|recovery)[_ ]phrase)\W{1,5}(?P<s>(?:[a-z]+[ ,]+){11,23}[a-z]+)", re.I),
        (r"\bbot(?P<s>\d{6,}:[\w-]{20,})", 0),
        (r"\b(?:arn|AccountName)[^\n]{0,200}?(?:AccountKey|SharedAccessKey)=(?P<s>[^;\s'\"]+)", 0),
    )
]  # fmt: skip

_WORD = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{20,}={0,2}")
_PIECES = re.compile(r"[A-Za-z0-9+]{16,}")
_HEX = re.compile(r"(?<![\w-])(?:[0-9a-f]{32,}|[0-9A-F]{32,})(?![\w-])")
_DIGEST_BEFORE = re.compile(
    r"(?i)(?:commit|revision|rev|sha-?\d*|digest|md5|hash|checksum|etag|blobs?|tree|parent|merge|index|snapshots?|refs?|head|version|job|id|run"
    r"|uuid|object|file|build|image|@|\.\.|integrity|cache|from)\W{0,4}(?:[\w-]+[/:])?$"
)


def spans(text: str) -> Iterator[Span]:
    """Yield where secrets stand in ``text``, in any order; some may overlap."""
    for pattern in _PATTERNS:
        group = "s" if "s" in pattern.groupindex else 0
        for match in pattern.finditer(text):
            yield match.span(group)
    yield from _named(text)
    yield from _random(text)


def _named(text: str) -> Iterator[Span]:
    for match in _QUOTED.finditer(text):
        if _is_secret(match["name"], match["s"], quoted=True):
            yield match.span("s")
    for pattern in (_BARE, _FLAGGED):
        for match in pattern.finditer(text):
            if _is_secret(match["name"], match["s"].strip("'\""), quoted=False):
                yield match.span("s")


def _is_secret(name: str, value: str, quoted: bool) -> bool:
    """Tell whether the value of a name is a secret, rather than a word of code or a number of tokens."""
    if _HARMLESS.match(value) or _TOO_COMMON.match(name) or len(value) < 3:
        return False
    if _CERTAIN.search(name) or _ENVIRONMENT.match(name):
        return quoted or re.search(r"[\d\W_]", value) is not None or bool(_ENVIRONMENT.match(name)) or len(value) > 5
    mixed = len(value) >= 12 and re.search(r"[a-z]", value) and re.search(r"[A-Z]", value) and " " not in value
    if quoted and mixed and not re.search(r"(?i)keys?$", name):
        return True
    return len(value) >= 6 and re.search(r"\d", value) is not None and (quoted or re.search(r"[A-Za-z]", value) is not None)


def _random(text: str) -> Iterator[Span]:
    for match in _WORD.finditer(text):
        word = match.group()
        if _scrambled(word) or any(_scrambled(piece) for piece in _PIECES.findall(word)):
            yield match.span()
    for match in _HEX.finditer(text):
        if not _DIGEST_BEFORE.search(text, max(match.start() - 40, 0), match.start()):
            yield match.span()


def _scrambled(word: str) -> bool:
    """Tell whether digits, small and capital letters change places as they do in a random word and in no name made of words."""
    kinds = ["d" if letter.isdigit() else "u" if letter.isupper() else "l" if letter.islower() else "" for letter in word]
    if len(word) < 16 or kinds.count("d") < 2:
        return False
    changes = sum(one != other and one != "" and other != "" for one, other in pairwise(kinds))
    if len({"d", "u", "l"} & set(kinds)) == 3:
        return changes >= 0.3 * len(word)
    # Of letters of one case only where they are no hexadecimal number.
    return len(word) >= 20 and changes >= 0.3 * len(word) and re.search(r"[g-zG-Z]", word) is not None
