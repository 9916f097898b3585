"""From a trained translator and a budget to the experiment of a student that imitates it.

Imports no TensorFlow before the request has been checked.
"""

import contextlib
import dataclasses
import functools
import pathlib
import typing

from unit_tf.config import ExperimentConfig, UserError, user_path
from unit_tf.methods.translation.teachers import check_teacher
from unit_tf.models.student_sizes import student_multiply_adds, width_within
from unit_tf.resolve import resolve
from unit_tf.training.checkpoint_choice import NEWEST, find_checkpoint
from unit_tf.training.workdir import (
    CONFIG,
    TRANSLATOR,
    other_settings,
    read_config,
    resolve_workdir,
)

PRESET = "student"
TEACHER = "teacher"
GIGA = 1e9
BUDGET_GMAC = 1.0
# Settings that a flag of unit-compress chooses.
FOLLOWING = {"model.teacher": "workdir", "model.direction": "direction"}


@dataclasses.dataclass(frozen=True)
class CompressionRequest:
    """What ``unit-compress`` and ``unit_tf.compress`` are asked for.

    Attributes:
      workdir: the teacher: a training's folder, what Translator.save wrote, or a shipped name.
      output: folder of the student's training.
      budget_gmac: 10^9 multiply-adds that one translation may take; None for BUDGET_GMAC, or for
        whatever a given ``model.width`` takes.
      size: side in pixels of the square image that the budget is for.
      checkpoint: of the teacher: ``"newest"``, ``"best"`` or a step.
      settings: {"section.field": value} that the user gave.
      direction: ``"a2b"`` or ``"b2a"``, which the student translates in.
    """

    workdir: str
    output: str
    budget_gmac: float | None = None
    size: int = 256
    checkpoint: str = NEWEST
    settings: dict = dataclasses.field(default_factory=dict)
    direction: str = "a2b"


class Compression(typing.NamedTuple):
    """A student's training, checked and not begun.

    Attributes:
      config: ExperimentConfig.
      multiply_adds: of one translation.
      given: names of the settings that nothing else may choose: the user's and the width.
      keep_teacher: (start_tensorflow) writes the teacher into the student's folder, so that any
        stop can be resumed. The devices of the training should be set before, and its data open.
    """

    config: ExperimentConfig
    multiply_adds: int
    given: tuple
    keep_teacher: typing.Callable


def student_experiment(request):
    """The student's training; nothing is written yet.

    Args:
      request: CompressionRequest.

    Returns:
      Compression.

    Raises:
      UserError: the teacher, the folder, the budget or a setting cannot be used.
    """
    workdir = resolve_workdir(request.workdir)
    theirs = read_config(workdir)
    find_checkpoint(workdir, request.checkpoint)
    kept = _place_of_teacher(request, theirs)
    config = _configured(request, theirs, kept)
    check_teacher(f"--workdir={request.workdir}", theirs, config)
    config, cost = _within_budget(request, config)
    keep = functools.partial(_keep, request, workdir, kept)
    return Compression(config, cost, (*request.settings, "model.width"), keep)


@contextlib.contextmanager
def folder_named_output():
    """Names a folder that a training refuses by ``--output``, as it is called here."""
    try:
        yield
    except UserError as error:
        flag, is_refused, rest = str(error).partition("--workdir=")
        if flag or not is_refused:
            raise
        raise UserError(f"--output={rest}") from None


def find_teacher(workdir, config):
    """The folder of the teacher that a student had, which only training needs.

    Args:
      workdir: folder of the student's training.
      config: its ExperimentConfig.

    Returns:
      pathlib.Path; None where there is none any more, or another translator in its place.
    """
    folders = [pathlib.Path(workdir, TEACHER)]
    if config.model.teacher:
        folders.append(pathlib.Path(config.model.teacher))
    return next((folder for folder in folders if _may_teach(folder, config)), None)


def _may_teach(folder, config):
    """Whether a folder holds a translator that a student of this ExperimentConfig could have."""
    if not all((folder / name).is_file() for name in (CONFIG, TRANSLATOR)):
        return False
    theirs = read_config(folder)
    try:
        check_teacher("", theirs, config)
    except UserError:
        return False
    return True


def _place_of_teacher(request, theirs):
    """Where the teacher is kept; raises UserError where another one is."""
    kept = user_path("--output", request.output).resolve() / TEACHER
    path = kept / CONFIG
    if _has_begun(kept) and path.exists() and (wrong := other_settings(theirs, path)):
        raise UserError(
            f"--output={request.output}: holds a student of another teacher ({'; '.join(wrong)}); "
            "name another folder"
        )
    return kept


def _has_begun(kept):
    """Whether a student has been trained beside its teacher."""
    return (kept.parent / CONFIG).exists()


def _configured(request, theirs, kept):
    """The student's ExperimentConfig: the teacher's data and crop, and what the user gave."""
    for name, flag in FOLLOWING.items():
        if name in request.settings:
            raise UserError(f"--{name}: follows from --{flag} here; leave it out")
    own = {"model.teacher": str(kept), "model.direction": request.direction}
    data = dataclasses.replace(theirs.data, paired=False)
    return resolve(PRESET, {**request.settings, **own}, data)


def _channels(config):
    """Those of a student's input, which is "a" to its network, and of its output."""
    domains = config.model.direction.split("2")
    return {own: config.data.domain_channels(d) for own, d in zip("ab", domains, strict=True)}


def _within_budget(request, config):
    """(the experiment with a width, where the user gave none; multiply-adds of a translation)."""
    sizes = dict(
        channels=_channels(config),
        num_blocks=config.model.num_blocks,
        image_size=(request.size, request.size),
    )
    if "model.width" not in request.settings:
        config = config.replace({"model.width": _width_within(request, sizes)})
    cost, budget = student_multiply_adds(width=config.model.width, **sizes), request.budget_gmac
    if budget is not None and cost > budget * GIGA:
        raise UserError(
            f"--model.width={config.model.width:g}: takes {cost / GIGA:.3g} * 10^9 multiply-adds "
            f"at {request.size}x{request.size}, more than --budget_gmac={budget:g}; leave one out"
        )
    return config, cost


def _width_within(request, sizes):
    """The largest width within the budget; raises UserError where there is none."""
    budget = BUDGET_GMAC if request.budget_gmac is None else request.budget_gmac
    width = width_within(budget * GIGA, **sizes)
    if width is None:
        raise UserError(
            f"--budget_gmac={budget:g}: too little for any student at "
            f"{request.size}x{request.size}; give more, or fewer --model.num_blocks"
        )
    return width


def _keep(request, workdir, kept, start_tensorflow=lambda: None):
    """Writes the teacher, or refuses another than the one that a student has begun to learn from.

    Its settings have been compared before; its weights are here, for old checkpoints need
    TensorFlow to be read.
    """
    begun = _has_begun(kept) and (kept / TRANSLATOR).exists()
    if begun and workdir.resolve() == kept:
        return
    start_tensorflow()
    from unit_tf.inference.load import load
    from unit_tf.inference.saved_translators import save_translator
    from unit_tf.methods.weights import holds_weights

    loaded = load(workdir, request.checkpoint)
    if not begun:
        save_translator(loaded.method, loaded.config, loaded.step, kept)
    elif not holds_weights(loaded.method, kept / TRANSLATOR):
        raise UserError(
            f"--output={request.output}: holds a student of another teacher, or of another step of "
            f"it than {loaded.step}; --workdir={kept} goes on with that one"
        )
