"""Would tonight's delivery work? Each vendor's place, tried with a file that holds nothing."""

from collections.abc import Iterator

from extractor.check.line import Line, failed, ok
from extractor.check.probing import Context


def vendors(context: Context) -> Iterator[Line]:
    """Try every vendor's place: reach, host key, login, directory, write, rename, remove."""
    from extractor.deliver.probe import probe

    for vendor in context.settings.vendor:
        if vendor.delivery is None:
            yield ok(f"{vendor.name}: settings name no place; its bundle stays on disk")
            continue
        steps = probe(vendor.name, vendor.delivery, context.settings.folder)
        wrong = next((step for step in steps if not step.ok), None)
        if wrong:
            yield failed(f"{vendor.name}: {wrong.name}", wrong.said, 3)
        else:
            told = ", ".join(step.name for step in steps)
            yield ok(f"{vendor.name}: {told}")
