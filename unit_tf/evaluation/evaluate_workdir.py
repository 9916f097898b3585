"""Evaluates the trained method in a folder, on the held-out images of its data."""

import os

from unit_tf.config import UserError, output_path
from unit_tf.data import datasets
from unit_tf.data.base import DataError, Unusable, with_test_images
from unit_tf.data.image_limits import Limits
from unit_tf.data.registry import find_source
from unit_tf.data.scaling import scaling_of
from unit_tf.evaluation.evaluators.passes import domains_of, held_out, passes_of
from unit_tf.evaluation.evaluators.registry import evaluators_for
from unit_tf.evaluation.evaluators.run_passes import evaluate_pass
from unit_tf.evaluation.report import report_of, scored_line
from unit_tf.files import write_refusal
from unit_tf.methods.registry import find_method
from unit_tf.resolve import check, with_test_folders
from unit_tf.training import workdir as workdir_lib
from unit_tf.training.checkpoint_choice import find_checkpoint


def evaluate(
    request,
    say=lambda text: None,
    start_tensorflow=lambda: None,
    note=lambda line: None,
):
    """Measures whatever applies to the method and its data, and writes what it found.

    Everything that can be refused is, before the first image is translated.

    Args:
      request: EvaluationRequest.
      say: called with each direction's tables, as soon as they are there, and at the end with the
        step that was scored.
      start_tensorflow: called before TensorFlow is imported; commands keep its start quiet so.
      note: called with each line about the data, such as which images were left out.

    Returns:
      EvaluationReport. evaluation.json and the images are in the output folder.

    Raises:
      UserError: the request, the data or the trained method cannot be used; one line.
    """
    request.check()
    workdir = workdir_lib.resolve_workdir(request.workdir)
    output = output_folder(request.output, workdir)
    config = workdir_lib.read_config(workdir)
    find_checkpoint(workdir, request.checkpoint)
    spec = find_method(config.model.method)
    scaling = _scaling(request.resize, config, spec)  # by the images of training, not of now
    config = check(with_test_folders(config, request.data).replace(dict(request.data)))
    evaluators = evaluators_for(request, config, spec, output)
    if find_source(config.data.source).needs_tensorflow:
        start_tensorflow()
    data = _open_test_images(config, spec, evaluators, scaling)
    for line in data.notes:
        note(line)
    start_tensorflow()
    from unit_tf.inference import load as load_lib

    loaded = load_lib.load(workdir, request.checkpoint)
    for evaluator in evaluators:
        evaluator.prepare()
    results = {}
    for work in passes_of(loaded.method, data, request.limit):
        results[work.name] = evaluate_pass(work, evaluators)
        say(results[work.name].text)
    say(scored_line(loaded))
    report = report_of(config, loaded, results, (*data.notes, *_one_sided(config, spec)))
    report.write(output)
    return report


def output_folder(asked, workdir):
    """The folder for the results; a package's own files are not ours to add to.

    Args:
      asked: path, or None for the workdir.
      workdir: pathlib.Path of a folder.

    Returns:
      pathlib.Path; need not exist.

    Raises:
      UserError: it is a file, or it or the workdir is not for writing into.
    """
    output = output_path(asked) if asked else workdir
    foreign = workdir_lib.PRETRAINED in workdir.resolve().parents
    if not asked and (foreign or not os.access(workdir, os.W_OK)):
        raise UserError(f"--output is required: {workdir} is not for writing into")
    if reason := write_refusal(output):
        raise UserError(f"--output={output}: cannot be written to ({reason})")
    return output


def _one_sided(config, spec):
    """A note for a method with one direction, so that nobody looks for the other."""
    directions = spec.directions_of(config.model)
    if len(directions) == 1:
        yield f"method {spec.name} translates {directions[0]} alone"


def _scaling(resize, config, spec):
    """The Scaling that a request asks for; None for images as they are."""
    scaling = scaling_of(resize, config.data)
    if scaling and spec.labelled:
        raise UserError(f"--resize={resize}: method {spec.name} takes images of one size alone")
    return scaling


def _open_test_images(config, spec, evaluators, scaling):
    """Data whose test images suffice for every evaluator."""
    data = datasets.open_data(config.data, held_out_only=True)
    directions = spec.directions_of(config.model)
    if not any(held_out(data, domain) for domain in domains_of(spec.labelled, directions)):
        raise UserError("no test images; name some with --data.test_dir_a or _b")
    if scaling:
        notes = *data.notes, f"test images are scaled first: {scaling}"
        data = _scaled(data, scaling, config.data.max_megapixels)._replace(notes=notes)
    for evaluator in evaluators:
        evaluator.check(data, directions)
    return data


def _scaled(data, scaling, megapixels):
    """Data whose test images, and their truths, are scaled when they are loaded."""
    limits = Limits(megapixels, prefix="--data.")

    def scaled(image, name):
        try:
            return scaling.scaled(image, limits)
        except Unusable as error:
            raise DataError(f"{name}: {error}") from None

    return with_test_images(data, scaled)
