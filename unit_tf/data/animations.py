"""Files of several images: animations frame by frame as they are shown, documents page by page.

Frames are read one after the other and never held together. Those of a gif, webp, png or avif are
composed as a viewer shows them: partial ones are laid over what is left of those before. Pages of a
tiff are images of their own, of any size; its previews and masks are no pages.
"""

import io
import typing

from unit_tf.data.cut_gif import lacks_end
from unit_tf.data.image_limits import USUAL, allow
from unit_tf.data.images import BadImage, decode, from_pillow, open_header, tame_warnings
from unit_tf.data.tiff_values import find_pages, from_page, is_tiff

FRAMES, PAGES = "frames", "pages"
_ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")


class Animation(typing.NamedTuple):
    """What the headers of a file of several images say.

    Attributes:
      kind: FRAMES or PAGES.
      count: how many there are, at least 2.
      size: (height, width); the first page's where pages differ.
      plays: how often all frames are shown, 0 for ever; of pages 1.
    """

    kind: str
    count: int
    size: tuple
    plays: int


class Frame(typing.NamedTuple):
    """One image of several.

    Attributes:
      image: uint8 [H, W, channels].
      milliseconds: how long it is shown; of pages 0.
    """

    image: typing.Any
    milliseconds: float


def find_animation(file, limits=USUAL, name=""):
    """The Animation that a file holds; None of a single image, and of what is none.

    Args:
      file: binary file. Of a tiff its directories alone are read.
      limits: Limits of an image's size.
      name: what to call it in messages.

    Raises:
      BadImage: it has frames that cannot be counted, or is a gif that was cut off between them.
    """
    tame_warnings()
    allow(limits)
    file.seek(0)
    if is_tiff(file.read(4)):
        return _find_pages(file)
    try:
        file.seek(0)
        image = open_header(file)
    except Exception:  # Pillow's plugins raise nearly anything on malformed bytes
        return None
    if image is None or image.format not in _ANIMATED:
        return None
    try:
        count = image.n_frames - _is_hidden(image)
    except Exception:
        raise BadImage(name, "truncated or corrupt (its frames cannot be counted)") from None
    # Where the cut is behind its first frame, that it would be repeated tells an animation.
    if image.format == "GIF" and (count > 1 or "loop" in image.info) and lacks_end(file):
        raise BadImage(name, "cut off: its last block is missing")
    size = image.height, image.width
    return Animation(FRAMES, count, size, _plays(image)) if count > 1 else None


def read_animation(encoded, animation, channels, name, range_of=None, limits=USUAL):
    """Reads the images of a file.

    Args:
      encoded: the file's content.
      animation: Animation that it holds.
      channels: 3 for RGB, 1 for luma.
      name: what to call the file in messages.
      range_of: (number of an image) -> ``value_range`` of ``decode``; None for the range of their
        type.
      limits: Limits of an image's size.

    Yields:
      Frame, ``animation.count`` of them.

    Raises:
      BadImage: one cannot be read.
    """
    read = _pages if animation.kind == PAGES else _frames
    word = "page" if animation.kind == PAGES else "frame"
    done = 0
    try:
        for frame in read(encoded, channels, range_of, limits):
            yield frame
            done += 1
    except BadImage as error:
        where = f"{word} {done + 1} of {animation.count}: {error.reason}"
        raise BadImage(name, where, error.too_large) from None


def _frames(encoded, channels, range_of, limits):
    del limits  # frames are as large as the file's header says
    image = open_header(io.BytesIO(encoded))
    hidden = _is_hidden(image)
    for k in range(hidden, image.n_frames):
        try:
            image.seek(k)
        except Exception as error:
            raise BadImage("", f"truncated or corrupt ({error or type(error).__name__})") from None
        pixels = from_pillow(image, channels, value_range=range_of(k) if range_of else None)
        yield Frame(pixels, image.info.get("duration") or 0)


def _pages(encoded, channels, range_of, limits):
    for k, start in enumerate(find_pages(io.BytesIO(encoded))):
        chosen = range_of(k) if range_of else None
        page = from_page(encoded, start)
        yield Frame(decode(page, channels, "page", value_range=chosen, limits=limits), 0)


def _find_pages(file):
    sizes = list(find_pages(file).values())
    return Animation(PAGES, len(sizes), sizes[0], 1) if len(sizes) > 1 else None


def _is_hidden(image):
    """Whether the first image of an animated png is for viewers that show no animations."""
    return int(bool(image.info.get("default_image")))


def _plays(image):
    """How often an animation is shown; a gif says how often it is repeated, or nothing."""
    if image.format == "GIF":
        repeats = image.info.get("loop")
        return 1 if repeats is None else repeats + bool(repeats)
    return image.info.get("loop", 0)
