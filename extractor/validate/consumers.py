"""What every known consumer would do with a bundle: `--profile all`."""

from datetime import date
from pathlib import Path

from extractor.validate.limits import Limits
from extractor.validate.look import facts_of
from extractor.validate.profiles import Forecast, forecast, load, names


def forecasts(path: Path, as_of: date, limits: Limits) -> tuple[Forecast, ...]:
    """
    Return a forecast for each profile, for `report.render`.

    Raises:
        SettingsError: the path cannot be read.
    """
    profiles = [load(name) for name in names()]
    return tuple(forecast(profiles, facts_of(path, profiles, limits), as_of))
