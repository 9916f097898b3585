"""unit-export: a trained translator or classifier for TensorFlow Serving, phones and browsers.

  unit-export --workdir=DIR --output=DIR [--formats=saved_model,tflite,web] [--direction=a2b]
    [--image_size=256x256] [--tflite.quantization=float32,int8] [--web.litert=DIR]

Writes OUTPUT/serving/DIRECTION/VERSION/, OUTPUT/tflite/DIRECTION_SIZE_QUANTIZATION.tflite and
OUTPUT/web/, each only after it was loaded again and compared with the model, and says in
OUTPUT/manifest.json what they are. --formats=web includes tflite. A method that classifies has its
target's classifier written too, as classify_b where a DIRECTION stands. Of a method with styles the
TFLite models of translators take one, and others, encode_style_b and the like, read it in images.
See docs/deploy.md.
"""

import os
import pathlib
import sys

from absl import flags as absl_flags
from unit_tf.export import manifest

from unit_tf import config as config_lib
from unit_tf.cli import flags
from unit_tf.resolve import check
from unit_tf.training import workdir as workdir_lib

FLAGS = flags.new_flags()
absl_flags.DEFINE_string(
    "workdir", None, "folder of a training, or name of a shipped translator", flag_values=FLAGS
)
absl_flags.DEFINE_string("output", None, "folder to write to", flag_values=FLAGS)
absl_flags.DEFINE_string(
    "formats", "saved_model,tflite", "saved_model, tflite, web; comma-separated", flag_values=FLAGS
)
absl_flags.DEFINE_string("direction", "both", "a2b, b2a or both", flag_values=FLAGS)
absl_flags.DEFINE_string(
    "image_size", None,
    "image size of tflite and web, HxW or one number, or dynamic; default: the training's",
    flag_values=FLAGS,
)  # fmt: skip
absl_flags.DEFINE_string(
    "tflite.quantization", "float32",
    "float32, float16, dynamic, int8, int8_float_norm; comma-separated; web takes the first",
    flag_values=FLAGS,
)  # fmt: skip
absl_flags.DEFINE_string(
    "web.litert", None, "folder with the npm package @litertjs/core, for web", flag_values=FLAGS
)
flags.define_places(FLAGS)

DIRECTIONS = {"a2b": ("a2b",), "b2a": ("b2a",), "both": ("a2b", "b2a")}
FORMATS = ("saved_model", "tflite", "web")
QUANTIZATIONS = ("float32", "float16", "dynamic", "int8", "int8_float_norm")


def chosen_names(flag, text, valid):
    """The names in a comma-separated flag, each once, as ordered there."""
    names = dict.fromkeys(name.strip() for name in text.split(","))
    for name in names:
        if name not in valid:
            hint = config_lib.nearest(name, valid)
            raise config_lib.UserError(f"--{flag}={text}: {name!r} is not valid{hint}")
    return tuple(names)


def chosen_image_size(text, config):
    """(height, width) of ``--image_size`` or of the training; None for ``dynamic``."""
    if text is None:
        return config.data.image_size
    if text == "dynamic":
        return None
    return config_lib.parse_value("image_size", config_lib.lookup("data.image_size"), text)


def output_folder(text):
    """The path of ``--output``, which need not exist but must be possible to write to."""
    output = pathlib.Path(text).expanduser()
    there = next(path for path in (output, *output.absolute().parents) if path.exists())
    if not there.is_dir():
        raise config_lib.UserError(f"--output={text}: {there} is not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise config_lib.UserError(f"--output={text}: no permission to write to {there}")
    return output


def litert_packages(formats, image_size, config):
    """web.writer.LiteRT where ``web`` is asked for, else None."""
    if "web" not in formats:
        return None
    from unit_tf.export.web.writer import litert_folders, refuse_page

    refuse_page(config)
    if image_size is None:
        raise config_lib.UserError("--image_size=dynamic: a page needs a fixed size, such as 256")
    if not FLAGS["web.litert"].value:
        raise config_lib.UserError(
            "--web.litert is required for --formats=web: the folder of `npm install "
            "--prefix FOLDER @litertjs/core`"
        )
    return litert_folders(FLAGS["web.litert"].value)


def main():
    """Checks the flags; the work is ``run.export``'s."""
    flags.require(FLAGS, "workdir", "output")
    formats = chosen_names("formats", FLAGS.formats, FORMATS)
    directions = DIRECTIONS[flags.choice(FLAGS, "direction", DIRECTIONS)]
    if FLAGS["direction"].using_default_value:
        directions = None
    text = FLAGS["tflite.quantization"].value
    quantizations = chosen_names("tflite.quantization", text, QUANTIZATIONS)
    output = output_folder(FLAGS.output)
    workdir = workdir_lib.resolve_workdir(FLAGS.workdir)
    config = workdir_lib.read_config(workdir)
    overrides = flags.config_overrides(FLAGS)
    config = check(config.replace(overrides))
    image_size = chosen_image_size(FLAGS.image_size, config)
    litert = litert_packages(formats, image_size, config)
    manifest.read(output)

    from unit_tf.cli import quiet

    quiet.start_tensorflow()
    from unit_tf.export import publish as work
    from unit_tf.export.plan import Plan

    plan = Plan(
        config.data, bool(overrides), output, formats, directions, image_size, quantizations, litert
    )
    return work.export(workdir, plan)


def run():
    """The console script."""
    sys.exit(flags.run(main, FLAGS, __doc__))


if __name__ == "__main__":
    run()
