"""Delivery to a real OpenSSH server: each way to log in, what is refused, and what is read back."""

import hashlib
import os
import signal
import subprocess
import zipfile

import pytest
from ssh_server import PASSWORD, keygen, until

from extractor.deliver import deliver
from extractor.errors import DeliveryError, SettingsError
from extractor.progress import Quiet


def one(job):
    """Deliver one job; waiting takes no time."""
    (outcome,) = deliver([job], Quiet(), sleep=lambda _: None)
    return outcome


def names(server):
    return sorted(path.name for path in server.inbox.iterdir())


def arrived(server, bundle):
    return (server.inbox / "OneRoster.zip").read_bytes() == bundle.read_bytes()


def test_bundle_arrives_with_a_key_and_is_read_back(server, job, bundle):
    outcome = one(job(server.settings()))
    assert outcome.error is None
    assert arrived(server, bundle)
    assert names(server) == ["OneRoster.zip"]
    assert outcome.where == f"sftp://127.0.0.1:{server.port}/incoming/OneRoster.zip"
    assert outcome.sha256 == hashlib.sha256(bundle.read_bytes()).hexdigest()
    assert (outcome.size, outcome.attempts, outcome.verified) == (3_000_001, 1, "hash read back")


# --- logins


@pytest.mark.parametrize("kept", ["env", "file"])
def test_password_is_read_from_where_settings_keep_it(
    server, job, bundle, tmp_path, monkeypatch, kept
):
    monkeypatch.setenv("ACME_SFTP_PASSWORD", PASSWORD)
    (tmp_path / "acme.secret").write_text(f"{PASSWORD}\n", "utf-8")
    place = {"env": "ACME_SFTP_PASSWORD", "file": "acme.secret"}[kept]
    outcome = one(job(server.settings(key_file=None, password={kept: place})))
    assert outcome.error is None
    assert arrived(server, bundle)


def test_key_is_opened_by_its_passphrase(server, job, bundle, monkeypatch):
    locked = server.folder / "locked"
    public = keygen(locked, phrase="open sesame")
    (server.folder / "authorized").write_text(f"{public}\n")
    monkeypatch.setenv("ACME_PASSPHRASE", "open sesame")
    settings = server.settings(key_file=str(locked), passphrase={"env": "ACME_PASSPHRASE"})
    assert one(job(settings)).error is None
    assert arrived(server, bundle)
    monkeypatch.setenv("ACME_PASSPHRASE", "open barley")
    error = one(job(settings)).error
    assert isinstance(error, SettingsError)
    assert "is not opened by the passphrase" in str(error)
    assert "barley" not in str(error)


def test_agent_signs_with_the_key_that_it_holds(server, job, bundle, tmp_path, monkeypatch):
    path = server.folder / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL)
    try:
        until(path.exists)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        settings = server.settings(key_file=None, agent=True)
        error = one(job(settings)).error
        assert "holds no key" in str(error)
        subprocess.run(["ssh-add", "-q", str(server.key_file)], check=True)
        assert one(job(settings)).error is None
        assert arrived(server, bundle)
        subprocess.run(["ssh-add", "-q", "-D"], check=True, stderr=subprocess.DEVNULL)
        for number in range(7):  # the server hears six
            keygen(tmp_path / f"wrong{number}")
            subprocess.run(["ssh-add", "-q", str(tmp_path / f"wrong{number}")], check=True)
        outcome = one(job(settings))
        assert "too many wrong ones: use key_file" in str(outcome.error)
        assert outcome.attempts == 1
    finally:
        agent.send_signal(signal.SIGTERM)
        agent.wait()


def test_agent_that_does_not_answer_is_named(server, job, monkeypatch):
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    outcome = one(job(server.settings(key_file=None, agent=True)))
    assert "no SSH agent answers" in str(outcome.error)
    assert outcome.attempts == 1


def test_users_own_keys_and_known_hosts_are_not_used(server, job, monkeypatch, tmp_path):
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_ed25519").write_bytes(server.key_file.read_bytes())
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("A_PASSWORD", "wrong")
    settings = server.settings(key_file=None, password={"env": "A_PASSWORD"})
    assert "refused the login" in str(one(job(settings)).error)
    other = keygen(tmp_path / "other_host")
    assert "known_host" in str(one(job(server.settings(known_host=other))).error)


def test_wrong_password_is_tried_once_and_not_repeated(server, job, monkeypatch):
    monkeypatch.setenv("ACME_SFTP_PASSWORD", "hunter2")
    settings = server.settings(key_file=None, password={"env": "ACME_SFTP_PASSWORD"})
    outcome = one(job(settings))
    assert isinstance(outcome.error, DeliveryError)
    assert not outcome.error.transient
    assert "refused the login" in str(outcome.error)
    assert "hunter2" not in str(outcome)
    assert server.user not in str(outcome)
    assert outcome.attempts == 1
    assert server.log().count("Failed password") == 1
    assert names(server) == []


def test_wrong_key_is_refused_at_once(server, job, tmp_path):
    keygen(tmp_path / "other")
    outcome = one(job(server.settings(key_file="other")))
    assert "refused the login" in str(outcome.error)
    assert outcome.attempts == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), ("no key", "cannot be used"), ("", "cannot be used")],
)
def test_key_file_that_is_none_is_a_problem_of_the_settings(server, job, tmp_path, content, said):
    if content is not None:
        (tmp_path / "key").write_text(content)
    outcome = one(job(server.settings(key_file="key")))
    assert isinstance(outcome.error, SettingsError)
    assert "vendor acme: sftp.key_file: " in str(outcome.error)
    assert said in str(outcome.error)
    assert outcome.attempts == 0


def test_secret_that_is_not_there_stops_no_other_vendor(server, job, bundle, monkeypatch):
    monkeypatch.delenv("NOT_SET", raising=False)
    poor = job(server.settings(key_file=None, password={"env": "NOT_SET"}), "poor")
    rich = job(server.settings(), "rich", remote_name="Rich.zip")
    first, second = deliver([poor, rich], Quiet())
    assert "vendor poor: sftp.password: the environment variable NOT_SET" in str(first.error)
    assert second.error is None


# --- host keys


def test_host_key_may_be_pinned_as_a_fingerprint_or_a_line_of_known_hosts(server, job, bundle):
    told = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(server.folder / "host_ed25519.pub")],
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout.split()[1]
    for line in (told, f"ssh-ed25519 {told}", f"[127.0.0.1]:{server.port} {server.host_key}"):
        bundle.write_bytes(os.urandom(1000))
        assert one(job(server.settings(known_host=line))).error is None
        assert arrived(server, bundle)


def test_key_of_the_pinned_kind_is_asked_for(sshd, job, bundle):
    server = sshd(kinds=("ed25519", "rsa"))
    rsa = (server.folder / "host_rsa.pub").read_text()
    assert one(job(server.settings(known_host=rsa))).error is None
    assert arrived(server, bundle)


def test_one_of_several_pinned_keys_is_enough(server, job, tmp_path):
    other = keygen(tmp_path / "other_host")
    assert one(job(server.settings(known_host=[other, server.host_key]))).error is None


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa"])
def test_unknown_host_key_is_named_never_tried_again_and_nothing_is_sent(
    server, job, tmp_path, kind
):
    other = keygen(tmp_path / "other_host", kind)
    outcome = one(job(server.settings(known_host=other)))
    shown, wanted = str(outcome.error), server.host_key.split()[1]
    assert "host key is not the one in known_host" in shown
    assert "ssh-ed25519 SHA256:" in shown
    assert f'known_host = "ssh-ed25519 {wanted}"' in shown
    assert not outcome.error.transient
    assert outcome.attempts == 1
    assert "Accepted" not in server.log()


# --- the directory


def test_directory_is_made_only_when_told(server, job, bundle):
    settings = server.settings(directory="/incoming/2026/roster")
    outcome = one(job(settings))
    assert "is not there" in str(outcome.error)
    assert "create_directory = true" in str(outcome.error)
    assert outcome.attempts == 1
    assert names(server) == []
    made = server.settings(directory="/incoming/2026/roster", create_directory=True)
    assert one(job(made)).error is None
    sent = server.inbox / "2026" / "roster" / "OneRoster.zip"
    assert sent.read_bytes() == bundle.read_bytes()


def test_relative_directory_starts_where_the_login_does(server, job, bundle):
    outcome = one(job(server.settings(directory="incoming")))
    assert outcome.error is None
    assert outcome.where == f"sftp://127.0.0.1:{server.port}/~/incoming/OneRoster.zip"
    assert arrived(server, bundle)


def test_directory_that_is_a_file_is_refused(server, job):
    (server.inbox / "drop").write_text("")
    outcome = one(job(server.settings(directory="/incoming/drop")))
    assert "is no directory" in str(outcome.error)


# --- what is there already


def test_old_bundle_is_replaced(server, job, bundle):
    (server.inbox / "OneRoster.zip").write_bytes(b"old")
    assert one(job(server.settings())).error is None
    assert arrived(server, bundle)
    assert names(server) == ["OneRoster.zip"]


def test_same_bundle_is_not_sent_twice(server, job, bundle):
    assert one(job(server.settings())).error is None
    before = (server.inbox / "OneRoster.zip").stat()
    (server.inbox / ".OneRoster.zip.partial").write_bytes(b"left")
    outcome = one(job(server.settings()))
    after = (server.inbox / "OneRoster.zip").stat()
    assert outcome.error is None
    assert outcome.verified == "already there: hash read back"
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert names(server) == ["OneRoster.zip"]


def test_bundle_of_the_same_size_is_sent(server, job, bundle):
    (server.inbox / "OneRoster.zip").write_bytes(bytes(3_000_001))
    outcome = one(job(server.settings()))
    assert outcome.verified == "hash read back"
    assert arrived(server, bundle)


def test_size_alone_is_read_back_when_settings_say_so(server, job, bundle):
    for _ in range(2):  # the same size proves nothing: it is sent again
        outcome = one(job(server.settings(verify="size")))
        assert outcome.error is None
        assert outcome.verified == "size read back"
    assert arrived(server, bundle)


@pytest.mark.parametrize("kept", [1, 1_000_000, 3_000_001])
def test_what_a_killed_run_left_is_gone_on_with(server, job, bundle, kept):
    partial = server.inbox / ".OneRoster.zip.partial"
    partial.write_bytes(bundle.read_bytes()[:kept])
    os.chown(partial, 61517, 61517)
    before = partial.stat().st_ino
    outcome = one(job(server.settings()))
    assert outcome.error is None
    assert arrived(server, bundle)
    assert (server.inbox / "OneRoster.zip").stat().st_ino == before
    assert names(server) == ["OneRoster.zip"]


@pytest.mark.parametrize("left", ["other", "longer", "empty", "hole"])
def test_what_is_not_the_beginning_of_this_bundle_is_thrown_away(server, job, bundle, left):
    whole = bundle.read_bytes()
    content = {
        "other": os.urandom(5000),
        "longer": whole + b"more",
        "empty": b"",
        "hole": whole[:400_000] + bytes(300_000) + whole[700_000:900_000],
    }[left]
    partial = server.inbox / ".OneRoster.zip.partial"
    partial.write_bytes(content)
    os.chown(partial, 61517, 61517)
    before = partial.stat().st_ino
    keeps_it = partial.open("rb")  # so that its number is not given to the new one
    outcome = one(job(server.settings()))
    assert (outcome.error, outcome.attempts) == (None, 1)
    assert arrived(server, bundle)
    assert (server.inbox / "OneRoster.zip").stat().st_ino != before
    assert names(server) == ["OneRoster.zip"]
    keeps_it.close()


def test_empty_bundle_arrives(server, job, bundle):
    bundle.write_bytes(b"")
    assert one(job(server.settings())).error is None
    assert arrived(server, bundle)


def test_bundle_that_is_not_there_is_an_error_of_that_vendor(server, job, tmp_path):
    outcome = one(job(server.settings(), bundle=tmp_path / "nowhere.zip"))
    assert "cannot be read" in str(outcome.error)
    assert outcome.sha256 == ""
    assert outcome.attempts == 0


# --- servers that can less


def test_server_that_lets_nothing_be_read_proves_the_size(sshd, job, bundle):
    server = sshd(sftp="-P read")
    outcome = one(job(server.settings()))
    assert outcome.error is None
    assert outcome.verified == "size read back"
    assert arrived(server, bundle)


def test_server_that_tells_nothing_at_all_still_gets_the_bundle(sshd, job, bundle):
    server = sshd(sftp="-P read,stat,lstat,fstat,opendir")
    outcome = one(job(server.settings()))
    assert outcome.error is None
    assert outcome.verified == "accepted by the server, which lets nothing be read back"
    assert arrived(server, bundle)


@pytest.mark.parametrize("old", [None, b"old"])
def test_server_without_replacing_rename_gets_the_old_file_out_of_the_way(sshd, job, bundle, old):
    server = sshd(sftp="-P posix-rename,fsync,statvfs,limits")
    if old:
        (server.inbox / "OneRoster.zip").write_bytes(old)
        os.chown(server.inbox / "OneRoster.zip", 61517, 61517)
    outcome = one(job(server.settings()))
    assert outcome.error is None
    assert arrived(server, bundle)
    assert names(server) == ["OneRoster.zip"]


def test_replacement_that_was_cut_between_its_two_renames_is_mended(sshd, job, bundle):
    server = sshd(sftp="-P posix-rename")
    aside = server.inbox / ".OneRoster.zip.previous"
    aside.write_bytes(bundle.read_bytes())
    os.chown(aside, 61517, 61517)
    outcome = one(job(server.settings()))
    assert outcome.verified == "already there: hash read back"
    assert arrived(server, bundle)
    aside.write_bytes(b"older")
    assert one(job(server.settings())).error is None
    assert names(server) == ["OneRoster.zip"]


def test_server_that_forbids_renaming_keeps_the_old_bundle(sshd, job, bundle):
    server = sshd(sftp="-P posix-rename,rename")
    (server.inbox / "OneRoster.zip").write_bytes(b"old")
    outcome = one(job(server.settings()))
    assert "right to write, rename and remove" in str(outcome.error)
    assert (server.inbox / "OneRoster.zip").read_bytes() == b"old"


# --- unpacked files


@pytest.fixture
def files(bundle):
    """Write a bundle of two files and the manifest, which does not come last in it."""

    def write(**content):
        with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("manifest.csv", "propertyName,value\n")
            for name, text in content.items():
                archive.writestr(f"{name}.csv", text)

    write(orgs="sourcedId\n1\n", users="sourcedId\n" + "2\n" * 300_000)
    return write


def test_files_arrive_unpacked_and_what_is_stale_goes(server, job, bundle, files):
    (server.inbox / "results.csv").write_text("old")
    (server.inbox / "receipt.txt").write_text("the vendor's own")
    outcome = one(job(server.settings(), unpacked=True))
    assert outcome.error is None
    assert outcome.verified == "hash read back"
    assert outcome.where.endswith("/incoming")
    assert outcome.sha256 == hashlib.sha256(bundle.read_bytes()).hexdigest()
    assert names(server) == ["manifest.csv", "orgs.csv", "receipt.txt", "users.csv"]
    with zipfile.ZipFile(bundle) as archive:
        for name in archive.namelist():
            assert (server.inbox / name).read_bytes() == archive.read(name)
    again = one(job(server.settings(), unpacked=True))
    assert again.verified == "already there: hash read back"
    files(orgs="sourcedId\n1\n")
    assert one(job(server.settings(), unpacked=True)).error is None
    assert names(server) == ["manifest.csv", "orgs.csv", "receipt.txt"]


@pytest.mark.parametrize("name", ["../evil.csv", "sub/users.csv", ".hidden", "a\\b.csv", "c:x.csv"])
def test_entry_that_is_no_plain_name_is_refused(server, job, bundle, name):
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr(name, "x")
    outcome = one(job(server.settings(), unpacked=True))
    assert "no plain file name" in str(outcome.error)
    assert names(server) == []


def test_bundle_that_is_no_zip_cannot_go_unpacked(server, job, bundle):
    outcome = one(job(server.settings(), unpacked=True))
    assert "is no whole zip" in str(outcome.error)
