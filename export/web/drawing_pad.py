"""Which images the page may be given as drawings, and in what colours. Imports no TensorFlow."""

import typing

from unit_tf.config import UserError
from unit_tf.data.registry import find_source
from unit_tf.methods.spec import DIRECTIONS

AUTO, NONE = "auto", "none"


class Pads(typing.NamedTuple):
    """The drawing pads of a page.

    Attributes:
      polarities: {domain: a name in data.spec.POLARITIES} of those that have one.
      notes: lines for the user, where a polarity is stated by nobody.
    """

    polarities: dict
    notes: tuple = ()


def pads_of(wanted, data, directions=DIRECTIONS):
    """The Pads of a page.

    ``auto`` goes by what the data's SourceSpec states. Where that states nothing, images of one
    channel get a pad, for they are seldom anything else; of three channels nothing is guessed.

    Args:
      wanted: {"a", "b": what ``--web.drawing_a`` and ``--web.drawing_b`` say}.
      data: DataConfig.
      directions: those that the page has.

    Raises:
      UserError: something is said of a domain that the page reads no image of.
    """
    polarities, notes = {}, []
    read = {direction[0] for direction in directions}
    for domain in sorted(wanted.keys() - read):
        if wanted[domain] != AUTO:
            raise UserError(
                f"--web.drawing_{domain}={wanted[domain]}: the page reads no image of {domain}, "
                f"as it translates {' and '.join(directions)} alone; leave it out"
            )
    for domain in sorted(read):
        polarity, is_stated = wanted[domain], True
        if polarity == AUTO:
            polarity, is_stated = _by_itself(domain, data)
        if polarity == NONE:
            continue
        polarities[domain] = polarity
        if not is_stated:
            notes.append(
                f"images of {domain} have one channel: the page has a drawing pad for them, "
                f"{polarity.replace('_', ' ')}; --web.drawing_{domain} changes that"
            )
    return Pads(polarities, tuple(notes))


def _by_itself(domain, data):
    """(polarity or NONE, whether it is stated) of a domain where nobody says."""
    source, is_grey = find_source(data.source), data.domain_channels(domain) == 1
    if domain in source.drawings:
        return source.drawings[domain], True
    if is_grey and source.grey_drawings:
        return source.grey_drawings, True
    return ("black_on_white", False) if is_grey else (NONE, True)
