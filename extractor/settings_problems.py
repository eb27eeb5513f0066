"""What is wrong with a settings file, said with the line, the key and a suggestion."""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

Where = tuple[str | int, ...]

_SHAPE = 'must be text, or one of {env = "NAME"}, {file = "PATH"} and {keyring = "NAME"}'
_KEPT_ELSEWHERE = (
    "never stands in this file: write where it is kept, one of "
    '{env = "NAME"}, {file = "PATH"} and {keyring = "NAME"}'
)
_SECRETS = {"password", "passphrase", "pseudonyms", "signing_secret", "headers", "url"}

_TEXT = {"str", "constrained-str"}  # what pydantic calls the other kind of a secret


def explain(
    path: Path, error: ErrorDetails, text: str, data: dict[str, Any], model: type[BaseModel]
) -> str:
    """Turn one problem that pydantic found in `data`, read from `text`, into a line."""
    where = _plain(error)
    what = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        what = "is no setting" + _meant(where, model)
    elif error["type"] == "missing":
        what = "is missing; `oneroster init --stdout` shows how to write it"
    elif error["type"] == "tuple_type":
        what = "must be a list, [...]; for tables, write [[...]]"
    elif error["type"] == "model_type":
        secret = error["ctx"].get("class_name") == "Secret"  # then the value may be one
        what = _KEPT_ELSEWHERE if secret else "must be a table: [...], or {...} on one line"
    elif where[:2] == ("sis", "connection"):
        what = what if error["type"] in ("value_error", "too_long") else _SHAPE
    elif error["type"] != "value_error" and _harmless(where, _value(data, where)):
        what = f"{_value(data, where)!r} {_plain_words(error)}"
    elif error["type"] in _WORDS:
        what = _plain_words(error)
    return f"{place(path, where, text)}: {what}"


# What pydantic says of a value, in words for those who know the setting and not the program.
_WORDS = {
    "bool_parsing": "must be true or false, without quotes",
    "bool_type": "must be true or false, without quotes",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "string_type": "must be text, in quotes",
    "string_too_short": "is too short: it needs {min_length} sign(s) at least",
    "string_too_long": "is too long: {max_length} signs at most",
    "string_pattern_mismatch": "must match {pattern}",
    "too_short": "is a list that needs {min_length} item(s) at least; leave the key out instead",
    "too_long": "is a list of at most {max_length} items",
    "literal_error": "is not one of {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "date_from_datetime_parsing": "must be a date, like 2027-06-07, without quotes",
    "dict_type": "must be a table: [...], or {{...}} on one line",
}


def _plain_words(error: ErrorDetails) -> str:
    words = _WORDS.get(error["type"])
    return words.format(**error.get("ctx", {})) if words else error["msg"]


def _harmless(where: Where, value: object) -> bool:
    """Tell whether a value may be repeated: not below sis, no secret, no table that may hold it."""
    secret = where[:1] == ("sis",) or not _SECRETS.isdisjoint(where)
    return not secret and isinstance(value, str | int | float)


def worth_saying(errors: list[ErrorDetails], data: dict[str, Any]) -> list[ErrorDetails]:
    """Drop what only follows from another problem: a list too short, the other kind of secret."""
    return [
        error
        for error in errors
        if not (error["type"] == "too_short" and _inside(error, errors))
        and not (_TEXT & set(error["loc"]) and isinstance(_value(data, _plain(error)), dict))
        and not ("Secret" in error["loc"] and not isinstance(_secret(data, error), dict))
    ]


def _secret(data: dict[str, Any], error: ErrorDetails) -> Any:
    return _value(data, error["loc"][: error["loc"].index("Secret")])


def _inside(error: ErrorDetails, errors: list[ErrorDetails]) -> bool:
    depth = len(error["loc"])
    return any(len(e["loc"]) > depth and e["loc"][:depth] == error["loc"] for e in errors)


def _plain(error: ErrorDetails) -> Where:
    return tuple(part for part in error["loc"] if part not in {*_TEXT, "Secret"})


def place(path: Path, where: Where, text: str) -> str:
    """Name a setting, with the line it stands on, or its table does."""
    lines = _lines(text)
    named = ".".join(str(part) for part in where)
    while where and ".".join(str(part) for part in where) not in lines:
        where = where[:-1]
    line = lines.get(".".join(str(part) for part in where))
    return f"{path.name}, line {line}: {named}" if line else f"{path.name}: {named}"


def _value(data: Any, where: tuple[str | int, ...]) -> Any:
    for part in where:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _meant(where: Where, model: type[BaseModel]) -> str:
    """Suggest the setting that a misspelt one was meant to be."""
    for part in where[:-1]:
        if isinstance(part, str):
            inner = _table_of(model, part)
            if inner is None:
                return ""
            model = inner
    fields = {
        field.alias or name for name, field in model.model_fields.items() if not field.exclude
    }
    return close(str(where[-1]), sorted(fields))


def _table_of(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """Return the model of a sub-table, or of the rows of an array of tables."""
    field = model.model_fields.get(name)
    kinds = [field.annotation, *get_args(field.annotation)] if field else []
    tables = (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel))
    return next(tables, None)


def close(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'this'?` for a misspelt word, else a list of those there are."""
    names = list(known)
    near = difflib.get_close_matches(word, names, 1, 0.6)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(names)}"


_HEAD = re.compile(r"^\s*(\[{1,2})\s*([A-Za-z0-9_.-]+)\s*\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=")


def _lines(text: str) -> dict[str, int]:
    """
    Map `vendor.0.grants` to the line it stands on; tomllib keeps no positions.

    Good enough for pointing a person at a line: a key inside a multi-line string would count.
    """
    found: dict[str, int] = {}
    table, counts = "", dict[str, int]()
    for number, line in enumerate(text.splitlines(), 1):
        if head := _HEAD.match(line):
            table = head[2]
            if head[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = f"{table}.{counts[table]}"
            elif (outer := table.split(".")[0]) in counts:  # [vendor.sftp] is of the last vendor
                table = table.replace(outer, f"{outer}.{counts[outer]}", 1)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault(f"{table}.{key[1]}" if table else key[1], number)
    return found
