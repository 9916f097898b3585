"""Files of several images on their way through a command: animations, tiffs of pages, videos.

Which a file is, is known by its content, of a video by its extension. An animation or a
tiff that the result's format cannot hold is translated by its first frame or page; a video is
refused there.
"""

import functools
import typing

from PIL import Image

from unit_tf.config import name_some
from unit_tf.config.value_range import OWN
from unit_tf.data.animations import FRAMES, PAGES, Animation, find_animation, read_animation
from unit_tf.data.base import Unusable
from unit_tf.data.image_limits import USUAL, TooLarge, refuse_large
from unit_tf.data.images import BadImage, from_pillow, read_encoded
from unit_tf.data.regular_files import LARGEST, open_regular_file
from unit_tf.data.value_ranges import recorder
from unit_tf.inference.decoded_images import DecodedImages
from unit_tf.inference.video_files import (
    VIDEOS,
    Video,
    is_video_name,
    missing_programs,
    open_video,
    read_video,
)

# An animated gif becomes a webp: all its colours, and every browser shows it.
ANIMATED = ".webp"
ANIMATIONS = frozenset((ANIMATED, ".png", ".gif"))
TIFFS = frozenset((".tif", ".tiff"))
# Bytes of each pixel of all frames until a result is written. Measured on 100 grainy frames of
# 600x600: 0.74, which have been encoded, 1.52, and 7.56, as Pillow's writer of png takes a list.
_HELD = {".webp": 1, ".gif": 2, ".png": 8}
_LONGEST = 16383  # pixels of a side of a webp
NAMED = 20  # clips in messages
_DECODED = 6  # bytes a pixel of one frame of a video


class Clip(typing.NamedTuple):
    """A file of several images, all of which have been read.

    Attributes:
      held: Animation or Video. Its size is the largest image's, scaled as networks see it.
      milliseconds: how long each image is shown, of an animation alone.
    """

    held: Animation | Video
    milliseconds: tuple = ()

    @property
    def count(self):
        """How many images there are."""
        return self.held.count

    @property
    def moves(self):
        """Whether the images follow one another in time; pages do not."""
        return isinstance(self.held, Video) or self.held.kind == FRAMES


def video_extensions():
    """Extensions of videos that can be read on this machine."""
    return frozenset() if missing_programs() else VIDEOS


def holders(path):
    """Extensions of what holds all images of a file; none of a single image, nor of no image.

    Args:
      path: pathlib.Path.
    """
    if is_video_name(path):
        return ANIMATIONS | VIDEOS
    try:
        return _holders(_animation_of(path))
    except BadImage:  # an animation, and whoever reads it says what is wrong
        return ANIMATIONS | VIDEOS


def flicker_text(flickers):
    """The flicker of clips in words, to be put behind others; "" without one that has frames.

    Args:
      flickers: {path of a result: Flicker of it}.
    """
    said = []
    for path, flicker in flickers.items():
        score, share = flicker.score
        percent = f"{100 * share:.0f}" if share >= 0.01 else f"{100 * share:.1g}"
        found = f"{score:.2f} of 255 over the {percent}%" if share else "nothing is"
        said.append(f"{path.name} {found} at rest")
    return f"; flicker: {name_some(said, NAMED)}" if said else ""


def _animation_of(path, limits=USUAL):
    """The Animation in a file; None also where it cannot be opened, as whoever decodes it says.

    Raises:
      BadImage: its frames cannot be counted.
    """
    try:
        file = open_regular_file(path, LARGEST)
    except (OSError, ValueError):  # ValueError: a null byte in the name
        return None
    with file:
        return find_animation(file, limits, path)


def _holders(animation):
    if animation is None:
        return frozenset()
    return TIFFS if animation.kind == PAGES else ANIMATIONS | VIDEOS


class DecodedClips(DecodedImages):
    """The same, where a file may hold several images: all of them are read, and none is kept.

    Args:
      *arguments, **named: as DecodedImages takes them.

    Attributes:
      clips: {path: Clip} of those measured whose results hold all their images.
    """

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.clips = {}
        self._for_videos = set()  # paths whose results are videos, which want even sides

    def measure(self, path, target):
        """As DecodedImages'; of several images the size of the one of the longest side.

        Raises:
          BadImage: it cannot be decoded, one of its images cannot, or there are too many of them.
        """
        suffix = target.suffix.lower()
        if suffix in VIDEOS:
            self._for_videos.add(path)
        held = self._find(path, suffix)
        if held is None:
            return super().measure(path, target)
        longest, milliseconds = (0, 0), []
        for image, duration in self._images(path, held):
            self.sizes.add(image.shape[:2])
            milliseconds.append(duration)
            longest = max(longest, image.shape[:2], key=max)
            if isinstance(held, Video):  # all have been read by now
                break
        self._note_long(path, longest)
        self.clips[path] = Clip(held._replace(size=longest), tuple(milliseconds))
        return longest

    def images(self, path):
        """Yields the images of a Clip one after the other, uint8 [H, W, channels].

        Raises:
          BadImage: it has changed since it was read.
        """
        held, count = self.clips[path].held, 0
        for image, _ in self._images(path, held):
            count += 1
            yield image
        if count != held.count:
            raise BadImage(path, f"{count} frames where {held.count} were before")

    def _find(self, path, suffix):
        """The Animation or Video that a result of this extension holds whole; else None."""
        if is_video_name(path):
            held = open_video(path)
        elif suffix not in ANIMATIONS | VIDEOS | TIFFS:
            return None
        else:
            held = _animation_of(path, self._decoding_limits)
            if suffix not in _holders(held):
                return None
        try:
            self._refuse(held, suffix, self._size_of(path, held))
        except Unusable as error:
            raise BadImage(path, error, isinstance(error, TooLarge)) from None
        return held

    def _refuse(self, held, suffix, scaled):
        """Raises Unusable where one image, or all of them together, are too large."""
        height, width = scaled
        if suffix == ANIMATED and max(height, width) > _LONGEST:
            raise Unusable(
                f"frames of {height}x{width} pixels; {suffix} has at most {_LONGEST} "
                "a side; --output=NAME.png has more"
            )
        refuse_large(held.size, _DECODED, self._decoding_limits)
        need, have = held.count * height * width * _HELD.get(suffix, 0), self._limits
        if have.memory is not None and need > have.memory:
            raise TooLarge(
                f"{held.count} frames of {height}x{width} pixels take about "
                f"{need / 1e9:.1f} GB of memory as {suffix}, and {have.memory / 1e9:.1f} GB may "
                "be used (--max_memory_gb)"
            )

    def _images(self, path, held):
        """Yields (uint8 [H, W, channels], milliseconds)."""
        for image, milliseconds in self._images_as_stored(path, held):
            yield self._scaled(path, image, path in self._for_videos), milliseconds

    def _size_of(self, path, held):
        """(height, width) of an Animation's or a Video's images as networks see them."""
        if not self._scaling:
            return held.size
        return self._scaling.size_of(held.size, path in self._for_videos)

    def _images_as_stored(self, path, held):
        if isinstance(held, Video):
            frames = read_video(path, held.rate)
            return ((self._in_channels(frame), 0) for frame in frames)
        range_of = None if self._range == OWN else functools.partial(self._recorder, path)
        named = {"range_of": range_of, "limits": self._decoding_limits}
        return read_animation(read_encoded(path), held, self.channels, str(path), **named)

    def _recorder(self, path, page):
        return recorder(self._extents, (path, page), self._range)

    def _in_channels(self, frame):
        return frame if self.channels == 3 else from_pillow(Image.fromarray(frame), 1)

    def _decode(self, path, remark=None):
        if is_video_name(path):
            return next(self.images(path))
        return super()._decode(path, remark)
