"""The tables of `[notify]`: what is refused, where it stands, and that no secret is repeated."""

from pathlib import Path

import pytest

from extractor.errors import SettingsError
from extractor.notify.settings import Notify, problem_of_url
from extractor.settings import Secret, Settings, load

HEAD = """\
[district]
name = "Eagle Unified"
time_zone = "America/Los_Angeles"
[sis]
kind = "aeries"
connection = "sqlite:///x"
[[vendor]]
name = "acme-math"
"""
MAIL = """\
[[notify.mail]]
host = "smtp.district.example"
from = "oneroster@district.example"
to = ["data@district.example"]
"""
HOOK = '[[notify.webhook]]\nurl = "https://alerts.district.example/x"\n'


@pytest.fixture
def loaded(tmp_path: Path):
    def read(text: str) -> Settings:
        path = tmp_path / "oneroster.toml"
        path.write_text(HEAD + text, "utf-8")
        return load(path)

    return read


@pytest.fixture
def refused(loaded):
    def read(text: str) -> str:
        with pytest.raises(SettingsError) as error:
            loaded(text)
        return str(error.value)

    return read


def test_nothing_is_sent_by_default(loaded) -> None:
    assert loaded("").notify == Notify()
    assert (Notify().mail, Notify().webhook) == ((), ())
    assert Notify().on == ("hold", "failure")


def test_shortest_mail_has_starttls_and_its_port(loaded) -> None:
    (mail,) = loaded(MAIL).notify.mail
    assert (mail.tls, mail.port_used, mail.username, mail.on) == ("starttls", 587, None, None)


def test_one_table_is_a_list_of_one(loaded) -> None:
    settings = loaded(MAIL.replace("[[", "[").replace("]]", "]") + HOOK)
    assert len(settings.notify.mail) == len(settings.notify.webhook) == 1


@pytest.mark.parametrize(("tls", "port"), [("implicit", 465), ("none", 25), ("starttls", 587)])
def test_port_belongs_to_the_kind_of_tls(loaded, tls: str, port: int) -> None:
    assert loaded(f'{MAIL}tls = "{tls}"\n').notify.mail[0].port_used == port
    assert loaded(f'{MAIL}tls = "{tls}"\nport = 2525\n').notify.mail[0].port_used == 2525


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ('username = "u"\n', "line 9: notify.mail.0: has only one of username and password"),
        ('password = {env = "X"}\n', "has only one of username and password"),
        (
            'username = "u"\npassword = {env = "X"}\ntls = "none"\n',
            "line 9: notify.mail.0: sends a password without encryption",
        ),
        ('username = "u"\npassword = {}\n', "line 14: notify.mail.0.password: must have one of"),
        ("on = []\n", "line 13: notify.mail.0.on"),
        ('on = ["holds"]\n', "notify.mail.0.on"),
        ("port = 0\n", "line 13: notify.mail.0.port"),
        ('hosts = "x"\n', "notify.mail.0.hosts: is no setting; did you mean 'host'?"),
    ],
)
def test_mail_that_cannot_work_is_refused(refused, added: str, said: str) -> None:
    assert said in refused(MAIL + added)


@pytest.mark.parametrize(
    "address",
    ["data", "Data <data@x.example>", "a@b.example\\nBcc: c@d.example", "a@b.example, c@d.example"],
)
@pytest.mark.parametrize("key", ["from", "to"])
def test_address_that_is_none_is_refused(refused, key: str, address: str) -> None:
    whole = {"from": '"oneroster@district.example"', "to": '["data@district.example"]'}[key]
    new = f'["{address}"]' if key == "to" else f'"{address}"'
    assert "is no email address" in refused(MAIL.replace(whole, new))


@pytest.mark.parametrize("host", ["user:pw@smtp.x.example", "smtp.x.example/a", "a b", ""])
def test_host_that_is_none_is_refused(refused, host: str) -> None:
    said = refused(MAIL.replace("smtp.district.example", host))
    assert "is no host name" in said
    assert "pw" not in said


@pytest.mark.parametrize(
    "line",
    [
        MAIL + 'username = "u"\npassword = "Hunter2!"\n',
        HOOK + 'signing_secret = "Hunter2!"\n',
        HOOK + 'headers = {Authorization = "Hunter2!"}\n',
        HOOK.replace("https://", "https://u:Hunter2!@"),
        HOOK.replace("https://alerts.district.example", "http://h.example/Hunter2!"),
        HOOK.replace("https://alerts.district.example", "Hunter2!"),
        HOOK + 'headers = {Authorization = {value = "Hunter2!"}}\n',
        '[[notify.webhook]]\nurl = {value = "Hunter2!"}\n',
        MAIL + 'username = "u"\npassword = {env = "Hunter2!"}\n',
    ],
)
def test_secret_in_the_file_is_refused_and_not_repeated(refused, line: str) -> None:
    said = refused(line)
    assert "Hunter2" not in said
    assert "notify." in said


@pytest.mark.parametrize("name", ["Host", "content-length", "webhook-signature", "a b", "a\\r\\nb"])
def test_header_of_the_protocol_itself_is_refused(refused, name: str) -> None:
    assert "notify.webhook.0.headers" in refused(HOOK + f'headers = {{"{name}" = {{env = "X"}}}}\n')


@pytest.mark.parametrize(
    ("url", "allow_http", "problem"),
    [
        ("https://a.example/x?y=z", False, None),
        ("http://127.0.0.1:8080/x", False, None),
        ("http://localhost/x", False, None),
        ("http://[::1]:8080/x", False, None),
        ("http://a.example/", True, None),
        ("http://a.example/", False, "is not encrypted"),
        ("http://localhost.a.example/", False, "is not encrypted"),
        ("ftp://a.example/", True, "is no address"),
        ("file:///etc/passwd", True, "is no address"),
        ("https://", False, "is no address"),
        ("https://a.example:99999/", False, "is no address"),
        ("https://ä.example/", False, "is no address"),
        ("https://a.example/a b", False, "holds a space"),
        ("https://a.example/\x7f", False, "holds a space"),
        ("https://u:p@a.example/", False, "holds a user name"),
    ],
)
def test_address_of_a_webhook(url: str, allow_http: bool, problem: str | None) -> None:
    said = problem_of_url(url, allow_http=allow_http)
    assert (said is None) if problem is None else said.startswith(problem)


def test_address_of_a_webhook_may_be_a_secret(loaded) -> None:
    (hook,) = loaded('[[notify.webhook]]\nurl = {keyring = "slack"}\n').notify.webhook
    assert hook.url == Secret(keyring="slack")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("5", "oneroster.toml, line 10: notify.webhook.0.url: must be text, in quotes"),
        (
            '{evn = "X"}',
            "oneroster.toml, line 10: notify.webhook.0.url.evn: is no setting; did you mean 'env'?",
        ),
        (
            "{}",
            "oneroster.toml, line 9: notify.webhook.0: url must have one of env, file and keyring",
        ),
    ],
)
def test_wrong_address_of_a_webhook_is_one_problem(refused, url: str, said: str) -> None:
    assert refused(f"[[notify.webhook]]\nurl = {url}\n") == said
