"""Whether the bundles that were written keep to the standard, told before the first appears."""

from collections.abc import Callable, Mapping
from datetime import date

from extractor.errors import DataError
from extractor.package import Written
from extractor.profiles import STANDARD
from extractor.validate import Limits, Verdict, validate
from extractor.validate.verdict import Severity

# What guards against an attack must not stop a district that is merely large. Smaller blocks than
# a validation alone has: the extract still holds memory of its own (docs/performance.md).
_OWN = Limits(entries=1_000, size=2**50, ratio=2**20, block=2**21)
_NAMED = 5  # rules that an error names


def verify(
    written: Written, profile: str, called: str, as_of: date, between: Callable[[], None]
) -> Verdict:
    """
    Judge a bundle that is not published yet, by the code of `oneroster validate`.

    Args:
        called: the name under which it is judged.
        between: called after each block of rows; it may raise.
    """
    asked = None if profile == STANDARD else profile
    path = written.partial
    return validate(path, as_of=as_of, profile=asked, limits=_OWN, name=called, between=between)


def refuse_invalid(verdicts: Mapping[str, Verdict]) -> None:
    """
    Stop when a vendor's bundle has an error: a receiver may refuse it, or read it wrongly.

    Raises:
        DataError: naming each such vendor and the rules, never a person.
    """
    problems = [
        f"vendor {vendor}: the bundle would not keep to the standard: {_errors(verdict)}"
        for vendor, verdict in verdicts.items()
        if not verdict.valid
    ]
    if problems:
        problems.append(
            "Mend them in the SIS, or in overlay and metadata queries; `oneroster rules` tells "
            "what each means. Nothing was written."
        )
        raise DataError("\n".join(problems))


def _errors(verdict: Verdict) -> str:
    wrong = {one.rule: None for one in verdict.findings if one.severity is Severity.ERROR}
    told = [f"{rule} ({verdict.rules[rule]:,})" for rule in wrong]
    more = [f"{len(told) - _NAMED} rules more"] if told[_NAMED:] else []
    return ", ".join([*told[:_NAMED], *more])
