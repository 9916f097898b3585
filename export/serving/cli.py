"""Translates an image, or a folder of images, by a TensorFlow Serving model server.

  unit-serve-client --server=localhost:8500 --model=a2b --input=FILE_OR_DIR --output=DIR
  unit-serve-client --server=localhost:8501 --protocol=rest --model=a2b --input=... --output=...

The servers' configuration lies beside this file: docker-compose.yml. Images are read as by
unit-translate; results are PNG files with the same name and place below the folder, and those that
were there before are replaced. An image that fails does not stop the others: all failed ones are
named at the end. gRPC needs pip install 'unit_tf[serving]'.
"""

import dataclasses
import sys

from absl import flags as absl_flags
from unit_tf.export.serving.client_request import ClientRequest

from unit_tf.cli import flags, quiet
from unit_tf.config import printable

FLAGS = flags.new_flags(version=False)  # its own is the served model's


def _define(kind, name, default, text, **bounds):
    getattr(absl_flags, f"DEFINE_{kind}")(name, default, text, flag_values=FLAGS, **bounds)


_define("string", "server", None, "host:port; default localhost, port 8500 (grpc) or 8501 (rest)")
_define("string", "protocol", "grpc", "grpc or rest")
_define("string", "model", None, "the served model's name: a2b or b2a")
_define("string", "input", None, "an image, or a folder of them")
_define("string", "output", None, "folder for the translations; of one image also a .png file")
_define("string", "signature", "translate_bytes",
        "translate_bytes sends image files, serving_default floats: much larger")  # fmt: skip
_define("integer", "version", None, "ask this version; default: the latest", lower_bound=0)
_define("string", "label", "", "ask the version that has this label, such as stable")
_define("integer", "batch_size", 4, "images in a request, at most", lower_bound=1)
_define("integer", "concurrency", 4, "requests at a time", lower_bound=1)
_define("float", "deadline", 30.0, "seconds to wait for an answer, each try", lower_bound=0.001)
_define("integer", "retries", 3, "further tries where the server is busy, gone or too slow",
        lower_bound=0)  # fmt: skip
_define("bool", "tls", False, "encrypt; an authority of your own: "
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH (grpc) or REQUESTS_CA_BUNDLE (rest)")  # fmt: skip
_define("string", "value_range", "own", "black and white of images of more than 8 bits: LOW,HIGH "
        "as in manifest.json; own: each image's type says it")  # fmt: skip
_define("integer", "resize", 0, "N scales each image first, until its shorter side has N pixels; "
        "trained_scale in manifest.json is the training's N; 0 leaves images as they are",
        lower_bound=0)  # fmt: skip


def main():
    """Translates what the flags name."""
    flags.require(FLAGS, "model", "input", "output")
    names = [field.name for field in dataclasses.fields(ClientRequest)]
    request = ClientRequest(**{name: FLAGS[name].value for name in names})

    from unit_tf.export.serving import client  # imports numpy

    report = client.translate(request, before_tensorflow=quiet.start_tensorflow)
    for line in report.remarks:
        print(line, file=sys.stderr)
    print(printable(report.summary))
    report.check()


def run():
    """The command ``unit-serve-client``."""
    sys.exit(flags.run(main, FLAGS, __doc__))


if __name__ == "__main__":
    run()
