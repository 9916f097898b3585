"""Images of ``avatar_faces``: python-avatars composes a face as SVG, resvg-py rasterises it.

Both packages are imported only when a face is rendered. As a program this module is a worker of
``render_cache``: it reads a JSON line [size, [[part, ...], ...]] and writes the images' bytes,
until its input ends.
"""

import dataclasses
import importlib.metadata
import io
import json
import sys

import numpy as np
from PIL import Image

from unit_tf.data.base import DataError
from unit_tf.data.sources.avatar_faces import Face

# Raise it when ``render`` makes another image of the same face, so that caches are made anew.
VERSION = 1
PACKAGES = ("python-avatars", "resvg-py")
INSTALL = "pip install 'unit_tf[demo]' (or python-avatars resvg-py)"
# The square of the 264x280 canvas that is shown: head, hair and collar.
VIEW_BOX = "28 14 208 208"
_CANVAS = 'width="264px" height="280px" viewBox="0 0 264 280"'


def package_versions():
    """{package: version} of those that render.

    Raises:
      DataError: one is not installed.
    """
    try:
        return {name: importlib.metadata.version(name) for name in PACKAGES}
    except importlib.metadata.PackageNotFoundError as error:
        raise DataError(f"--data.source=avatars: {error.name} is missing; {INSTALL}") from None


def parts(face):
    """The face as a list of names, which Face(*names) takes back."""
    return list(dataclasses.astuple(face))


def render(face, size):
    """The image of a face.

    Args:
      face: avatar_faces.Face.
      size: pixels a side.

    Returns:
      uint8 array [size, size, 3].
    """
    import resvg_py

    svg = compose(face).replace(
        _CANVAS, f'width="{size}px" height="{size}px" viewBox="{VIEW_BOX}"', 1
    )
    png = resvg_py.svg_to_bytes(svg_string=svg, background=face.background, skip_system_fonts=True)
    with Image.open(io.BytesIO(bytes(png))) as image:
        return np.asarray(image.convert("RGB"))


def compose(face):
    """The face as SVG text. Every part is given, since the package's defaults may be random."""
    import python_avatars as pa

    return pa.Avatar(
        style=pa.AvatarStyle.TRANSPARENT,
        background_color=face.background,
        top=pa.HairType[face.hair],
        hat_color=pa.ClothingColor.HEATHER,
        eyebrows=pa.EyebrowType[face.eyebrows],
        eyes=pa.EyeType[face.eyes],
        nose=pa.NoseType[face.nose],
        mouth=pa.MouthType[face.mouth],
        facial_hair=pa.FacialHairType[face.beard],
        skin_color=pa.SkinColor[face.skin_color],
        hair_color=pa.HairColor[face.hair_color],
        facial_hair_color=pa.HairColor[face.hair_color],
        accessory=pa.AccessoryType[face.glasses],
        clothing=pa.ClothingType[face.clothing],
        clothing_color=pa.ClothingColor[face.clothing_color],
        shirt_graphic=pa.ClothingGraphic.NONE,
        shirt_text="",
    ).render()


def serve(lines, out):
    """Renders every request of ``lines`` to the binary stream ``out``."""
    for line in lines:
        size, faces = json.loads(line)
        out.write(b"".join(render(Face(*names), size).tobytes() for names in faces))
        out.flush()


if __name__ == "__main__":
    serve(sys.stdin, sys.stdout.buffer)
