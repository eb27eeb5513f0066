"""What a validation found: findings, bounded in number, and counts, which never are."""

from dataclasses import dataclass, field
from enum import Enum

LISTED = 100  # findings kept per rule; the counts are never capped


class Severity(Enum):
    """How much a finding matters; only ERROR makes a bundle invalid."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One defect at one place.

    `message` and `remedy` never hold a person's data; `value` may, and only reports that were
    asked to show values print it. `line` is the physical line on which the record starts; the
    header is line 1.
    """

    rule: str
    code: str
    severity: Severity
    message: str
    remedy: str
    file: str | None = None
    line: int | None = None
    column: str | None = None
    sourced_id: str | None = None
    value: str | None = None


@dataclass(slots=True)
class Verdict:
    """
    Everything that a report needs; no report looks at the bundle itself.

    `bundle` is the name as given, without its folders. `mode` is bulk, delta, mixed or None;
    `version` what the manifest says. `rules` counts findings by rule name, `by_file` by file
    and severity. `schools` counts records by school sourcedId and kind (classes, enrollments,
    students, teachers). `regraded` maps a rule that was switched off or re-graded to what was
    done and the reason given. `stopped` says why some of the bundle was not looked at.
    """

    bundle: str
    version: str | None = None
    mode: str | None = None
    profile: str | None = None
    counts: dict[Severity, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    by_file: dict[str, dict[Severity, int]] = field(default_factory=dict)
    schools: dict[str, dict[str, int]] = field(default_factory=dict)
    regraded: dict[str, str] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        """Tell whether there is no error."""
        return not self.counts.get(Severity.ERROR)
