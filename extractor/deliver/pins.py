"""Host keys that settings pin: whole public keys, or their fingerprints."""

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass

# What a server may prove its key with, best first. SHA-1 signatures (ssh-rsa) are not taken:
# a key of that type proves itself with SHA-2 here.
_PROOFS = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
_FINGERPRINT = re.compile(r"^SHA256:[A-Za-z0-9+/]{43}$")
_EXAMPLE = "write a line like 'ssh-ed25519 AAAA...' or 'ssh-ed25519 SHA256:...'"


@dataclass(frozen=True, slots=True)
class Pin:
    """One host key that is trusted; a fingerprint may come without the kind of its key."""

    kind: str | None
    fingerprint: str


def pin(line: str) -> Pin:
    """
    Read one `known_host`: a public key, a line of known_hosts or ssh-keyscan, or a fingerprint.

    Raises:
        ValueError: if it is none of them.
    """
    words = line.split()
    if words and _FINGERPRINT.match(words[0]):
        return Pin(None, words[0])
    at = next((at for at, word in enumerate(words[:2]) if word in _PROOFS), None)
    if at is None or at + 1 >= len(words) or words[0].startswith("@"):
        message = f"is no host key that can be pinned; {_EXAMPLE} ({', '.join(_PROOFS)})"
        raise ValueError(message)
    kind, key = words[at : at + 2]
    if _FINGERPRINT.match(key):
        return Pin(kind, key)
    return Pin(kind, _fingerprint_of(kind, key))


def _fingerprint_of(kind: str, key: str) -> str:
    try:
        blob = b64decode(key, validate=True)
    except binascii.Error:
        blob = b""
    # RFC 4253, 6.6: the key's bytes begin with the length and the name of its kind.
    if blob[4 : 4 + len(kind)] != kind.encode() or blob[:4] != len(kind).to_bytes(4, "big"):
        message = f"is no whole {kind} key: it was cut short or changed; {_EXAMPLE}"
        raise ValueError(message)
    return fingerprint(blob)


def fingerprint(blob: bytes) -> str:
    """Return the fingerprint of a public key's bytes, as `ssh-keygen -l` prints it."""
    return "SHA256:" + b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def trusted(pins: Iterable[Pin], kind: str, seen: str) -> bool:
    """Tell whether a key of this kind and fingerprint is one of those pinned."""
    return any(one.fingerprint == seen and one.kind in (None, kind) for one in pins)


def proofs(pins: Iterable[Pin]) -> list[str]:
    """
    Return the signature algorithms to ask a server for, those of the pinned kinds first.

    The others follow, so that a server that changed the kind of its key still shows it and the
    complaint can name its fingerprint.
    """
    first = [one.kind for one in pins if one.kind]
    return [proof for kind in dict.fromkeys([*first, *_PROOFS]) for proof in _PROOFS[kind]]
