"""Secrets and personal data of many kinds, all made up when a test runs, so that no scanner takes this file for a leak."""

from __future__ import annotations

import base64
import random
import string

_ALL = string.ascii_letters + string.digits
_SMALL = string.ascii_lowercase + string.digits


class Maker:
    """Draws words; the same seed draws the same ones."""

    def __init__(self, seed: int):
        self._random = random.Random(seed)

    def word(self, length: int, letters: str = _ALL) -> str:
        """Return a random word; three of its letters are a digit, a small and a capital letter where ``letters`` has them."""
        drawn = [self._random.choice(letters) for _ in range(length)]
        for place, kind in zip(
            (1, 3, 5, 7), (string.digits, string.ascii_lowercase, string.digits, string.ascii_uppercase), strict=True
        ):
            fitting = [letter for letter in kind if letter in letters]
            if fitting and place < length:
                drawn[place] = self._random.choice(fitting)
        return "".join(drawn)

    def hexadecimal(self, length: int) -> str:
        return self.word(length, "0123456789abcdef")

    def digits(self, length: int) -> str:
        return self.word(length, "123456789")

    def bytes64(self, length: int) -> str:
        return base64.b64encode(self._random.randbytes(length)).decode()


def kinds(seed: int = 0) -> dict[str, tuple[str, list[str]]]:
    """Return by kind a text as it stands in a session, and the parts of it that must not be left."""
    make = Maker(seed)
    w, h, d, b = make.word, make.hexadecimal, make.digits, make.bytes64
    found: dict[str, tuple[str, list[str]]] = {}

    def add(kind: str, text: str, *parts: str) -> None:
        found[kind] = (text.format(*parts), list(parts))

    add("hugging face token", "export HF_TOKEN={}", "hf_" + w(34))
    add("openai key", "client = OpenAI('{}')", "sk-proj-" + w(48))
    add("anthropic key", "x-api-key: {}", "sk-ant-" + "api03-" + w(60))
    add("github token", "git push https://{}@github.com/a/b", "ghp_" + w(36))
    add("github fine-grained token", "gh auth login with {}", "github_pat_" + w(22) + "_" + w(59))
    add("gitlab token", "PRIVATE-TOKEN: {}", "glpat-" + w(20))
    add("aws key id", "aws configure set id {}", "AKIA" + w(16, string.ascii_uppercase + string.digits))
    add("aws secret, bare", "my other one is {} as of today", w(40, _ALL + "/+"))
    add("aws secret, named", "aws_secret_access_key = {}", w(40, _ALL + "/+"))
    add("google api key", "?q=1 {}", "AIza" + w(35))
    add("google oauth secret", "client: {}", "GOCSPX-" + w(28))
    add("google access token", "token {}", "ya29." + w(60))
    add("slack token", "post with {}", "xoxb-" + d(12) + "-" + d(12) + "-" + w(24))
    add("slack webhook", "curl -X POST https://hooks.slack.com/services/{}", "T" + w(9) + "/B" + w(9) + "/" + w(24))
    add("discord webhook", "https://discord.com/api/webhooks/{}", d(18) + "/" + w(64))
    add("teams webhook", "https://corp.webhook.office.com/webhookb2/{}", h(8) + "@" + h(8) + "/IncomingWebhook/" + h(32))
    add("telegram bot", "https://api.telegram.org/bot{}/sendMessage", d(9) + ":" + w(35))
    add("discord bot token", "bot = {}", "M" + w(23) + "." + w(6) + "." + w(27))
    add("stripe key", "stripe {}", "sk_" + "live_" + w(24))
    add("twilio key", "twilio {}", "SK" + h(32))
    add("sendgrid key", "mail {}", "SG." + w(22) + "." + w(43))
    add("mailchimp key", "chimp {}", h(32) + "-us12")
    add("npm token", "//registry.npmjs.org/:_authToken={}", "npm_" + w(36))
    add("pypi token", "twine upload -p {}", "pypi-" + w(80))
    add("docker token", "docker login -u me -p {}", "dckr_pat_" + w(27))
    add("databricks token", "host {}", "dapi" + h(32))
    add("vault token", "vault login {}", "hvs." + w(24))
    add("wandb key", "wandb login {}", h(40))
    add("json web token", "jwt {}", "eyJ" + w(20) + ".eyJ" + w(40) + "." + w(43))
    add("bearer header", "curl -H 'Authorization: Bearer {}' https://x.org", w(30))
    add("token header", 'curl -H "Authorization: token {}" https://x.org', w(12))
    add("basic header", "Authorization: Basic {}", b(18))
    add("curl user", "curl -u {} https://x.org", "deploy:" + w(9))
    add("user in url", "git clone https://deploy:{}@x.org/r.git", "p@" + w(10))
    add("database url", "postgresql://app:{}@db.x.org:5432/laws", w(11))
    add("mysql flag", "mysql -u root -p{} laws", w(9))
    add("sshpass flag", "sshpass -p {} ssh me@x", w(9))
    add("pass variable", "DB_PASS={}", w(8))
    add("key variable", "SERVICE_KEY={}", w(10))
    add("pwd parameter", "Server=x;uid=sa;pwd={};", w(9))
    add("password with @", 'PASSWORD="{}"', "p@ss" + w(5) + "@" + w(4))
    add("password with spaces", "passphrase: '{}'", "correct " + w(7) + " staple")
    add("password in json", '{{"user": "a", "password": "{}"}}', w(8))
    add("password in escaped json", '{{\\"db_password\\": \\"{}\\"}}', w(10))
    add("password in yaml", "  password: {}", w(9))
    add("password flag", "psql-dump --password {} --all", w(9))
    add("netrc", "machine x.org login me password {}", w(9))
    add("pgpass", "db.x.org:5432:laws:app:{}", w(9))
    add("cookie header", "Cookie: session={}; theme=dark", w(26))
    add("set-cookie header", "Set-Cookie: sid={}; HttpOnly", w(26))
    add("cookie flag", "curl -b 'sessionid={}' https://x.org", w(20))
    add("azure account key", "DefaultEndpointsProtocol=https;AccountName=x;AccountKey={};", b(64))
    add("azure shared access signature", "https://x.blob.core.windows.net/c/f?sv=2022&se=2027&sig={}", w(40) + "%3D")
    add("amazon presigned url", "https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature={}", h(64))
    add(
        "private key",
        "-----BEGIN {} PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----".replace("{}", "RSA", 1),
        b(48) + "\n" + b(48),
    )
    add("openssh key, cut off", "-----BEGIN OPENSSH PRIVATE KEY-----\n{}", b(48))
    add("pgp key block", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{}\n-----END PGP PRIVATE KEY BLOCK-----", b(48))
    add("value over two lines", "API_KEY={}\\\n{}", w(20), w(20))
    add("quoted value over two lines", 'secret_key = "{}\n{}"', w(24), w(24))
    add("password hash", "root:{}:19000:0:99999:7:::", "$6$" + w(8) + "$" + w(60))
    add("kubernetes secret", "data:\n  client-secret: {}", b(24))
    add("signing key in code", "app.secret_key = b'{}'", w(16))
    add("age key", "identity {}", "AGE-SECRET-KEY-1" + w(58, string.ascii_uppercase + string.digits))
    add("password to sudo", "echo {} | sudo -S apt update", w(9))
    add("openssl pass phrase", "openssl rsa -in k.pem -passin pass:{}", w(9))
    add("samba password", "smbclient //x/y -U anna%{}", w(9))
    add("one-time password", "otp={}", d(6))
    add("wallet key", "the wallet is {}", "0x" + h(64))
    add("docker config", '{{"auths": {{"x.io": {{"auth": "{}"}}}}}}', b(15))
    add("service account file", '"private_key": "-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----"', b(48))
    add("vault header", "curl -H 'X-Vault-Token: {}'", "s." + w(20))
    add("sentry address", "dsn https://{}@o1.ingest.sentry.io/2", h(32))
    add("long random word", "it is {} there", w(40))
    add("e-mail address", "written by {} in May", f"anna.{w(6, string.ascii_lowercase)}@uni-example.org")
    name = "u" + w(7, string.ascii_lowercase)
    add("home folder, linux", "cd /home/{}/laws", name)
    add("home folder, macos", "cd /Users/{}/laws", name)
    add("home folder, windows", "cd C:\\Users\\{}\\laws", name)
    add("ip address", "ssh to {} now", f"10.{d(2)}.{d(2)}.{d(2)}")
    add("name of a cloud machine", "on {} it ran", f"ip-10-{d(2)}-{d(2)}-{d(2)}")
    add("prompt of a shell", "{}:~/laws$ ls", f"{name}@laptop")
    add("ip address, version 6", "ping {}", f"2001:db8:{h(4)}:{h(4)}::{h(4)}")
    return found
