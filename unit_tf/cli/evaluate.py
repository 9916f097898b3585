"""Scores a translator on the held-out images of its data.

Pairs get L1, PSNR and SSIM, beside the best constant colour and the untouched input; images that
are no pairs get KID by EfficientNet-Lite0, with the extra "scores".

A method that classifies gets accuracies and confusion matrices instead, of both domains. For a
method with styles it also measures how different the translations of one image are: 38 of each of
up to 100 images, for which --limit=10 is quicker. With --inception_weights there are FID and KID by
InceptionV3, between translations and real test images of the other domain. For faces
(data.source=avatars) it tells how many translations show the attribute.

  unit-evaluate --workdir=DIR [--output=DIR] [--limit=N] [--resize=trained]
                [--inception_weights=FILE]

Prints a table for each direction, the step that was scored and, as the last line, the whole report
as JSON. --checkpoint=best|STEP scores another checkpoint than the newest. Writes
evaluation.json and grids of images to --output, which a shipped translator needs. The data are
those of the training; if they have moved, say where with --data.*.
"""

import functools
import sys

from absl import flags as absl_flags

from unit_tf.cli import flags, quiet
from unit_tf.evaluation.request import EvaluationRequest
from unit_tf.weight_files import FETCHED

FLAGS = flags.new_flags()
FILES = {
    "lpips_weights": "methods with styles: LPIPS' linear weights, .npz of tools/convert_lpips.sh",
    "vgg_weights": "methods with styles: VGG16 for LPIPS: torchvision's weights, .npz of "
    f"tools/convert_lpips.sh; or Keras' own, .h5 or {FETCHED} to let Keras download them, which "
    "give other numbers",
    "classifier": "methods with styles: Keras model (.keras) with a softmax over the target "
    "domain's classes, for the Inception Scores; reads images in [0, 1]",
    "inception_weights": "FID and KID: Keras' InceptionV3 weights without its classifier, .h5; or "
    f"{FETCHED} to let Keras download them. Not comparable with FIDs of TF-slim's Inception",
}
absl_flags.DEFINE_string(
    "workdir", None, "folder of a training, or a shipped translator's name", flag_values=FLAGS
)
absl_flags.DEFINE_string("output", None, "folder for the results; --workdir's", flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "limit", None, "at most this many images a direction", lower_bound=1, flag_values=FLAGS
)
absl_flags.DEFINE_string(
    "resize", None, "trained: scale each held-out image first as training did; N: scale it until "
    "its shorter side has N pixels", flag_values=FLAGS,
)  # fmt: skip
flags.define_places(FLAGS)
flags.define_checkpoint(FLAGS)
flags.define_style_seed(FLAGS)
for _name, _text in FILES.items():
    absl_flags.DEFINE_string(_name, None, _text, flag_values=FLAGS)


def main():
    """Evaluates what the flags name."""
    flags.require(FLAGS, "workdir")
    request = EvaluationRequest(
        workdir=FLAGS.workdir,
        output=FLAGS.output,
        limit=FLAGS.limit,
        resize=FLAGS.resize,
        data=flags.config_overrides(FLAGS, "data."),
        seed=FLAGS[flags.STYLE_SEED].value,
        checkpoint=FLAGS.checkpoint,
        **{name: FLAGS[name].value for name in FILES},
    )
    request.check()  # before numpy is imported
    from unit_tf.evaluation.evaluate_workdir import evaluate

    say = functools.partial(print, flush=True)
    note = functools.partial(print, file=sys.stderr)
    report = evaluate(request, say, quiet.start_tensorflow, note)
    print(report.to_json())


def run():
    """The command ``unit-evaluate``."""
    sys.exit(flags.run(main, FLAGS, __doc__))


if __name__ == "__main__":
    run()
