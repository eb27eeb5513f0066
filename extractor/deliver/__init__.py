"""Delivery: a finished bundle to its vendor, by SFTP or into a folder, proven and in one move."""

from extractor.deliver.jobs import Job, Outcome
from extractor.deliver.side_by_side import deliver
from extractor.deliver.tables import FolderSettings, SftpSettings

__all__ = ["FolderSettings", "Job", "Outcome", "SftpSettings", "deliver"]
