"""The declarative base and the column types that every table shares.

Times are 64-bit milliseconds since the epoch, UTC. Text is cleaned on its way in, so that no message can poison a
database: PostgreSQL refuses NUL characters, and neither database takes half a surrogate pair.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, Boolean, Dialect, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean_text(text: str) -> str:
    """Replace what a database refuses: NUL characters and lone surrogates."""
    if "\x00" in text:
        text = text.replace("\x00", REPLACEMENT)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return text


def compact_json(value: Any) -> str:
    """Write JSON without spaces; readable characters stay as they are unless one of them cannot be encoded."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


class CleanText(TypeDecorator[str]):
    """Text that every database can store."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else clean_text(value)


#: 64 bits on both databases; SQLite numbers rows only in a column of the plain type.
BigInt = BigInteger().with_variant(Integer(), "sqlite")

RowId = Annotated[int, mapped_column(BigInt, primary_key=True, autoincrement=True)]


class Base(DeclarativeBase):
    """All tables. JSON is stored as text, not as JSONB: the order of a tool call's arguments is part of the prompt."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  (read by the declarative machinery, never written)
        str: CleanText(),
        int: BigInt,
        bool: Boolean(create_constraint=False),
        dict[str, Any]: JSON(none_as_null=True),
        list[dict[str, Any]]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
    }
