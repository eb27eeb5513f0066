"""
Tell people how a run ended: by email and by webhook, as settings say.

A message that cannot be sent never stops a run, and never hides how it ended: it is an outcome.
"""

import random
import threading
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.notify.news import News, VendorNews
from extractor.notify.settings import Mail, Notify, Webhook

if TYPE_CHECKING:
    from tenacity import RetryCallState

__all__ = ["News", "NotifyOutcome", "VendorNews", "notify"]

_PAUSE = 2.0  # seconds before the second attempt; doubled before each further one
_LONGEST_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class NotifyOutcome:
    """
    What became of one message.

    Args:
        channel: the table of the settings, like `notify.mail.0`; holds no address.
        attempts: how often it was tried.
        error: why it did not reach everybody, and what to do; None when it did.
    """

    channel: str
    attempts: int
    error: str | None

    @property
    def sent(self) -> bool:
        """Tell whether the message went out."""
        return self.error is None


def notify(
    settings: Notify, news: News, folder: Path, *, pause: float = _PAUSE
) -> list[NotifyOutcome]:
    """
    Send the news over every channel that wants such news, side by side.

    Bounded in time whatever a server does: what has not ended by then is given up.

    Args:
        folder: where relative paths of the settings start.
        pause: seconds before the second attempt.

    Returns:
        One outcome per channel, in the order of the settings; a failure is one too.
    """
    channels: dict[str, Mail | Webhook] = {
        **{f"notify.mail.{at}": one for at, one in enumerate(settings.mail)},
        **{f"notify.webhook.{at}": one for at, one in enumerate(settings.webhook)},
    }
    wanted = {key: one for key, one in channels.items() if news.outcome in (one.on or settings.on)}
    running = [_Sending(key, one, settings, news, folder, pause) for key, one in wanted.items()]
    longest = _longest(settings, pause)
    end = time.monotonic() + longest
    return [one.outcome(end, longest) for one in running]


def _longest(settings: Notify, pause: float) -> float:
    """Return the seconds for everything: each attempt may wait for more than one answer."""
    pauses = sum(min(pause * float(2**at), _LONGEST_PAUSE) for at in range(settings.attempts - 1))
    return 2 * settings.timeout * settings.attempts + 2 * pauses + 5


class _Sending:
    """One channel in a thread of its own, which the end of the program does not wait for."""

    def __init__(
        self,
        key: str,
        channel: Mail | Webhook,
        settings: Notify,
        news: News,
        folder: Path,
        pause: float,
    ) -> None:
        self._key = key
        self._attempts = 0
        self._outcome: NotifyOutcome | None = None
        arguments = (channel, settings, news, folder, pause)
        self._thread = threading.Thread(target=self._run, args=arguments, daemon=True)
        self._thread.start()

    def _run(
        self, channel: Mail | Webhook, settings: Notify, news: News, folder: Path, pause: float
    ) -> None:
        error = None
        try:
            self._try(channel, settings, news, folder, pause)
        except Exception as raised:  # a message must not end a run, whatever happens to it
            error = _words(raised)
        self._outcome = NotifyOutcome(self._key, self._attempts, error)

    def _try(
        self, channel: Mail | Webhook, settings: Notify, news: News, folder: Path, pause: float
    ) -> None:
        from tenacity import Retrying, retry_if_exception, stop_after_attempt

        from extractor.notify.channels import prepare
        from extractor.notify.failing import UnsentError, explain

        attempt = prepare(channel, self._key, news, folder, settings.timeout)

        def once() -> None:
            self._attempts += 1
            try:
                attempt()
            except Exception as error:
                raise explain(error, settings.timeout) from None

        Retrying(
            stop=stop_after_attempt(settings.attempts),
            wait=partial(_wait, pause=pause),
            retry=retry_if_exception(lambda error: isinstance(error, UnsentError) and error.again),
            reraise=True,
        )(once)

    def outcome(self, end: float, longest: float) -> NotifyOutcome:
        """Wait for the end of it, and not beyond a moment of the monotonic clock."""
        self._thread.join(max(0.0, end - time.monotonic()))
        given_up = f"given up after {longest:.0f} s: the server answers too slowly"
        return self._outcome or NotifyOutcome(self._key, self._attempts, given_up)


def _wait(state: "RetryCallState", pause: float) -> float:
    """Return the seconds that the receiver asked for, else twice as many each time, roughly."""
    asked = getattr(state.outcome.exception() if state.outcome else None, "after", None)
    if asked is not None:
        return float(asked)
    usual = min(pause * float(2 ** (state.attempt_number - 1)), _LONGEST_PAUSE)
    return usual * random.uniform(1.0, 1.5)  # noqa: S311 - so that many senders do not march in step


def _words(error: Exception) -> str:
    """Say what happened; only our own exceptions promise to hold no secret."""
    from extractor.errors import OneRosterError, internal
    from extractor.notify.failing import UnsentError

    ours = isinstance(error, OneRosterError | UnsentError)
    return str(error) if ours else internal(error)
