"""The servers of `notify_servers` as fixtures."""

from notify_servers import certificates, http, smtp

__all__ = ["certificates", "http", "smtp"]
