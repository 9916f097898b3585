"""unit-export: a trained translator as SavedModels to serve and TFLite models to carry.

  unit-export --workdir=DIR --output=DIR [--formats=saved_model,tflite] [--direction=a2b]

Writes OUTPUT/serving/DIRECTION/VERSION/ and OUTPUT/tflite/DIRECTION_HxW_float32.tflite, each only
after it was loaded again and gave the model's own pictures.
"""

import os
import pathlib
import sys

from absl import flags as absl_flags

from unit_tf import config as config_lib
from unit_tf.cli import flags
from unit_tf.training import workdir as workdir_lib

FLAGS = flags.new_flags()
absl_flags.DEFINE_string(
    "workdir", None, "folder of a training, or name of a shipped translator", flag_values=FLAGS
)
absl_flags.DEFINE_string("output", None, "folder to write to", flag_values=FLAGS)
absl_flags.DEFINE_string(
    "formats", "saved_model,tflite", "what to write, comma-separated", flag_values=FLAGS
)
absl_flags.DEFINE_string("direction", "both", "a2b, b2a or both", flag_values=FLAGS)
absl_flags.DEFINE_string(
    "image_size", None, "tflite's picture size, HxW or one number; default: the training size",
    flag_values=FLAGS,
)  # fmt: skip

DIRECTIONS = {"a2b": ("a2b",), "b2a": ("b2a",), "both": ("a2b", "b2a")}


def write_saved_model(method, direction, output, image_size, pictures):
    """A SavedModel, for any picture size."""
    from unit_tf.export.saved_model import export_saved_model

    del image_size
    return export_saved_model(method, direction, output, pictures)


def write_tflite(method, direction, output, image_size, pictures):
    """A float32 TFLite model of one picture size."""
    from unit_tf.export.tflite import export_tflite, tflite_path

    path = tflite_path(output, direction, image_size)
    return export_tflite(method, direction, image_size, path, pictures)


FORMATS = {"saved_model": write_saved_model, "tflite": write_tflite}


def chosen_formats(text):
    """The names in ``--formats``, in the table's order, each once."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in FORMATS:
            hint = config_lib.nearest(name, FORMATS)
            raise config_lib.UserError(f"--formats={text}: {name!r} is not valid{hint}")
    return [name for name in FORMATS if name in names]


def chosen_image_size(text, config):
    """(height, width) of ``--image_size``, or of the training."""
    if text is None:
        return config.data.image_size
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


def main():
    """Checks the flags, loads the translator, writes and checks every format."""
    flags.require(FLAGS, "workdir", "output")
    formats = chosen_formats(FLAGS.formats)
    directions = DIRECTIONS[flags.choice(FLAGS, "direction", DIRECTIONS)]
    output = output_folder(FLAGS.output)
    workdir = workdir_lib.resolve_workdir(FLAGS.workdir)
    image_size = chosen_image_size(FLAGS.image_size, workdir_lib.read_config(workdir))

    from unit_tf.cli import quiet

    quiet.start_tensorflow()
    from unit_tf.export import parity

    loaded = workdir_lib.load_method(workdir)
    try:
        for direction in directions:
            pictures = parity.load_pictures(loaded.config.data, direction[0])
            if pictures.why_random:
                print(f"comparing on random pictures: {pictures.why_random}", file=sys.stderr)
            for name in formats:
                export = FORMATS[name]
                artefact = export(loaded.method, direction, output, image_size, pictures.arrays)
                print(describe(artefact, pictures.origin), flush=True)
    except parity.ExportError as error:
        print(f"unit-export: {error}", file=sys.stderr)
        return 1


def describe(artefact, origin):
    """The line that is printed for one artefact."""
    size = artefact.num_bytes / 1e6
    return f"{artefact.path}  {size:.2f} MB  max difference {artefact.difference:.1e} on {origin}"


def run():
    """The console script."""
    sys.exit(flags.run(main, FLAGS, __doc__))


if __name__ == "__main__":
    run()
