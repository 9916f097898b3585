"""The styles that a translation of files is asked for in, and the plan that they make.

Imports neither TensorFlow nor numpy before a plan is carried out.
"""

import dataclasses
import pathlib
import typing

from unit_tf.config import UserError
from unit_tf.inference import image_files
from unit_tf.inference.guide_images import open_guides

STRIP = "strip.png"  # no result's name, as guide_images.MATRIX
# (a field, another that it contradicts, why).
CONTRADICTIONS = (
    ("num_styles", "style", "whose images are the styles"),
    ("num_styles", "interpolate", "which goes from one style to another"),
    ("seed", "style", "with which nothing is sampled"),
)


@dataclasses.dataclass(frozen=True)
class StyleRequest:
    """Which styles; without any, a method translates in its middle one.

    Attributes:
      num_styles: how many random styles, the same for all images; or None.
      style: images of the target domain whose styles to take: a file, a folder, or several of them,
        comma-separated; or None.
      interpolate: how many steps from one style to another, those of the two images of ``style``,
        else the first two random ones; or None.
      seed: of the random styles; None for 0.

    Raises:
      UserError: they contradict one another.
    """

    num_styles: int | None = None
    style: str | None = None
    interpolate: int | None = None
    seed: int | None = None

    def __post_init__(self):
        given = self.given
        for field, other, why in CONTRADICTIONS:
            if field in given and other in given:
                raise UserError(
                    f"--{flag_of(field)}={given[field]}: not together with --{other}, {why}"
                )
        if list(given) == ["seed"]:
            raise UserError(
                f"--{flag_of('seed')}={self.seed}: nothing is sampled without --num_styles or "
                "--interpolate"
            )

    @property
    def given(self):
        """{field: value} of those that were given."""
        return {name: v for name, v in dataclasses.asdict(self).items() if v is not None}


def flag_of(field):
    """The flag of unit-translate that a field of StyleRequest comes from."""
    return {"seed": "run.seed"}.get(field, field)


class SampledStyles(typing.NamedTuple):
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

        from unit_tf.inference.style_codes import sample_styles

        return sample_styles(np.random.default_rng(self.seed), self.count, size)


class StylePlan(typing.NamedTuple):
    """In which styles every input is translated.

    Attributes:
      given: SampledStyles or guide_images.GuideImages, M styles.
      mix: float32 [M, style_size] -> float32 [K, style_size], the styles translated in.
      labels: K endings of the results' names.
      titles: K titles of the sheet's columns.
      heads: K guides to stand at the top of them, pathlib.Path or None.
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


def open_style_plan(request, output, decoded, skip_bad):
    """What a request asks for.

    Args:
      request: StyleRequest.
      output: pathlib.Path of the folder for results.
      decoded: DecodedImages of the target domain.
      skip_bad: leave guides out that cannot be read.

    Returns:
      StylePlan; None where no styles were asked for.

    Raises:
      UserError: the guides cannot be used.
    """
    count, steps = request.num_styles, request.interpolate
    if request.style is not None:
        given = open_guides(request, output, decoded, skip_bad)
    elif count or steps:
        given = SampledStyles(count or 2, request.seed or 0)
    else:
        return None
    return _line(given, steps, output / STRIP) if steps else _each(given, output)


def refuse_collisions(plan, jobs):
    """Raises UserError where a result would overwrite an input, a guide or another result.

    Args:
      plan: StylePlan.
      jobs: list of image_files.Job.
    """
    results = [image_files.Job(job.source, target) for job in jobs for target in plan.targets(job)]
    if plan.sheet:
        results.append(image_files.Job(jobs[0].source, plan.sheet))
    image_files.refuse_collisions(results, [file for file in plan.given.files if file])


def _each(given, output):
    """Plan of every style as it is."""
    sheet = output / given.sheet if given.sheet else None
    return StylePlan(given, lambda styles: styles, given.names, given.names, given.files, sheet)


def _line(given, steps, sheet):
    """Plan of ``steps`` styles on the straight line between two, ends included."""
    parts = [k / (steps - 1) for k in range(steps)]

    def mix(styles):
        import numpy as np

        return np.stack([(1 - t) * styles[0] + t * styles[1] for t in parts])

    between = [f"{t:.2f}" for t in parts[1:-1]]
    titles = [given.names[0], *between, given.names[1]]
    heads = [given.files[0], *(None for _ in between), given.files[1]]
    return StylePlan(given, mix, [f"frame{k:02d}" for k in range(steps)], titles, heads, sheet)
