"""Posts to a real HTTPS endpoint on loopback: what comes, and what is said when it does not."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from notify_servers import Certificates, Endpoint, free_port, silent, some_news, to_hook

from extractor.notify import NotifyOutcome, notify
from extractor.notify.settings import Notify
from extractor.notify.webhook import signature

Start = Callable[..., Endpoint]
TOKEN = "Bearer Hunter2!Hunter2!"


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_TOKEN", TOKEN)


def sent(settings: Notify, news=None, folder: Path = Path("/nowhere")) -> NotifyOutcome:
    (outcome,) = notify(settings, news or some_news(), folder, pause=0.01)
    assert "Hunter2" not in repr(outcome)
    return outcome


def test_news_come_as_json_over_https(http: Start, certificates: Certificates) -> None:
    endpoint = http(certificates.server)
    outcome = sent(to_hook(endpoint.url, certificates))
    assert outcome == NotifyOutcome("notify.webhook.0", 1, None)
    ((path, headers, _),) = endpoint.got
    assert path == "/hook"
    assert headers["content-type"] == "application/json; charset=utf-8"
    told = endpoint.json()
    assert (told["type"], told["version"], told["outcome"]) == ("oneroster.run", 1, "hold")
    assert (told["as_of"], told["ended"]) == ("2026-11-24", "2026-11-24T10:18:30+00:00")
    assert (told["seconds"], told["findings"]) == (210, {"warning": 3})
    assert told["next_step"] == "oneroster run --approve acme-math"
    held = next(one for one in told["vendors"] if one["vendor"] == "acme-math")
    assert held["outcome"] == "held"
    assert held["rows"] == {"orgs": 5, "users": 1310}
    assert held["reasons"] == ["220 of 1,310 students (17 %) would be removed; the limit is 5 %"]
    assert held["sha256"] == "ab" * 32
    assert told["text"].startswith("HELD: Eagle Unified")


def test_chat_gets_text_that_it_does_not_act_upon(http: Start) -> None:
    endpoint = http()
    news = some_news(district="<!channel> & <https://evil.example|here>")
    assert sent(to_hook(endpoint.url, format="slack"), news).sent
    told = endpoint.json()
    assert list(told) == ["text"]
    assert told["text"].startswith("[oneroster] HELD: acme-math: 220 of")
    assert "&lt;!channel&gt; &amp; &lt;https://evil.example|here&gt;" in told["text"]
    assert "<" not in told["text"]


def test_teams_gets_a_card_whose_texts_know_no_markup(http: Start) -> None:
    endpoint = http()
    assert sent(to_hook(endpoint.url, format="teams"), some_news(district="[a](b) **c**")).sent
    (attachment,) = endpoint.json()["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    runs = [run for block in attachment["content"]["body"] for run in block["inlines"]]
    assert {run["type"] for run in runs} == {"TextRun"}
    assert runs[0]["text"].startswith("[oneroster] HELD: acme-math")
    assert "[a](b) **c**" in runs[1]["text"]


def test_huge_news_stay_short_in_a_chat(http: Start) -> None:
    endpoint = http()
    (_, held) = some_news().vendors
    news = some_news(vendors=(held,) * 200)
    for kind in ("slack", "teams", "json"):
        assert sent(to_hook(endpoint.url, format=kind), news).sent
    slack, teams, whole = (data for _, _, data in endpoint.got)
    assert len(json.loads(slack)["text"]) < 4500
    assert len(teams) < 28_000  # what Teams takes
    assert len(json.loads(whole)["vendors"]) == 200


def test_headers_carry_secrets(http: Start, certificates: Certificates) -> None:
    endpoint = http(certificates.server)
    headers = {"Authorization": {"env": "HOOK_TOKEN"}}
    assert sent(to_hook(endpoint.url, certificates, headers=headers)).sent
    assert endpoint.got[0][1]["authorization"] == TOKEN


@pytest.mark.parametrize("value", ["a\r\nX-Forged: 1", "Hünter2", "a\x00b", "a\nb"])
def test_header_that_would_forge_another_is_not_sent(
    http: Start, monkeypatch: pytest.MonkeyPatch, value: str, tmp_path: Path
) -> None:
    endpoint = http()
    (tmp_path / "token").write_text(value, "utf-8")
    headers = {"Authorization": {"file": "token"}}
    outcome = sent(to_hook(endpoint.url, headers=headers), folder=tmp_path)
    assert outcome.error == (
        "notify.webhook.0.headers.Authorization: holds a line end or letters that no header may "
        "hold; mend it"
    )
    assert endpoint.got == []


def test_address_may_be_kept_elsewhere_and_is_judged_there_too(
    http: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = http()
    settings = to_hook("http://127.0.0.1/")
    hook = settings.webhook[0].model_copy(update={"url": {"env": "HOOK_URL"}})
    hook = type(hook).model_validate({"url": {"env": "HOOK_URL"}})
    settings = settings.model_copy(update={"webhook": (hook,)})
    monkeypatch.setenv("HOOK_URL", endpoint.url)
    assert sent(settings).sent
    monkeypatch.setenv("HOOK_URL", "http://hooks.example/Hunter2")
    outcome = sent(settings)
    assert (outcome.attempts, len(endpoint.got)) == (0, 1)
    assert str(outcome.error).startswith("notify.webhook.0.url: is not encrypted")


# --- signatures


@pytest.mark.parametrize("key", ["whsec_" + base64.b64encode(b"k" * 24).decode(), "any text: ü"])
def test_signature_holds_for_what_came_and_for_nothing_else(
    http: Start, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    endpoint = http()
    monkeypatch.setenv("HOOK_KEY", key)
    endpoint.answers = [(500, {})]
    assert sent(to_hook(endpoint.url, signing_secret={"env": "HOOK_KEY"})).sent
    raw = b"k" * 24 if key.startswith("whsec_") else key.encode()
    for _, headers, data in endpoint.got:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + data
        made = base64.b64encode(hmac.digest(raw, signed, hashlib.sha256)).decode()
        assert headers["webhook-signature"] == f"v1,{made}"
    first, second = (headers["webhook-id"] for _, headers, _ in endpoint.got)
    assert first == second == "20261124T101500-7f3a-hold"


def test_signature_is_that_of_the_published_example() -> None:
    made = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_signing_secret_that_is_no_base64_is_told(
    http: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_KEY", "whsec_Hunter2!")
    outcome = sent(to_hook(http().url, signing_secret={"env": "HOOK_KEY"}))
    assert outcome.error == "signing_secret begins with whsec_, but no base64 follows"


# --- faults


def test_answer_500_is_tried_again(http: Start) -> None:
    endpoint = http()
    endpoint.answers = [(500, {})]
    assert sent(to_hook(endpoint.url)) == NotifyOutcome("notify.webhook.0", 2, None)
    assert endpoint.got[0][2] == endpoint.got[1][2]


def test_answer_500_again_and_again_is_told(http: Start) -> None:
    endpoint = http()
    endpoint.answers = [(500, {})] * 5
    outcome = sent(to_hook(endpoint.url))
    assert outcome == NotifyOutcome("notify.webhook.0", 2, "the server answers 500")
    assert len(endpoint.got) == 2


def test_wait_that_the_server_asks_for_is_kept(http: Start) -> None:
    endpoint = http()
    endpoint.answers = [(429, {"Retry-After": "0"})]
    settings = to_hook(endpoint.url)
    (outcome,) = notify(settings, some_news(), Path(), pause=1e6)
    assert (outcome.attempts, outcome.error) == (2, None)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_answer_that_will_not_change_is_not_tried_again(http: Start, status: int) -> None:
    endpoint = http()
    endpoint.answers = [(status, {})]
    headers = {"Authorization": {"env": "HOOK_TOKEN"}}
    outcome = sent(to_hook(endpoint.url, headers=headers))
    assert outcome.attempts == 1
    assert str(outcome.error).startswith(f"the server answers {status}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(http: Start, status: int) -> None:
    endpoint, elsewhere = http(), http()
    endpoint.answers = [(status, {"Location": elsewhere.url})]
    headers = {"Authorization": {"env": "HOOK_TOKEN"}}
    outcome = sent(to_hook(endpoint.url, headers=headers))
    assert outcome.error == f"the server answers {status}, a redirect; name the final url"
    assert elsewhere.got == []


def test_certificate_of_an_unknown_authority_is_refused(
    http: Start, certificates: Certificates
) -> None:
    endpoint = http(certificates.server)
    outcome = sent(to_hook(endpoint.url))
    assert str(outcome.error).startswith("the server's certificate is refused: unable to get local")
    assert (outcome.attempts, endpoint.got) == (1, [])


def test_certificate_of_another_host_is_refused(http: Start, certificates: Certificates) -> None:
    endpoint = http(certificates.elsewhere)
    outcome = sent(to_hook(endpoint.url, certificates))
    assert "certificate is refused: IP address mismatch" in str(outcome.error)
    assert endpoint.got == []


def test_http_where_https_is_meant_is_told(http: Start) -> None:
    outcome = sent(to_hook(http().url.replace("http:", "https:")))
    assert "check port and tls" in str(outcome.error)


def test_refused_connection_is_tried_again_and_told() -> None:
    outcome = sent(to_hook(f"http://127.0.0.1:{free_port()}/Hunter2"))
    assert outcome == NotifyOutcome("notify.webhook.0", 2, "no connection: Connection refused")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_server_that_never_answers_is_given_up(scheme: str) -> None:
    with silent() as port:
        settings = to_hook(f"{scheme}://127.0.0.1:{port}/").model_copy(update={"timeout": 1})
        outcome = sent(settings)
    assert outcome == NotifyOutcome("notify.webhook.0", 2, "no answer within 1 s")


def test_proxy_of_the_environment_is_not_asked_for_this_machine(
    http: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    assert sent(to_hook(http().url)).sent


def test_proxy_of_the_environment_is_asked_for_the_world(
    http: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = http()
    monkeypatch.setenv("http_proxy", proxy.url)
    assert sent(to_hook("http://alerts.invalid/hook", allow_http=True)).sent
    assert proxy.got[0][0] == "http://alerts.invalid/hook"
