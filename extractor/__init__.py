"""OneRoster 1.1 CSV bundles from a school district's student information system."""

__version__ = "0.1.0"
