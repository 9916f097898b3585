"""Names of files, and counts, as text for a terminal, a log or a page. Standard library only."""

import unicodedata

# Line and paragraph separators, and what turns the direction of all text that follows.
_BREAKS = frozenset("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text):
    r"""Text that stays on its line: whatever would move, colour or hide what follows is escaped.

    A file may have any name. A newline becomes ``\n``, ESC becomes ``\x1b``. Letters of every
    script stay, and so do bytes that are no UTF-8, which pipes pass on.

    Args:
      text: anything; its str is taken.

    Returns:
      str.
    """
    text = str(text)
    if text.isprintable():
        return text
    return "".join(_escape(letter) for letter in text)


def name_some(names, most):
    """The first of some names, printable, and how many there are besides: "a, b and 3 more".

    Args:
      names: list.
      most: how many are named.

    Returns:
      str.
    """
    shown, more = ", ".join(map(printable, names[:most])), len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown


def plural(count, noun):
    """A number with its noun: "1 image", "2 images"."""
    return f"{count} {noun}{'s' * (count != 1)}"


def _escape(letter):
    if unicodedata.category(letter) != "Cc" and letter not in _BREAKS:
        return letter
    return letter.encode("unicode_escape").decode("ascii")
