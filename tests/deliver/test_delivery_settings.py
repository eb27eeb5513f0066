"""The tables sftp and folder: what they refuse, where the bundle goes, and no secret in sight."""

import subprocess
from pathlib import Path

import pytest
from ssh_server import keygen

from extractor.deliver import FolderSettings, Job, SftpSettings
from extractor.deliver.pins import pin, proofs, trusted
from extractor.errors import SettingsError
from extractor.settings import load

HEAD = """\
[district]
name = "Eagle Unified"
time_zone = "America/Los_Angeles"
[sis]
kind = "aeries"
connection = "sqlite:///district.sqlite"
[[vendor]]
name = "first"
[[vendor]]
name = "acme"
"""
FINGERPRINT = "SHA256:tczH9UU6dbPAtsIRfG+Bhk7eDBuavXl2trVfh/0yAvU"
GOOD = {
    "host": '"sftp.example.org"',
    "username": '"eagle"',
    "known_host": f'"{FINGERPRINT}"',
    "key_file": '"key"',
}


def loaded(tmp_path, text):
    path = tmp_path / "oneroster.toml"
    path.write_text(HEAD + text, "utf-8")
    return load(path).vendor[1]


def sftp(**changed):
    keys = {key: value for key, value in {**GOOD, **changed}.items() if value is not None}
    return "[vendor.sftp]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())


def said(tmp_path, text):
    with pytest.raises(SettingsError) as error:
        loaded(tmp_path, text)
    return str(error.value)


def test_shortest_table_has_the_documented_defaults(tmp_path):
    vendor = loaded(tmp_path, sftp())
    assert vendor.delivery is vendor.sftp
    assert vendor.sftp == SftpSettings(
        host="sftp.example.org",
        port=22,
        username="eagle",
        known_host=(FINGERPRINT,),
        key_file=Path("key"),
        directory=".",
        create_directory=False,
        verify="hash",
        timeout=60,
        attempts=5,
    )


def test_table_may_stand_on_one_line_and_a_vendor_without_one_gets_nothing(tmp_path):
    inline = ", ".join(f"{key} = {value}" for key, value in GOOD.items())
    assert loaded(tmp_path, f"sftp = {{{inline}}}\n").sftp.host == "sftp.example.org"
    assert loaded(tmp_path, "").delivery is None


def test_folder_may_be_a_share_and_a_relative_one_starts_at_the_settings(tmp_path):
    vendor = loaded(tmp_path, "folder = {path = '\\\\server\\share\\in'}\n")
    assert str(vendor.folder.path) == "\\\\server\\share\\in"
    assert vendor.delivery == FolderSettings(path=Path("\\\\server\\share\\in"))
    assert FolderSettings(path=Path("in")).at(tmp_path) == tmp_path / "in"


def test_both_ways_at_once_are_refused(tmp_path):
    text = "folder = {path = 'in'}\n" + sftp()
    assert "line 11: vendor.1.folder: stands beside sftp; keep one of the two" in said(
        tmp_path, text
    )


@pytest.mark.parametrize(
    ("key", "value", "part"),
    [
        ("known_host", None, "vendor.1.sftp.known_host: is missing"),
        ("known_host", "[]", "vendor.1.sftp.known_host"),
        ("known_host", '"ssh-ed25519"', "is no host key that can be pinned"),
        ("known_host", '"ssh-ed25519 AAAA"', "is no whole ssh-ed25519 key"),
        ("known_host", '"ssh-dss AAAA"', "is no host key that can be pinned"),
        ("known_host", '"@cert-authority * ssh-ed25519 AAAA"', "is no host key"),
        ("known_host", '"MD5:aa:bb"', "is no host key that can be pinned"),
        ("key_file", None, "has no way to log in"),
        ("host", '"user@host"', "vendor.1.sftp.host"),
        ("host", '"sftp://host"', "vendor.1.sftp.host"),
        ("port", "0", "vendor.1.sftp.port"),
        ("passphrase", '{env = "A", file = "b"}', "must have one of env, file and keyring"),
        ("password", "{}", "must have one of env, file and keyring"),
        ("verify", '"md5"', "vendor.1.sftp.verify"),
        ("attempts", "0", "vendor.1.sftp.attempts"),
        ("hots", '"x"', "did you mean 'host'?"),
    ],
)
def test_wrong_setting_is_refused_with_its_line(tmp_path, key, value, part):
    shown = said(tmp_path, sftp(**{key: value}))
    assert part in shown
    assert "oneroster.toml, line 1" in shown


def test_passphrase_without_a_key_is_refused(tmp_path):
    text = sftp(key_file=None, agent="true", passphrase='{env = "A"}')
    assert "has a passphrase and no key_file" in said(tmp_path, text)


@pytest.mark.parametrize("key", ["password", "passphrase"])
@pytest.mark.parametrize("value", ['"hunter2"', '{env = "hunter2!"}', '["hunter2"]'])
def test_secret_in_the_file_is_refused_and_not_repeated(tmp_path, key, value):
    shown = said(tmp_path, sftp(**{key: value}))
    assert f"line 16: vendor.1.sftp.{key}" in shown
    assert "hunter2" not in shown


@pytest.mark.parametrize(
    ("directory", "unpacked", "where"),
    [
        (".", False, "sftp://h:22/~/a.zip"),
        ("in/", False, "sftp://h:22/~/in/a.zip"),
        ("/in", False, "sftp://h:22/in/a.zip"),
        ("/", False, "sftp://h:22/a.zip"),
        ("/in", True, "sftp://h:22/in"),
    ],
)
def test_place_is_named_without_the_user(directory, unpacked, where):
    given = {"host": "h", "username": "eagle", "known_host": FINGERPRINT, "agent": True}
    delivery = SftpSettings.model_validate({**given, "directory": directory})
    assert Job("v", Path("b.zip"), "a.zip", delivery, Path(), unpacked=unpacked).where == where


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_pin_of_a_key_is_the_fingerprint_that_openssh_prints(tmp_path, kind):
    public = keygen(tmp_path / "key", kind)
    told = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(tmp_path / "key.pub")],
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout.split()[1]
    one = pin(f"example.org,10.0.0.1 {public} comment")
    assert one == pin(public) == pin(f"{public.split()[0]} {told}")
    assert one.fingerprint == told
    assert trusted([one], public.split()[0], told)
    assert not trusted([one], "ssh-other", told)
    assert not trusted([], public.split()[0], told)
    assert trusted([pin(told)], public.split()[0], told)


def test_pinned_kind_is_asked_for_first_and_sha_1_never():
    first = proofs([pin(f"ssh-rsa {FINGERPRINT}")])
    assert first[:2] == ["rsa-sha2-512", "rsa-sha2-256"]
    assert "ssh-ed25519" in first
    assert "ssh-rsa" not in first
