"""Writes a contact sheet of test pairs of --data.source=avatars, one PNG an attribute.

  python tools/avatar_sheet.py --output=DIR [--size=64] [--seed=0]

A pair stands side by side: with the attribute, then without.
"""

import argparse
import pathlib

import numpy as np
from PIL import Image

from unit_tf.data.base import DataError
from unit_tf.data.sources.avatar_faces import ATTRIBUTES, sample_pairs
from unit_tf.data.sources.avatar_images import package_versions, render
from unit_tf.data.sources.avatars import SIZES
from unit_tf.files import atomic_path

ROWS, PAIRS = 6, 8
GAP = 4
COLORS = 128


def contact_sheet(attribute, size, seed):
    """ROWS x PAIRS test pairs on white, uint8 array [H, W, 3].

    Args:
      attribute: a key of ATTRIBUTES.
      size: pixels a face.
      seed: of the faces.
    """
    pairs = iter(sample_pairs(attribute, "test", ROWS * PAIRS, seed))
    height, width = size + GAP, 2 * size + GAP
    sheet = np.full((ROWS * height, PAIRS * width, 3), 255, np.uint8)
    for row in range(ROWS):
        for column in range(PAIRS):
            pair = np.concatenate([render(face, size) for face in next(pairs)], 1)
            top, left = row * height, column * width
            sheet[top : top + size, left : left + 2 * size] = pair
    return sheet


def main(argv=None):
    """Writes the sheets."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder of the PNGs")
    parser.add_argument("--size", type=int, default=64, help="pixels a face")
    parser.add_argument("--seed", type=int, default=0, help="of the faces")
    args = parser.parse_args(argv)
    low, high = SIZES
    if not low <= args.size <= high:
        parser.error(f"--size={args.size}: must be {low} to {high}")
    try:
        package_versions()
    except DataError as error:
        parser.error(str(error))
    for attribute in ATTRIBUTES:
        sheet = Image.fromarray(contact_sheet(attribute, args.size, args.seed))
        with atomic_path(args.output / f"{attribute}.png") as temporary:
            sheet.quantize(COLORS).save(temporary, optimize=True)


if __name__ == "__main__":
    main()
