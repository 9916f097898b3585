"""A student beside the translator that it imitates: what each costs, and how far they are apart.

Costs and times are those of one image of SIZE, by TensorFlow on this machine. An exported model has
other times; ``tools/measure_students.py`` takes them of LiteRT models.
"""

import functools
import typing

import numpy as np

from unit_tf.config import printable, user_path
from unit_tf.evaluation.evaluators.base import Evaluator
from unit_tf.evaluation.evaluators.kid_scores import KidScores
from unit_tf.evaluation.evaluators.realism import Realism
from unit_tf.evaluation.metrics.distances import decibels, squared_error
from unit_tf.inference.students import find_teacher
from unit_tf.methods.registry import find_method

SIZE = (256, 256)
ROUNDS = 5
KEY = "beside_teacher"
TITLES = ("", "10^9 multiply-adds", "MB, float32", "ms, TensorFlow", "PSNR to the teacher, dB",
          "1000 KID")  # fmt: skip


class Translated(typing.NamedTuple):
    """What the evaluators of realism read of a Sample: an image and a translation of it."""

    image: np.ndarray
    translation: np.ndarray


class TeacherComparison(Evaluator):
    """Costs of student and teacher, PSNR between their translations, and the teacher's KID.

    Args:
      teacher: folder of the teacher; None where it is gone.
      realism: evaluators of realism, which see the teacher's translations in place of the method's.
    """

    def __init__(self, teacher, realism):
        self._folder, self._realism, self._teacher = teacher, realism, None

    @classmethod
    def applies(cls, request, config, spec):
        return "model.teacher" in spec.reads

    @classmethod
    def create(cls, request, config, output):
        spec, kinds = find_method(config.model.method), (KidScores, Realism)
        realism = [kind for kind in kinds if kind.applies(request, config, spec)]
        teacher = find_teacher(user_path("--workdir", request.workdir), config)
        return cls(teacher, [kind.create(request, config, output) for kind in realism])

    def prepare(self):
        from unit_tf.inference.load import load

        if self._folder is None:
            return
        self._teacher = load(self._folder).method
        for evaluator in self._realism:
            evaluator.prepare()

    def begin(self, work):
        self._work, self._errors = work, []
        if self._teacher is None:
            return ()
        from unit_tf.inference.compiled_networks import image_translator

        self._translate = image_translator(self._teacher, work.direction)
        self._scored = [e for e in self._realism if e.begin(work)]
        return range(len(work.tests))

    def observe(self, sample):
        theirs = self._translate(sample.image, sample.name)
        self._errors.append(squared_error(sample.translation, theirs))
        for evaluator in self._scored:
            evaluator.observe(Translated(sample.image, theirs))

    def figures(self):
        """{KEY: {"image_size", "teacher": costs and "kid", "student": costs and "psnr"}}."""
        if self._teacher is None:
            return {}
        methods = {"teacher": self._teacher, "student": self._work.method}
        rows = costs(methods, self._work.direction)
        rows["student"]["psnr"] = decibels(float(np.mean(self._errors)))
        for evaluator in self._scored:
            rows["teacher"]["kid"] = kid_of(evaluator.figures())
        return {KEY: {"image_size": list(SIZE), **rows}}

    def text(self, figures):
        name = self._work.name
        if self._teacher is None:
            return f"{name}: the teacher is gone, so nothing stands beside the student"
        found = {who: dict(figures[KEY][who]) for who in ("teacher", "student")}
        found["student"]["kid"] = kid_of(figures)
        rows = [TITLES, ["---"] * len(TITLES), *(cells(who, row) for who, row in found.items())]
        lines = [f"| {' | '.join(row)} |" for row in rows]
        size = "x".join(map(str, SIZE))
        source = printable(f"{name}: beside its teacher, {self._folder}; costs at {size}")
        return "\n".join([source, *lines])


def costs(methods, direction):
    """What the translation of one image of SIZE takes.

    Args:
      methods: {name: Method}.
      direction: ``"a2b"`` or ``"b2a"``.

    Returns:
      {name: {"gmac": 10^9 multiply-adds, "megabytes": of the weights that it reads, in float32,
        "milliseconds": median, timed in turns}}.
    """
    import tensorflow as tf

    from unit_tf.inference.compiled_networks import compiled_translation
    from unit_tf.inference.multiply_adds import translation_multiply_adds, translation_parameters
    from unit_tf.inference.timing import in_turns

    def run(translation, x):
        return translation(x).numpy()

    runs = {
        name: functools.partial(
            run, compiled_translation(method, direction),
            tf.zeros((1, *SIZE, method.channels[direction[0]])),
        )
        for name, method in methods.items()
    }  # fmt: skip
    times = in_turns(runs, ROUNDS)
    return {
        name: {
            "gmac": translation_multiply_adds(method, direction, SIZE) / 1e9,
            "megabytes": 4 * translation_parameters(method, direction, SIZE) / 1e6,
            "milliseconds": times[name],
        }
        for name, method in methods.items()
    }


def kid_of(figures):
    """The KID of translations among an evaluation's figures, by whichever network; or None."""
    found = figures.get("kid") or figures.get("realism", {}).get("kid")
    return found and found["translation"]


def cells(name, row):
    """A line of the table, as text."""
    cost = f"{row['gmac']:.3g}", f"{row['megabytes']:.2f}", f"{row['milliseconds']:.1f}"
    return [name, *cost, f"{row['psnr']:.1f}" if "psnr" in row else "", _kid_text(row.get("kid"))]


def _kid_text(kid):
    numbers = (kid["mean"], kid["standard_error"]) if kid else ()
    return " ± ".join(f"{1000 * number:.1f}" for number in numbers if number is not None)
