"""Cases around what coverage-guided fuzzing of the reader came upon; each says what it is."""

import io
import struct
import zipfile
from dataclasses import dataclass

import pytest
from fuzz.inputs import Input, judge, run
from validate.golden import AS_OF

from extractor.validate import Limits, validate

CONTENT = b"sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\r\n"
ROW = b"d1,,,District,district,,\r\n"
FAR = 2**64 - 1
CENTRAL = b"PK\x01\x02"
END = b"PK\x05\x06"


@dataclass(frozen=True)
class Archive:
    """A zip of one entry, whose headers can be written over."""

    content: bytes

    @classmethod
    def of(cls, method: int = zipfile.ZIP_STORED) -> "Archive":
        """Return orgs.csv, packed in one of the ways that zipfile knows."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            archive.writestr("orgs.csv", CONTENT + ROW)
        return cls(out.getvalue())

    def put(self, header: bytes, offset: int, value: bytes) -> "Archive":
        """Write over the bytes at an offset from the first header of a kind."""
        place = self.content.index(header) + offset
        return Archive(self.content[:place] + value + self.content[place + len(value) :])

    def insert(self, header: bytes, offset: int, value: bytes) -> "Archive":
        """Put bytes in between, in the central folder, and tell its end of them."""
        place = self.content.index(header) + offset
        longer = Archive(self.content[:place] + value + self.content[place:])
        size = struct.unpack_from("<I", longer.content, longer.content.index(END) + 12)[0]
        return longer.put(END, 12, struct.pack("<I", size + len(value)))


def without_name() -> Archive:
    """Return an entry whose name is empty."""
    local, rest = Archive.of().put(b"PK\x03\x04", 26, b"\0\0").content.split(b"orgs.csv", 1)
    content = local + rest.replace(b"orgs.csv", b"")
    return (
        Archive(content)
        .put(CENTRAL, 28, b"\0\0")
        .put(END, 12, struct.pack("<II", 46, content.index(CENTRAL)))
    )


def far_offset() -> Archive:
    """Return an entry that says it lies where no file reaches."""
    extra = struct.pack("<HHQ", 1, 8, FAR)
    archive = Archive.of().put(CENTRAL, 42, b"\xff" * 4)
    return archive.put(CENTRAL, 30, struct.pack("<H", len(extra))).insert(CENTRAL, 54, extra)


def far_folder() -> Archive:
    """Return an archive whose record of 64 bits puts its folder where no file reaches."""
    archive = Archive.of().content
    end = archive.index(END)
    record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 54, FAR - 4)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    return Archive(archive[:end] + record + locator + archive[end:])


LOST = {"missing_manifest": 1, "unreadable_entry": 1}
ARCHIVES = {
    "a name that is empty": (without_name(), {"missing_manifest": 1, "unknown_file": 1}),
    "a local name that is no UTF-8": (
        Archive.of().put(b"PK\x03\x04", 6, b"\0\x08").put(b"PK\x03\x04", 30, b"\xff"),
        LOST,
    ),
    "an offset of 64 bits": (far_offset(), LOST),
    "a folder offset of 64 bits": (far_folder(), LOST),
    "an offset behind the end": (Archive.of().put(CENTRAL, 42, b"\xfe\xff\xff\xff"), LOST),
    "a size behind the end": (
        Archive.of().put(END, 12, b"\xff\xff\xff\x7f"),
        {"unreadable_archive": 1},
    ),
    "a central name that is no UTF-8": (
        Archive.of().put(CENTRAL, 8, b"\0\x08").put(CENTRAL, 46, b"\xff"),
        {"unreadable_archive": 1},
    ),
    "another method, bzip2": (Archive.of(zipfile.ZIP_BZIP2), LOST),
    "another method, LZMA": (Archive.of(zipfile.ZIP_LZMA), LOST),
}


@pytest.mark.parametrize(("archive", "rules"), ARCHIVES.values(), ids=ARCHIVES)
def test_archive_that_makes_no_sense_gets_a_verdict(archive, rules, tmp_path):
    assert judge(Input("zip", archive.content), tmp_path).rules == rules


STATUS = b"d2,active,2024-09-30T14:05:09.000Z,District,district,,\r\n"


def test_mode_is_told_by_the_first_block_that_has_a_whole_row(tmp_path):
    case = Input("alone", CONTENT + b"d1,,\r\n" * 40 + ROW + STATUS)
    cut = validate(case.write(tmp_path), as_of=AS_OF, limits=Limits(block=8))
    assert cut.rules["ragged_row"] == 40
    assert cut.rules["status_against_mode"] == 2  # status and dateLastModified of the last row


def test_as_many_rows_of_a_manifest_are_looked_at_however_it_is_cut(tmp_path):
    case = Input("alone", b"propertyName,value\r\n" + b"a\r\n" * 1300, "manifest.csv", 16)
    assert judge(case, tmp_path).rules["ragged_row"] == 1000


HEADER = b"sourcedId,status,dateLastModified,title\r\n"
STREAMS = {
    "line ends of all three kinds": HEADER + b"a,,,b\rc,,,d\ne,,,f\r\ng,,,h",
    "a carriage return at the very end": HEADER + b"a,,,b\r",
    "two carriage returns before a line feed": HEADER + b"a,,,b\r\r\nc,,,d\r\n",
    "a quote at the very end": HEADER + b'a,,,"',
    "a doubled quote at the very end": HEADER + b'a,,,"b""',
    "text behind a closed quote": HEADER + b'a,,,"b"c\r\nd,,,e\r\n',
    "a line break and text behind the quote": HEADER + b'a,,,"b\r\nc"d\r\ne,,,f\r\n',
    "a quote never closed, closed rows later": HEADER + b'a,,,"b\r\nc,,,d\r\ne,,,"f"\r\n',
    "a quoted comma and quoted blanks": HEADER + b'" a",,,"b,c"\r\n,,," "\r\n',
    "empty rows between rows": HEADER + b"\r\n,,,\r\na,,,b\r\n\n\r\n",
    "a vertical tab, which ends no line": b"2a\rsc\n-hd,statusk\r\nca2-hw,,,Tests\r\x0b",
    "a mark of byte order and no more": b"\xef\xbb\xbf",
    "a mark of byte order twice": b"\xef\xbb\xbf\xef\xbb\xbf" + HEADER + b"a,,,b\r\n",
    "a header that is one quote": b'"',
    "a header over two lines": b'"sourcedId\r\n",status\r\na,b\r\n',
    "a header of commas": b",,,\r\na,b,c,d\r\n",
    "zero bytes in names and values": b"\x00\x07use\x00\x00rSourcedId,sda\x01\x00te,sex\rl,\r\n",
    "fewer fields than the header, then more": b"a,b\r\n1\r\n1,2,3\r\n1,2\r\n",
}


@pytest.mark.parametrize("payload", STREAMS.values(), ids=STREAMS)
@pytest.mark.parametrize("form", ["stream", "alone"])
@pytest.mark.parametrize("block", [1, 7, 16, 63])
def test_text_is_read_alike_however_it_is_cut(payload, form, block, tmp_path):
    run(Input(form, payload, "categories.csv", block), tmp_path)
