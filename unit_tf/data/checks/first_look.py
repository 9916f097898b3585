"""A look at a few images of each domain, in one to four lines, at the start of a training."""

import collections

from unit_tf.config import UserError
from unit_tf.config.image_scale import TRAINED
from unit_tf.data.checks.findings import find_in_part
from unit_tf.data.checks.image_check import examine_lists, list_images_of
from unit_tf.data.checks.list_statistics import size_text, statistics
from unit_tf.data.image_grids import spread
from unit_tf.data.registry import find_source
from unit_tf.data.scaling import scaled_size

LOOKED_AT = 16
_FAR = 2  # times as large or as small as training sees them: from here on it is said
_WORDS = {
    "unusable": "cannot be used",
    "too_small": "too small for the crop",
    "near_constant": "near-constant",
    "dark": "dark (more than 8 bits)",
    "below_zero": "without what is below 0",
}


def summarise(config):
    """What the images are like, and what is wrong with some, by a few of each domain.

    At most 16 images of each training domain are decoded, and none compared.

    Args:
      config: DataConfig.

    Returns:
      list of at most four lines. It is empty where the images are not files in folders, and where
      a training would stop at once and say why.
    """
    spec = find_source(config.source)
    if spec.lister is None or spec.needs_tensorflow:
        return []
    try:
        lists = list_images_of(config, [])
    except UserError:
        return []
    few = {f"train_{d}": spread(lists[f"train_{d}"], LOOKED_AT) for d in "ab"}
    few, facts, _ = examine_lists(few, config)
    if not config.skip_bad and any(fact.reason for fact in facts.values()):
        return []
    looks = "; ".join(_look(d.upper(), few[f"train_{d}"], facts) for d in "ab")
    lines = [f"a look at up to {LOOKED_AT} images of each: {looks}"]
    if "resize" in spec.reads and any(_is_far(few[f"train_{d}"], facts, config) for d in "ab"):
        lines.append(
            "training scales them by much; unit-translate and unit-evaluate do so with "
            f"--resize={TRAINED}"
        )
    wrong = {d: _wrong(f"train_{d}", few[f"train_{d}"], facts, config) for d in "ab"}
    if any(wrong.values()):
        words = "; ".join(f"{d.upper()} {wrong[d]}" for d in "ab" if wrong[d])
        lines += [f"among them: {words}", "unit-check, with the same --data flags, looks at all"]
    return lines


def _look(name, images, facts):
    """Such as "A 200x260 to 480x640, brightness 124, colour"."""
    numbers = statistics(images, facts)
    if "size" not in numbers:
        return f"{name} none that can be used"
    ends = dict.fromkeys(size_text(numbers["size"][end]) for end in ("smallest", "largest"))
    grey = numbers["grey"] == numbers["images"] - numbers["unusable"]
    colour = "grey" if grey else "in colour"
    return f"{name} {' to '.join(ends)}, brightness {numbers['brightness']:.0f}, {colour}"


def _is_far(images, facts, config):
    """Whether training scales most images by much."""
    numbers = statistics(images, facts)
    if "size" not in numbers:
        return False
    median = numbers["size"]["median"]
    times = min(scaled_size(median, config.image_size, config.resize)) / min(median)
    return times >= _FAR or times <= 1 / _FAR


def _wrong(part, images, facts, config):
    """Such as "2 near-constant, 1 too small for the crop"; "" where nothing is."""
    found = find_in_part(part, images, facts, config)
    counts = collections.Counter({f.kind: len(f.groups) for f in found if f.problem})
    return ", ".join(f"{count} {_WORDS[kind]}" for kind, count in counts.items())
