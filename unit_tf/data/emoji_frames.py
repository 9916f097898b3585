"""Fluent emoji as images in a common frame: which ones, which are held out, how they are framed.

tools/prepare_emoji.sh writes them as data sets. An emoji's stem is its code points in hexadecimal,
as the packages name their files: ``1f468-200d-1f4bb``.
"""

import hashlib
import io
import math
import re

from PIL import Image

from unit_tf.data.base import DataError

RENDERED = 512  # side of a rasterised SVG
SPAN, VISIBLE = 7 / 8, 127  # an emoji's longer side over the image's; alpha above which it is seen
FAINT, FULL = 0.1, 0.9  # edge probabilities that become white and black
TEST_SHARE = 0.12
SKIN_TONES, LETTERS = range(0x1F3FB, 0x1F400), range(0x1F1E6, 0x1F200)  # two letters are a flag
FLAG_BASES = (0x1F3F3, 0x1F3F4)  # white and black flags, with what is made of them

LICENCE = """\
Fluent emoji are Microsoft's, and LobeHub packs them for npm. Both give them under the MIT licence:

Copyright (c) Microsoft Corporation.
Copyright (c) 2023 LobeHub

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def is_wanted(stem):
    """Whether an emoji is neither a flag nor of a skin tone."""
    codes = [int(code, 16) for code in re.split("[-_]", stem)]
    return codes[0] not in FLAG_BASES and not any(c in SKIN_TONES or c in LETTERS for c in codes)


def is_held_out(stem):
    """Whether an emoji is for testing: by a hash of its first code point, which variants share."""
    first = re.split("[-_]", stem)[0]
    digest = hashlib.sha256(f"emoji {first}".encode()).digest()
    return int.from_bytes(digest[:4], "big") < TEST_SHARE * 2**32


def rasterise(svg):
    """RGBA image [RENDERED, RENDERED] of an SVG file's bytes.

    Raises:
      DataError: there is no resvg-py, or it cannot read this.
    """
    try:
        import resvg_py
    except ImportError:
        raise DataError("SVG needs resvg-py; pip install -e '.[demo]'") from None
    side = {"width": RENDERED, "height": RENDERED}
    try:
        # Fonts differ from machine to machine.
        png = resvg_py.svg_to_bytes(svg_string=svg.decode(), skip_system_fonts=True, **side)
    except ValueError as error:
        raise DataError(f"not an SVG ({error})") from None
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def open_3d(data):
    """RGBA image of a WebP file's bytes."""
    return Image.open(io.BytesIO(data)).convert("RGBA")


def framed(image, size):
    """What is visible of an image, in the middle of white.

    Two renderings of one emoji lie on each other, since the longer side is always SPAN of the size.

    Args:
      image: RGBA, of any size.
      size: side in pixels.

    Returns:
      RGB image [size, size]; all of a transparent image.
    """
    seen = image.getchannel("A").point([255 * (alpha > VISIBLE) for alpha in range(256)]).getbbox()
    left, top, right, bottom = seen or (0, 0, *image.size)
    side = max(right - left, bottom - top) / SPAN
    x, y = (left + right - side) / 2, (top + bottom - side) / 2
    column, row = math.floor(x), math.floor(y)
    # Beyond the image a crop is transparent. Whole pixels first, the rest as it is scaled.
    crop = image.crop((column, row, math.ceil(x + side), math.ceil(y + side)))
    box = (x - column, y - row, x - column + side, y - row + side)
    crop = crop.resize((size, size), Image.Resampling.BICUBIC, box=box)
    white = Image.new("RGBA", crop.size, "white")
    white.alpha_composite(crop)
    return white.convert("RGB")


def as_drawing(edges, size):
    """Dark lines on white.

    Args:
      edges: grey image of edge probabilities times 255.
      size: side in pixels.

    Returns:
      grey image [size, size].
    """
    blacks = [(p / 255 - FAINT) / (FULL - FAINT) for p in range(256)]
    drawing = edges.point([255 - round(255 * min(max(black, 0), 1)) for black in blacks])
    return drawing.resize((size, size), Image.Resampling.BICUBIC)


def licences(packages):
    """The text that goes with the images, of the packages' package.json as dicts."""
    lines = ["The images in this folder are made from npm packages:", ""]
    for package in packages:
        fields = (package.get(key, "?") for key in ("name", "version", "license", "author"))
        lines.append(", ".join(map(str, fields)))
    return "\n".join(lines) + "\n\n" + LICENCE
