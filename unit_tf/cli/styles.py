"""Which styles unit-translate draws in: its flags, and the plan that they make.

Imports neither TensorFlow nor numpy before a plan is carried out.
"""

import pathlib
import typing

from absl import flags as absl_flags

from unit_tf.cli.examples import open_examples
from unit_tf.cli.flags import STYLE_SEED, define_style_seed
from unit_tf.config import UserError

NAMES = ("num_styles", "style", "interpolate", STYLE_SEED)
MOST = 100  # two digits number them, so that names sort
STRIP = "strip.png"  # no result's name, as examples.MATRIX
# (a flag, another that it contradicts, why).
CONTRADICTIONS = (
    ("num_styles", "style", "whose images are the styles"),
    ("num_styles", "interpolate", "which goes from one style to another"),
    (STYLE_SEED, "style", "with which nothing is drawn at random"),
)


def define_flags(values):
    """Defines the flags of methods with styles; those not given are None."""
    absl_flags.DEFINE_integer(
        "num_styles", None, "methods with styles: so many random styles, the same for all images",
        lower_bound=1, upper_bound=MOST, flag_values=values,
    )  # fmt: skip
    absl_flags.DEFINE_string(
        "style", None, "methods with styles: images of the target domain whose styles to take; a "
        "file, a folder, or several of them, comma-separated", flag_values=values,
    )  # fmt: skip
    absl_flags.DEFINE_integer(
        "interpolate", None, "methods with styles: so many steps from one style to another, those "
        "of the two images of --style, else the first two random ones",
        lower_bound=2, upper_bound=MOST, flag_values=values,
    )  # fmt: skip
    define_style_seed(values)


def check_flags(values):
    """Raises UserError for flags that contradict one another."""
    given = {name: values[name].value for name in NAMES if values[name].value is not None}
    for flag, other, why in CONTRADICTIONS:
        if flag in given and other in given:
            raise UserError(f"--{flag}={given[flag]}: not together with --{other}, {why}")
    if list(given) == [STYLE_SEED]:
        raise UserError(
            f"--{STYLE_SEED}={given[STYLE_SEED]}: nothing is drawn at random without --num_styles "
            "or --interpolate"
        )


class Drawn(typing.NamedTuple):
    """Styles from N(0, I), by numpy's default_rng(seed).

    Attributes:
      count: how many.
      seed: the first styles of a seed are the same whatever the count.
    """

    count: int
    seed: int
    sheet = None

    @property
    def names(self):
        return [f"style{k:02d}" for k in range(self.count)]

    @property
    def files(self):
        return [None] * self.count

    def styles(self, size, encode):
        """float32 [count, size]."""
        import numpy as np

        from unit_tf.cli.styled import draw_styles

        return draw_styles(np.random.default_rng(self.seed), self.count, size)


class Plan(typing.NamedTuple):
    """What is drawn of every input.

    Attributes:
      given: Drawn or examples.Examples, M styles.
      mix: float32 [M, style_size] -> float32 [K, style_size], the styles drawn in.
      labels: K endings of the results' names.
      titles: K titles of the sheet's columns.
      heads: K examples to stand at the top of them, pathlib.Path or None.
      sheet: pathlib.Path of an image of inputs downwards and styles to the right; or None.
    """

    given: typing.Any
    mix: typing.Callable
    labels: list
    titles: list
    heads: list
    sheet: pathlib.Path | None

    def targets(self, job):
        """The K files for the translations of an image_files.Job."""
        return [job.target.with_stem(f"{job.target.stem}_{label}") for label in self.labels]


def open_plan(values, channels):
    """What the flags ask for.

    Args:
      values: FlagValues with ``define_flags``' flags, checked, ``output`` and ``skip_bad``.
      channels: 1 or 3, of the target domain.

    Returns:
      Plan; None where no flag about styles was given.

    Raises:
      UserError: the examples cannot be used.
    """
    output = pathlib.Path(values["output"].value).expanduser()
    count, steps = values["num_styles"].value, values["interpolate"].value
    if values["style"].value is not None:
        given = open_examples(values, output, channels)
    elif count or steps:
        given = Drawn(count or 2, values[STYLE_SEED].value or 0)
    else:
        return None
    return _line(given, steps, output / STRIP) if steps else _each(given, output)


def refuse_collisions(plan, jobs):
    """Raises UserError where a result would overwrite an input, an example or another result.

    Args:
      plan: Plan.
      jobs: list of image_files.Job.
    """
    from unit_tf.inference import image_files

    results = [image_files.Job(job.source, target) for job in jobs for target in plan.targets(job)]
    if plan.sheet:
        results.append(image_files.Job(jobs[0].source, plan.sheet))
    image_files.refuse_collisions(results, [file for file in plan.given.files if file])


def _each(given, output):
    """Plan of every style as it is."""
    sheet = output / given.sheet if given.sheet else None
    return Plan(given, lambda styles: styles, given.names, given.names, given.files, sheet)


def _line(given, steps, sheet):
    """Plan of ``steps`` styles on the straight line between two, ends included."""
    parts = [k / (steps - 1) for k in range(steps)]

    def mix(styles):
        import numpy as np

        return np.stack([(1 - t) * styles[0] + t * styles[1] for t in parts])

    between = [f"{t:.2f}" for t in parts[1:-1]]
    titles = [given.names[0], *between, given.names[1]]
    heads = [given.files[0], *(None for _ in between), given.files[1]]
    return Plan(given, mix, [f"frame{k:02d}" for k in range(steps)], titles, heads, sheet)
