"""Text of ``--resize``: to which size images are scaled before networks see them. Stdlib only."""

from unit_tf.config.fields import UserError

TRAINED = "trained"
_DIGITS = 9


def parse_resize(value):
    """What a command or a request says.

    Args:
      value: ``"trained"``, pixels of the shorter side as a number or as text; ``""`` or None.

    Returns:
      TRAINED, an int, or 0 for images as they are.

    Raises:
      UserError: it says nothing of that kind.
    """
    text = "" if value is None else str(value).strip()
    if text in ("", TRAINED):
        return text or 0
    if text.isascii() and text.isdigit() and len(text) <= _DIGITS:
        return int(text)
    raise UserError(f"--resize={value}: expected {TRAINED}, or the pixels of the shorter side")
