"""unit-export: a trained translator or classifier for TensorFlow Serving, phones and browsers.

  unit-export --workdir=DIR --output=DIR [--formats=saved_model,tflite,web] [--direction=a2b]
    [--image_size=256x256] [--tflite.quantization=float32,int8] [--web.litert=DIR]
    [--web.drawing_a=black_on_white]

Writes OUTPUT/serving/DIRECTION/VERSION/, OUTPUT/tflite/DIRECTION_SIZE_QUANTIZATION.tflite and
OUTPUT/web/ (--formats=web includes tflite). Each is loaded again and compared with the model before
it appears; OUTPUT/manifest.json says what it is. Classifiers and encoders of styles are written
too, named classify_b or encode_style_b where a DIRECTION stands. See docs/deploy.md.
"""

import functools
import sys

from absl import flags as absl_flags
from unit_tf.export.export_report import Progress
from unit_tf.export.export_request import DRAWINGS, FORMATS, QUANTIZATIONS, ExportRequest
from unit_tf.export.plan import make_plan

from unit_tf.cli import flags, quiet
from unit_tf.config import printable

FLAGS = flags.new_flags()

_define = functools.partial(absl_flags.DEFINE_string, flag_values=FLAGS)
_define("workdir", None, "folder of a training, or name of a shipped translator")
_define("output", None, "folder to write to")
_define("formats", "saved_model,tflite", f"{', '.join(FORMATS)}; comma-separated")
_define("direction", None, "a2b, b2a or both; default: those that the method has")
_define("image_size", None, "image size of tflite and web, HxW or one number, or dynamic; "
        "default: the training's, or its test tiles' where those are larger")  # fmt: skip
_define("tflite.quantization", "float32",
        f"{', '.join(QUANTIZATIONS)}; comma-separated; web takes the first")  # fmt: skip
_define("web.litert", None, "folder with the npm package @litertjs/core, for web")
for _domain in "ab":
    _define(f"web.drawing_{_domain}", "auto",
            f"how images of {_domain.upper()} are drawn on the page's pad: {', '.join(DRAWINGS)}; "
            "auto: as the data's source says, else black on white for one channel")  # fmt: skip
flags.define_checkpoint(FLAGS)
flags.define_places(FLAGS)


class Console(Progress):
    """Prints an export's lines, and its notes to stderr."""

    def wrote(self, line):
        print(printable(line), flush=True)

    def note(self, line):
        print(printable(line), file=sys.stderr)

    def converting(self):
        return quiet.filtered_stderr()


def requested():
    """The ExportRequest of the flags."""
    flags.require(FLAGS, "workdir", "output")
    places = flags.config_overrides(FLAGS)
    return ExportRequest(
        FLAGS.workdir, FLAGS.output, FLAGS.formats, FLAGS.direction, FLAGS.image_size,
        FLAGS["tflite.quantization"].value, FLAGS["web.litert"].value, places, FLAGS.checkpoint,
        FLAGS["web.drawing_a"].value, FLAGS["web.drawing_b"].value,
    )  # fmt: skip


def main():
    """Exports what the flags ask for; 1 where an artefact is not what the model is."""
    plan = make_plan(requested())
    quiet.start_tensorflow()
    from unit_tf.export.parity import ExportError
    from unit_tf.export.publish import export_plan

    try:
        export_plan(plan, Console())
    except ExportError as error:
        print(f"unit-export: {printable(error)}", file=sys.stderr)
        return 1


def run():
    """The console script."""
    code = flags.run(main, FLAGS, __doc__)
    quiet.close_stderr()  # LiteRT names its accelerators once more when the process ends
    sys.exit(code)


if __name__ == "__main__":
    run()
