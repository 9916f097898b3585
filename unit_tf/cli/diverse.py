"""unit-evaluate for methods with styles: how different the translations of one image are.

Of up to 100 test images a direction 38 translations each, in styles from N(0, I), make 19 random
pairs (``evaluation/metrics/diversity.py``). Beside them stand as many random pairs of real
images of the target domain, cut to the same size: what is diverse there, and so the range that
can be reached.
"""

import numpy as np

from unit_tf.cli.styled import draw_styles, styled_translator
from unit_tf.config import UserError
from unit_tf.data.images import resize_and_crop
from unit_tf.evaluation.image_grids import evenly_spaced, image_grid
from unit_tf.evaluation.metrics.diversity import PAIRS, mean_over_inputs, paired_distance, table
from unit_tf.evaluation.metrics.inception_score import conditional_inception_score, inception_score

GRID_ROWS = GRID_STYLES = 6
GROUPS = ("translations", "real")
SCORES = {
    "inception_score": inception_score,
    "conditional_inception_score": conditional_inception_score,
}


def add_diversity(result, method, data, direction, judges):
    """Judges one direction's styles, prints the figures and puts them beside the others.

    Args:
      result: scores.DirectionResult of the same direction.
      method: Method with styles.
      data: Data with test images of the direction's first domain.
      direction: ``"a2b"`` or ``"b2a"``.
      judges: judges.Judges.

    Returns:
      DirectionResult with "diversity" among its figures, and a grid of styles.

    Raises:
      UserError: an image cannot be translated or judged.
    """
    source, target = direction.split("2")
    tests = getattr(data, f"test_{source}")
    tests = [tests[i] for i in evenly_spaced(len(tests), judges.inputs)]
    stream = [judges.seed, "ab".index(source)]
    translate = styled_translator(method, direction)
    figures = measure(tests, real_images(data, source, target), translate, method, judges, stream)
    print(figures_text(direction, figures), flush=True)
    # A stream of its own, so that the grid has the same styles whatever the number of inputs.
    styles = draw_styles(np.random.default_rng([*stream, 0]), GRID_STYLES, method.style_size)
    grid = styles_grid([tests[i] for i in evenly_spaced(len(tests), GRID_ROWS)], translate, styles)
    return result._replace(figures={**result.figures, "diversity": figures}, styles=grid)


def measure(tests, reals, translate, method, judges, stream):
    """The figures of one direction.

    Args:
      tests: non-empty list of TestImage.
      reals: list of () -> uint8 [H, W, C'], real images of the target domain.
      translate: from ``styled_translator``.
      method: Method with styles.
      judges: judges.Judges.
      stream: list of int; with the input's number it seeds all that is drawn for that input.

    Returns:
      dict fit for JSON: "inputs", "pairs" (of each), "seed", "distances" {name: "label",
      "translations" and "real", each of which is as ``mean_over_inputs`` gives it, "real" None
      with fewer than two real images} and, with a classifier, "classifier", "inception_score",
      "conditional_inception_score".
    """
    rows, probabilities = [], []
    for i, test in enumerate(tests):
        rng = np.random.default_rng([*stream, i + 1])
        styles = draw_styles(rng, 2 * PAIRS, method.style_size)
        groups = {"translations": np.stack([*translate(test.load(), styles, test.name)])}
        if len(reals) > 1:
            groups["real"] = real_pairs(reals, groups["translations"].shape[1:3], rng)
        rows.append(_distances(groups, judges, test.name))
        if judges.classify:
            probabilities.append(judges.classify(groups["translations"]))
    return {
        "inputs": len(tests), "pairs": PAIRS, "seed": judges.seed,
        "distances": {
            key: {"label": distance.label, **{g: _mean(rows, g, key) for g in GROUPS}}
            for key, distance in judges.distances.items()
        },
        **({"classifier": judges.classifier} if probabilities else {}),
        **{name: score(probabilities) for name, score in SCORES.items() if probabilities},
    }  # fmt: skip


def figures_text(direction, figures):
    """``measure``'s figures for people."""
    count = f"{figures['inputs']} inputs, {figures['pairs']} pairs of translations each"
    lines = [
        f"{direction}: diversity over {count}; means +- standard errors",
        table(figures["distances"], GROUPS),
        *(f"{name:30}{figures[name]:16.4f}" for name in SCORES if name in figures),
    ]
    return "\n".join(lines)


def real_images(data, source, target):
    """Loaders of real images of ``target``: its test images, else the truths of the others."""
    found = [test.load for test in getattr(data, f"test_{target}")]
    return found or [t.load_truth for t in getattr(data, f"test_{source}") if t.load_truth]


def real_pairs(reals, size, rng):
    """As many random pairs of different real images as there are of translations.

    Args:
      reals: list of () -> uint8 [H_i, W_i, C], two or more.
      size: (height, width) to cut them to, as training crops are cut.
      rng: numpy Generator.

    Returns:
      uint8 [2 * PAIRS, *size, C]; each two that follow one another are a pair.
    """
    chosen = [i for _ in range(PAIRS) for i in rng.choice(len(reals), 2, replace=False)]
    return np.stack([resize_and_crop(reals[i](), size, 0, False, rng) for i in chosen])


def styles_grid(tests, translate, styles):
    """Inputs downwards, styles to the right: what a column has in common is its style.

    Args:
      tests: TestImages.
      translate: from ``styled_translator``.
      styles: float32 [N, style_size].

    Returns:
      uint8 [H, W, 3].
    """
    rows = []
    for test in tests:
        image = test.load()
        rows.append([image, *translate(image, styles, test.name)])
    return image_grid(rows, ["input", *(f"style {k + 1}" for k in range(len(styles)))])


def _distances(groups, judges, name):
    """{(group, distance's name): mean over pairs} of one input."""
    try:
        return {
            (group, key): paired_distance(images, distance.function)
            for group, images in groups.items()
            for key, distance in judges.distances.items()
        }
    except ValueError as error:  # a distance that takes no images so small
        raise UserError(f"{name}: {error}") from None


def _mean(rows, group, key):
    """The same over all inputs, with its standard error; None without such images."""
    found = [row[group, key] for row in rows if (group, key) in row]
    return mean_over_inputs(found) if found else None
