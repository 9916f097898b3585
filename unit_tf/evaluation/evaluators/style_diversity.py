"""How different the translations of one image are, for methods with styles.

Of up to 100 test images a direction 38 translations each, in styles from N(0, I), make 19 random
pairs (``evaluation/metrics/diversity.py``). Beside them stand as many random pairs of real
images of the target domain, cut to the same size: what is diverse there, and so the range that
can be reached.
"""

import numpy as np

from unit_tf.config import UserError
from unit_tf.data.image_grids import evenly_spaced, image_grid
from unit_tf.evaluation.evaluators.base import Evaluator
from unit_tf.evaluation.evaluators.style_distances import open_distances, real_pairs
from unit_tf.evaluation.metrics.diversity import (
    INPUTS,
    PAIRS,
    mean_over_inputs,
    paired_distance,
    table,
)
from unit_tf.evaluation.metrics.inception_score import conditional_inception_score, inception_score
from unit_tf.methods.registry import METHODS

GRID_ROWS = GRID_STYLES = 6
GROUPS = ("translations", "real")
SCORES = {
    "inception_score": inception_score,
    "conditional_inception_score": conditional_inception_score,
}
# What a request may ask of styles: the field's name, and the flag's.
ASKED = {
    "seed": "run.seed", "lpips_weights": "lpips_weights", "vgg_weights": "vgg_weights",
    "classifier": "classifier",
}  # fmt: skip


class StyleDiversity(Evaluator):
    """Mean distances of random pairs of translations, and Inception Scores.

    Args:
      seed: of the styles.
      vgg_weights: VGG16 for a distance of features; None for pixels alone.
      lpips_weights: LPIPS' linear weights; None for uncalibrated features.
      classifier: ``.keras`` file for the Inception Scores; None for none.
    """

    def __init__(self, seed=0, vgg_weights=None, lpips_weights=None, classifier=None):
        self._seed, self._classifier, self._classify = seed, classifier, None
        self._vgg_weights, self._lpips_weights = vgg_weights, lpips_weights

    @classmethod
    def applies(cls, request, config, spec):
        asked = ((flag, getattr(request, field)) for field, flag in ASKED.items())
        given = [f"--{flag}={value}" for flag, value in asked if value is not None]
        if given and not spec.styled:
            styled = ", ".join(name for name, known in METHODS.items() if known.styled)
            raise UserError(
                f"{given[0]}: method {spec.name} has one translation for one image; only for "
                f"methods with styles ({styled})"
            )
        return spec.styled

    @classmethod
    def create(cls, request, config, output):
        return cls(
            request.seed or 0, request.vgg_weights, request.lpips_weights, request.classifier
        )

    def prepare(self):
        self._distances = open_distances(self._vgg_weights, self._lpips_weights)
        if self._classifier:
            from unit_tf.evaluation.features.image_classifier import load_image_classifier

            self._classify = load_image_classifier(self._classifier)

    def begin(self, work):
        from unit_tf.inference.style_codes import styled_translator

        self._work, self._stream = work, [self._seed, "ab".index(work.source)]
        self._translate = styled_translator(work.method, work.direction)
        chosen = evenly_spaced(len(work.tests), INPUTS)
        self._places = {index: place for place, index in enumerate(chosen)}
        self._shown = evenly_spaced(len(chosen), GRID_ROWS)
        self._rows, self._probabilities, self._grid = {}, {}, {}
        return chosen

    def observe(self, sample):
        place = self._places[sample.index]
        rng = np.random.default_rng([*self._stream, place + 1])
        styles = sampled_styles(rng, 2 * PAIRS, self._work.method)
        groups = {"translations": np.stack([*self._styled(sample, styles)])}
        reals = self._work.reals
        if len(reals) > 1:
            groups["real"] = real_pairs(reals, groups["translations"].shape[1:3], rng)
        self._rows[place] = self._measure(groups, sample.name)
        if self._classify:
            self._probabilities[place] = self._classify(groups["translations"])
        if place in self._shown:
            self._grid[place] = sample

    def figures(self):
        """{"diversity": dict}.

        It holds "inputs", "pairs" (of each), "seed", "distances" {name: "label", "translations" and
        "real", each as ``mean_over_inputs`` returns it, "real" None with fewer than two real
        images} and, with a classifier, "classifier", "inception_score" and
        "conditional_inception_score".
        """
        probabilities = [self._probabilities[place] for place in sorted(self._probabilities)]
        figures = {
            "inputs": len(self._rows), "pairs": PAIRS, "seed": self._seed,
            "distances": {
                key: {"label": distance.label, **{g: self._mean(g, key) for g in GROUPS}}
                for key, distance in self._distances.items()
            },
            **({"classifier": str(self._classifier)} if probabilities else {}),
            **{name: score(probabilities) for name, score in SCORES.items() if probabilities},
        }  # fmt: skip
        return {"diversity": figures}

    def text(self, figures):
        return diversity_text(self._work.name, figures["diversity"])

    def images(self):
        """Inputs downwards, styles to the right: what a column has in common is its style."""
        # A stream of its own, so that the grid has the same styles whatever the number of inputs.
        rng = np.random.default_rng([*self._stream, 0])
        styles = sampled_styles(rng, GRID_STYLES, self._work.method)
        samples = [self._grid[place] for place in sorted(self._grid)]
        rows = [[sample.image, *self._styled(sample, styles)] for sample in samples]
        titles = ["input", *(f"style {k + 1}" for k in range(GRID_STYLES))]
        return {f"styles_{self._work.name}": image_grid(rows, titles)}

    def _styled(self, sample, styles):
        return self._translate(sample.image, styles, sample.name)

    def _measure(self, groups, name):
        """{(group, distance's name): mean over pairs} of one input."""
        try:
            return {
                (group, key): paired_distance(images, distance.function)
                for group, images in groups.items()
                for key, distance in self._distances.items()
            }
        except ValueError as error:  # a distance that takes no images so small
            raise UserError(f"{name}: {error}") from None

    def _mean(self, group, key):
        """The same over all inputs, with its standard error; None without such images."""
        rows = [self._rows[place] for place in sorted(self._rows)]
        found = [row[group, key] for row in rows if (group, key) in row]
        return mean_over_inputs(found) if found else None


def diversity_text(name, figures):
    """``StyleDiversity.figures``' dict as a table.

    Args:
      name: of the pass.
      figures: what stands under "diversity".
    """
    count = f"{figures['inputs']} inputs, {figures['pairs']} pairs of translations each"
    lines = [
        f"{name}: diversity over {count}; means +- standard errors",
        table(figures["distances"], GROUPS),
        *(f"{score:30}{figures[score]:16.4f}" for score in SCORES if score in figures),
    ]
    return "\n".join(lines)


def sampled_styles(rng, count, method):
    """float32 [count, style_size], styles of a method."""
    from unit_tf.inference.style_codes import sample_styles

    return sample_styles(rng, count, method.style_size)
