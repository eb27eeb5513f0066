"""Reading the SIS for one run: a query's rows, without what settings leave out; code tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from pandas import DataFrame

from extractor import codes, queries
from extractor.findings import Findings
from extractor.frames import stack
from extractor.plan import render
from extractor.progress import Progress
from extractor.settings import Settings
from extractor.source import Source
from extractor.spec import GRADES, SEX
from extractor.transform.demographics import FLAGS
from extractor.transform.left_out import LeftOut

# What the columns of a district's own code tables may hold.
_ALLOWED: dict[str, dict[str, tuple[str, ...]]] = {
    "grades": {"grade": GRADES},
    "sexes": {"sex": SEX},
    "races": {"column": FLAGS},
    "sessions": {"scheme": ("semester", "trimester")},
}


@dataclass(slots=True)
class Reading:
    """One run's look at the SIS; `left_out` grows as the run learns what settings leave out."""

    settings: Settings
    as_of: date
    source: Source
    findings: Findings
    progress: Progress
    left_out: LeftOut

    def expect(self, wanted: Sequence[str]) -> None:
        """Say which queries will be asked, in this order, so that the source may read ahead."""
        self.source.expect([render(self.settings, query, self.as_of) for query in wanted])

    def whole(self, query: str) -> DataFrame:
        """Return the whole result of a query; not for those without bound."""
        batches = list(self.batches(query))
        return stack(batches, batches[0].columns)

    def batches(self, query: str) -> Iterator[DataFrame]:
        """Yield the result of a query, with the columns of the district's own that it feeds."""
        rendered = render(self.settings, query, self.as_of)
        with self.progress.stage(f"read {query}") as advance:
            own = {one.column: one.source for one in self.settings.metadata if one.query == query}
            for batch in self.source.batches(rendered, self.findings):
                advance(len(batch))
                kept = self.left_out.without(query, batch)
                yield kept.assign(**{column: kept[source] for column, source in own.items()})

    def codes(self, vocabulary: str) -> DataFrame:
        """Return a code table, the district's rows laid over the shipped ones."""
        return code_table(self.settings, vocabulary)


def code_table(settings: Settings, vocabulary: str) -> DataFrame:
    """
    Return a code table, the district's rows laid over the shipped ones.

    Raises:
        SettingsError: if the district's file is wrong.
    """
    own = getattr(settings.codes, vocabulary)
    shipped = queries.folder(settings.sis.kind) / "codes" / f"{vocabulary}.csv"
    path = settings.folder / own if own else None
    return codes.load(shipped, path, _ALLOWED.get(vocabulary))
