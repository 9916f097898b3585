"""Translates images, animations and videos with a trained or a shipped translator.

  unit-translate --workdir=DIR|blue_marble --direction=a2b --input=FILE_OR_DIR --output=DIR
  unit-translate --workdir=DIR|blue_marble --direction=a2b --input=FILE --output=FILE.png

Results have their image's size, its name and its place below the folder. --resize=trained scales
images first, as training did with its own: for photographs much larger than the crops that it saw.
Linked folders are read too. Files that were there before are replaced, each at once. Formats stay
as they are (jpeg and webp at quality 95), but for gif, jp2, avif and heic, which become png. Every
input is read before the first result is written. A png, jpeg or tiff that is too large for the
memory is translated in overlapping tiles, with the result of the whole image; pip install
'unit_tf[large]' has what that needs. Any other is named and left out; then the exit code is 2.

Animated gif, webp, png and avif keep their frames and times; gif and avif become an animated webp,
for all its colours, and --output=NAME.gif, .png or .mp4 another. A tiff keeps its pages. mp4, mov,
mkv and webm need ffmpeg; their sound is copied.

Methods with styles translate in the middle one, or in many, each a file NAME_....EXT:

  --num_styles=K             K random styles, the same for every image: NAME_style00.EXT
  --style=FILE_OR_DIR        those of example images, NAME_EXAMPLE.EXT, and matrix.png
  --interpolate=K            K steps between two styles, NAME_frame00.EXT, and strip.png
"""

import contextlib
import sys

from absl import flags as absl_flags

from unit_tf.cli import flags, quiet
from unit_tf.config import printable
from unit_tf.methods.spec import DIRECTIONS

FLAGS = flags.new_flags()
COUNT = {"upper_bound": 100}  # two digits number results, so that names sort


def _define(kind, name, text, default=None, **bounds):
    getattr(absl_flags, f"DEFINE_{kind}")(name, default, text, flag_values=FLAGS, **bounds)


_define("string", "workdir", "folder of a training, or a shipped translator's name")
_define("string", "direction", "a2b or b2a")
_define("string", "input", "an image, an animation or a video, or a folder of them")
_define("string", "output", "folder for the translations, or a file for that of one image")
_define("bool", "skip_bad", "leave unreadable images out instead of stopping", default=False)
_define("integer", "shifts", "1, 2 or 4: translate the image at so many shifts along each side, "
        "and average; this calms clips, at 1, 4 or 16 times the cost", default=1)  # fmt: skip
_define("float", "temporal_smoothing", "clips: 0 to 1, weight of the frames before where the input "
        "is at rest", default=0.0, lower_bound=0, upper_bound=1)  # fmt: skip
_define("string", "resize", "trained: scale each image first as training did; N: scale it until "
        "its shorter side has N pixels. Examples of styles are scaled too, and nothing is tiled")
_define("integer", "max_megapixels", "millions of pixels that an image may have", default=89,
        lower_bound=1)  # fmt: skip
_define("float", "max_memory_gb", "gigabytes that one image may take; images that would take more "
        "are translated in tiles or left out, see above; default: what is free",
        lower_bound=0.01)  # fmt: skip
_define("integer", "num_styles", "methods with styles: so many random styles, the same for all "
        "images", lower_bound=1, **COUNT)  # fmt: skip
_define("string", "style", "methods with styles: images of the target domain whose styles to take; "
        "a file, a folder, or several of them, comma-separated")  # fmt: skip
_define("integer", "interpolate", "methods with styles: so many steps from one style to another, "
        "those of the two images of --style, else the first two random ones",
        lower_bound=2, **COUNT)  # fmt: skip
flags.define_checkpoint(FLAGS)
flags.define_style_seed(FLAGS)


def main():
    """Translates what the flags name; returns the exit code."""
    flags.require(FLAGS, "workdir", "direction", "input", "output")
    flags.choice(FLAGS, "direction", DIRECTIONS)

    from unit_tf.inference.file_translation import StyleRequest, TranslateRequest, prepare

    seed = FLAGS[flags.STYLE_SEED].value
    styles = StyleRequest(FLAGS.num_styles, FLAGS.style, FLAGS.interpolate, seed)
    places = FLAGS.workdir, FLAGS.direction, FLAGS.input, FLAGS.output
    limits = FLAGS.max_megapixels, FLAGS.max_memory_gb, FLAGS.checkpoint
    looks = FLAGS.shifts, FLAGS.temporal_smoothing, FLAGS.resize
    translation = prepare(TranslateRequest(*places, FLAGS.skip_bad, styles, *limits, *looks))
    # Only now: TensorFlow takes seconds to import, and a mistyped path should not.
    quiet.start_tensorflow()
    from unit_tf.inference import load as load_lib

    loaded = load_lib.load(translation.workdir, FLAGS.checkpoint)
    load_lib.require_translator(loaded)
    with contextlib.closing(translation.write(loaded.method)) as written:
        for path in written:
            print(printable(path), flush=True)
    print(printable(translation.summary(loaded)))
    return 2 if translation.failed else 0


def run():
    """The command ``unit-translate``."""
    sys.exit(flags.run(main, FLAGS, __doc__))


if __name__ == "__main__":
    run()
