"""Whether KID by EfficientNet-Lite0 tells what a score of realism should.

  python tools/reproduction/check_kid.py --images=emoji/3d --others=emoji/flat [--limit=400]

Splits a folder's images into halves by chance, and prints the KID of one half against the other as
it is, blurred, and with noise of rising strength, and against as many images of another folder. It
should be near 0 for the halves, rise with blur and noise, and be far from 0 for the other set.
"""

import pathlib
import sys

from absl import flags as absl_flags

import record_tables as tables
from unit_tf.cli import flags, quiet
from unit_tf.config import UserError

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("images", None, "folder of images", flag_values=FLAGS)
absl_flags.DEFINE_string("others", None, "folder of another artist's images", flag_values=FLAGS)
absl_flags.DEFINE_integer("limit", 400, "images of each folder", lower_bound=8, flag_values=FLAGS)
BLURS, NOISES = (0.5, 1, 2), (8, 16, 32)  # pixels; levels of 255


def read_images(flag, folder, limit, rng):
    """Reads at most ``limit`` images of a folder, in random order; list of uint8 [H, W, 3]."""
    from unit_tf.data.image_listing import list_images
    from unit_tf.data.images import decode

    paths = list_images(pathlib.Path(folder))
    if len(paths) < 8:
        raise UserError(f"--{flag}={folder}: {len(paths)} images; 8 or more are needed")
    return [decode(paths[i], 3) for i in rng.permutation(len(paths))[:limit]]


def worsened(images, rng):
    """Yields (what was done, images) for every blur and noise."""
    import numpy as np
    from PIL import Image, ImageFilter

    for radius in BLURS:
        blur = ImageFilter.GaussianBlur(radius)
        yield f"blurred by {radius}", [np.asarray(Image.fromarray(x).filter(blur)) for x in images]
    for level in NOISES:
        noisy = [np.clip(x + rng.normal(0, level, x.shape), 0, 255) for x in images]
        yield f"noise of {level}", [x.astype(np.uint8) for x in noisy]


def main():
    """Prints the table."""
    flags.require(FLAGS, "images", "others")
    quiet.start_tensorflow()
    import numpy as np

    from unit_tf.evaluation.features.efficientnet_lite0 import load_efficientnet_lite0
    from unit_tf.evaluation.metrics.kid import kid

    rng = np.random.default_rng(0)
    images = read_images("images", FLAGS.images, FLAGS.limit, rng)
    half = len(images) // 2
    others = read_images("others", FLAGS.others, half, rng)
    try:
        network = load_efficientnet_lite0()
    except ValueError as error:
        raise UserError(str(error)) from None
    one = network.features(images[:half])
    rows = []
    sets = [("the other half", images[half:]), *worsened(images[half:], rng), ("others", others)]
    for title, found in sets:
        score = kid(network.features(found), one)
        error = score["standard_error"]
        rows.append([title, f"{1000 * score['mean']:.1f} ± {1000 * error:.1f}"])
        print(" | ".join(rows[-1]), flush=True)
    print("\n".join(tables.markdown([f"{half} images against", "KID x 1000"], rows)))


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
