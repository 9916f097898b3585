"""What of an image file is taken where it holds more than one image of one or three bands."""

from unit_tf.config import name_some, plural
from unit_tf.data.tiff_values import UNREADABLE, first_tags, is_tiff

NAMED_IN_REMARKS = 20
_WIDTH, _BITS, _SAMPLES, _FORMAT = 256, 258, 277, 339
_KINDS = {1: "integers", 2: "signed integers", 3: "floats"}
_WORDS = {
    "TIFF": "page", "GIF": "frame", "PNG": "frame", "WEBP": "frame", "AVIF": "frame",
    "HEIF": "image",
}  # fmt: skip


def part_taken(image):
    """In words which part of a file is taken; "" where it is all of it.

    Args:
      image: Pillow image just opened, at its first frame; it is left there.
    """
    parts = []
    bands, taken = _bands(image), len(image.getbands())
    if bands > taken:
        parts.append(f"band 1 of {bands}" if taken == 1 else f"bands 1 to {taken} of {bands}")
    word = _WORDS.get(image.format)  # an MPO's further images are previews
    if word and (frames := _frames(image)) > 1:
        parts.append(f"{word} 1 of {frames}")
    return f"only {' and '.join(parts)} taken" if parts else ""


def layout(encoded):
    """In words what a TIFF holds that Pillow cannot read; "" where it is no TIFF.

    Args:
      encoded: the file's content.
    """
    if not is_tiff(encoded):
        return ""
    try:
        tags = first_tags(encoded)
        if _WIDTH not in tags:
            return ""
        bits, kinds = (tags.get(tag, (1,)) for tag in (_BITS, _FORMAT))
        bands = tags.get(_SAMPLES, 1)
        kind = _KINDS.get(kinds[0], "values")
        return f"{plural(bands, 'band')} of {bits[0]}-bit {kind}"
    except UNREADABLE:
        return ""


def remark_lines(remarks):
    """One line for each remark, with the files that it is about.

    Args:
      remarks: {name of a file: ``part_taken`` of it}.

    Returns:
      list of str; files without a remark are not counted.
    """
    files = {}
    for name, remark in remarks.items():
        if remark:
            files.setdefault(remark, []).append(name)
    return [
        f"{plural(len(names), 'image')}: {remark} ({name_some(names, NAMED_IN_REMARKS)})"
        for remark, names in files.items()
    ]


def _bands(image):
    tags = getattr(image, "tag_v2", {})
    bands = tags.get(_SAMPLES, 1)
    return bands if isinstance(bands, int) else 1


def _frames(image):
    """How many there are, as far as the file tells."""
    try:
        return image.n_frames
    except Exception:  # one of the others is broken
        return 1
    finally:
        image.seek(0)
