"""Text of ``--data.value_range``: which values of deep images are black and white. Stdlib only."""

import math

from unit_tf.config.fields import ConfigError

AUTO, OWN = "auto", "own"
_FORM = "expected LOW,HIGH with LOW below HIGH, auto or own; for A and B apart, A/B of these"


def parse_value_range(text):
    """What a setting says of each domain.

    Args:
      text: ``"LOW,HIGH"``, ``"auto"``, ``"own"`` or ``""``, which is ``"own"``; or two of these
        with a slash between them, A's and B's.

    Returns:
      {"a": AUTO, OWN or (low, high) of floats, "b": the same}.

    Raises:
      ConfigError: it says nothing of that kind.
    """
    parts = [part.strip() for part in text.split("/")]
    try:
        found = [_part(part) for part in parts]
        if len(found) > 2:
            raise ValueError(text)
    except ValueError:
        raise ConfigError(f"--data.value_range={text}: {_FORM}") from None
    return {"a": found[0], "b": found[-1]}


def parse_one_range(name, text):
    """What a flag says of images that are all of one domain, and are not looked at beforehand.

    Args:
      name: the flag, for messages.
      text: ``"LOW,HIGH"`` or ``"own"``.

    Returns:
      OWN or (low, high) of floats.

    Raises:
      ConfigError: it says nothing of that kind.
    """
    try:
        if text.strip() == AUTO:
            raise ValueError(text)
        return _part(text.strip())
    except ValueError:
        raise ConfigError(f"{name}={text}: expected LOW,HIGH with LOW below HIGH, or own") from None


def value_range_text(ranges):
    """The text that ``parse_value_range`` reads as ``ranges``."""
    parts = [part if isinstance(part, str) else range_text(part) for part in ranges.values()]
    return parts[0] if parts[0] == parts[-1] else "/".join(parts)


def range_text(pair):
    """(low, high) as ``"LOW,HIGH"``, to the last digit."""
    return ",".join(str(int(v)) if float(v).is_integer() else repr(float(v)) for v in pair)


def _part(text):
    if text in ("", AUTO, OWN):
        return text or OWN
    low, high = map(float, text.split(","))
    if not -math.inf < low < high < math.inf:
        raise ValueError(text)
    return low, high
