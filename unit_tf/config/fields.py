"""A single setting: its declaration, its parsing, its bounds, and the error for all of them.

Standard library only, as ``config`` is.
"""

import dataclasses
import difflib
import math
import os
import typing

from unit_tf.config.printable_text import printable

LONGEST = 200  # characters of a value in a message
LARGEST_INTEGER = 2**63 - 1  # what TensorFlow counts with


class UserError(ValueError):
    """The user can mend this; the message is one line fit for stderr, and the exit code is 2.

    Whatever is in a file's name, its text stays one line: see ``printable``.
    """

    def __str__(self):
        return printable(super().__str__())


class ConfigError(UserError):
    """A setting is wrong."""


def setting(default, text, *, choices=None, low=None, high=None):
    """A dataclass field with its help text and the values that it allows.

    Args:
      default: the default value.
      text: one line of help.
      choices: allowed values, or None.
      low: smallest allowed number, or None.
      high: largest allowed number, or None.
    """
    metadata = {"help": text, "choices": choices, "low": low, "high": high}
    return dataclasses.field(default=default, metadata=metadata)


def shown(value):
    """A value as messages show it: one short line, whatever somebody wrote into a file."""
    try:
        text = "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
    except (RecursionError, ValueError):  # nested too deeply; an integer of too many digits
        text = f"a {type(value).__name__}"
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[: LONGEST + 1])
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."


def nearest(word, valid):
    """``"; did you mean x or y?"`` or, without anything near, the list of what is valid."""
    close = difflib.get_close_matches(word, valid, n=3, cutoff=0.5)
    if close:
        return f"; did you mean {' or '.join(close)}?"
    return f"; valid: {', '.join(valid)}"


def check_options(options, kind, given=()):
    """Refuses options that a request does not have, as a Python caller may misspell one.

    Args:
      options: names.
      kind: the request's dataclass.
      given: names of its fields that are arguments by themselves.

    Raises:
      UserError: there is no such option; the nearest ones are given.
    """
    valid = [field.name for field in dataclasses.fields(kind) if field.name not in given]
    for name in options:
        if name not in valid:
            raise UserError(f"{name}: no such option{nearest(name, valid)}")


def parse_value(name, field, value):
    """Parses and checks the value of a setting.

    Args:
      name: the setting's, for messages.
      field: its dataclass field.
      value: text from a flag, or data from JSON.

    Returns:
      the value, of the field's type.

    Raises:
      ConfigError: it is of another type, no choice or out of bounds.
    """
    kind = typing.get_origin(field.type) or field.type
    try:
        parsed = _PARSERS[kind](value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise ConfigError(f"--{name}={shown(value)}: expected {_EXPECTED[kind]}") from None
    check_value(name, field, parsed)
    return parsed


def check_value(name, field, value):
    """Raises ConfigError unless ``value`` is among the field's choices and in its bounds.

    Args:
      name: the setting's, for messages.
      field: its dataclass field.
      value: of the field's type.
    """
    choices, low, high = (field.metadata[k] for k in ("choices", "low", "high"))
    if choices and value not in choices:
        hint = nearest(shown(value), [str(c) for c in choices if c != ""])
        raise ConfigError(f"--{name}={shown(value)}: not valid{hint}")
    for number in value if isinstance(value, tuple) else (value,):
        if low is not None and number < low or high is not None and number > high:
            bounds = " and ".join(
                text
                for text in (
                    f"at least {low}" if low is not None else "",
                    f"at most {high}" if high is not None else "",
                )
                if text
            )
            raise ConfigError(f"--{name}={shown(value)}: must be {bounds}")


def _to_bool(value):
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() not in words:
        raise ValueError(value)
    return words[str(value).lower()]


def _to_int(value):
    if isinstance(value, bool) or isinstance(value, float) and not value.is_integer():
        raise ValueError(value)
    number = _integer(value) if isinstance(value, str) else int(value)
    if abs(number) > LARGEST_INTEGER:
        raise ValueError(value)
    return number


def _integer(text):
    """The integer of a text: 100000, and 1e5 as well."""
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if not number.is_integer():
            raise
        return int(number)


def _to_float(value):
    number = float(value)
    if isinstance(value, bool) or not math.isfinite(number):
        raise ValueError(value)
    return number


def _to_size(value):
    parts = value.lower().split("x") if isinstance(value, str) else value
    parts = [parts] if hasattr(parts, "__index__") else list(parts)  # numpy's numbers too
    if len(parts) == 1:
        parts = parts * 2
    height, width = (_to_int(p) for p in parts)
    return (height, width)


def _to_str(value):
    value = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(value)
    os.fsencode(value)  # JSON has halves of characters, which no file's name can have
    return value


_PARSERS = {bool: _to_bool, int: _to_int, float: _to_float, tuple: _to_size, str: _to_str}
_EXPECTED = {
    bool: "true or false",
    int: "a whole number",
    float: "a finite number",
    tuple: "a size such as 256 or 480x640",
    str: "text",
}
