"""The functions of ``import unit_tf``. Each imports what it needs when it is called.

Example:
  >>> import unit_tf
  >>> translator = unit_tf.load("blue_marble")
  >>> translator.translate("tile.png", direction="a2b").save("map.png")
"""

from unit_tf import presets
from unit_tf.config import ConfigError, check_options, named_settings
from unit_tf.resolve import overrides_from_keywords, resolve


def list_presets():
    """The named experiments that ``train`` and ``unit-train --preset`` know.

    Returns:
      {name: what it is for, in a sentence or two}.
    """
    return {name: preset.doc for name, preset in presets.PRESETS.items()}


def load(name, checkpoint="newest"):
    """A trained translator.

    Args:
      name: the name of a shipped translator, as ``"blue_marble"``; or a folder: the workdir of a
        training, or what ``Translator.save`` wrote.
      checkpoint: of a training: ``"newest"``, ``"best"`` (by the scores that
        ``run__score_every`` takes), or a step.

    Returns:
      Translator.

    Raises:
      UserError: there is none, or nothing in it is whole.
    """
    from unit_tf.training.checkpoint_choice import find_checkpoint
    from unit_tf.training.workdir import read_config, resolve_workdir

    workdir = resolve_workdir(name)  # TensorFlow takes seconds to import, a mistyped name none
    read_config(workdir)
    find_checkpoint(workdir, checkpoint)
    from unit_tf.inference.translator import Translator

    return Translator.from_preset(name, checkpoint)


def train(preset, workdir, settings=None, **keywords):
    """Trains an experiment to its last step, or goes on where it was stopped.

    Args:
      preset: a name from ``list_presets``; ``""`` for the defaults, which are the paper's.
      workdir: folder of checkpoints and logs. The same call again goes on in it.
      settings: {"section.field": value}, as the command's flags are called; or None.
      **keywords: the same as keywords, ``section__field=value``.

    Returns:
      Translator, with the weights that the training ended with.

    Raises:
      UserError: a setting, the data or the folder cannot be used.
      training.loop.Diverged: a loss or a weight is no longer finite.
      KeyboardInterrupt: Ctrl-C came; the state has been saved.

    Example:
      >>> translator = train("blue_marble_quick", "runs/quick", run__steps=1000)
    """
    overrides = _overrides(settings, keywords)
    return _trained(resolve(preset, overrides), workdir, overrides)


def compress(
    workdir, output, budget_gmac=None, size=256, checkpoint="newest", settings=None,
    direction="a2b", **keywords,
):  # fmt: skip
    """Trains a small network that imitates a translator in one direction, as unit-compress does.

    Args:
      workdir: the teacher: a training's folder, what ``Translator.save`` wrote, or the name of a
        shipped translator.
      output: folder of the student's training. The same call again goes on in it.
      budget_gmac: 10^9 multiply-adds that one translation may take; the student is as wide as
        that allows. None for 1, or for what a given ``model__width`` takes.
      size: side in pixels of the square image that the budget is for.
      checkpoint: the teacher's, as ``load`` takes it.
      direction: ``"a2b"`` or ``"b2a"``, which the student translates in.
      settings, **keywords: as ``train``'s, on top of preset ``student`` and the teacher's data.

    Returns:
      Translator, the student.

    Raises:
      as ``train``; UserError also where the teacher or the budget cannot be used.

    Example:
      >>> small = compress("runs/mine", "runs/small", budget_gmac=0.5)
    """
    from unit_tf.inference.students import (
        CompressionRequest,
        folder_named_output,
        student_experiment,
    )

    overrides = _overrides(settings, keywords)
    places = workdir, output, budget_gmac, size, checkpoint
    compression = student_experiment(CompressionRequest(*places, overrides, direction))
    with folder_named_output():
        return _trained(compression.config, output, compression.given, compression.keep_teacher)


def _overrides(settings, keywords):
    """{"section.field": value} of both ways to give them."""
    overrides = overrides_from_keywords(keywords)
    for name, value in named_settings("settings", settings or {}).items():
        if name in overrides:
            raise ConfigError(f"--{name}: given twice, as a keyword and in settings")
        overrides[name] = value
    return overrides


def _trained(config, workdir, given, prepare=lambda: None):
    """The Translator of an experiment that is trained to its end; as ``train``."""
    from unit_tf.evaluation.checkpoint_scores import scorer_for
    from unit_tf.report.write_report import report_writer
    from unit_tf.training import run

    try:
        hooks = dict(after_save=report_writer(workdir), make_scorer=scorer_for)
        trainer = run.train(config, workdir, **hooks, given=tuple(given), prepare=prepare)
    except run.Stopped as stop:
        raise KeyboardInterrupt(f"{workdir}: saved; the same call goes on") from stop
    return _translator_of(trainer, workdir)


def _translator_of(trainer, workdir):
    """What ``load(workdir)`` gives after a training, of the trainer's own networks where they fit.

    Those of several replicas, or of another precision than float32, are built anew.
    """
    from unit_tf.inference.load import LoadedTranslator
    from unit_tf.inference.translator import Translator
    from unit_tf.training import checkpoints

    method = checkpoints.with_averages(trainer)
    if method is None:
        return load(workdir)
    step = int(trainer.step.numpy())
    source = checkpoints.list_checkpoints(workdir)[-1]
    return Translator(LoadedTranslator(trainer.config, method, step, source))


def evaluate(workdir, **options):
    """Scores a trained method on the held-out images of its data.

    Args:
      workdir: a training's folder, or the name of a shipped translator.
      **options: fields of ``EvaluationRequest``: ``output`` (the workdir unless given), ``limit``,
        ``resize`` (``"trained"`` scales images as training did),
        ``checkpoint`` (``"newest"``, ``"best"`` or a step),
        ``data`` (where the images are now, {"data.test_dir_a": folder}), ``seed``,
        ``inception_weights`` and others.

    Returns:
      EvaluationReport: ``directions``, {"a2b": {score: ...}}, and the other fields of
      OUTPUT/evaluation.json, which is written with grids of images beside it.

    Raises:
      UserError: what was asked for cannot be; nothing is written.
    """
    from unit_tf.evaluation import evaluate_workdir
    from unit_tf.evaluation.request import EvaluationRequest

    check_options(options, EvaluationRequest, given=("workdir",))
    return evaluate_workdir.evaluate(EvaluationRequest(workdir, **options))
