"""Numbers about the images of one list: counts, sizes, kinds, brightness and colour."""

import collections

import numpy as np

PARTS = {"train_a": "train A", "train_b": "train B", "test_a": "test A", "test_b": "test B"}


def usable(images, facts):
    """The Facts of those ImageFiles that can be used, in their order."""
    found = (facts[image.where] for image in images)
    return [fact for fact in found if not fact.reason]


def statistics(images, facts):
    """Numbers about one list.

    Args:
      images: list of ImageFile.
      facts: {where: Facts}.

    Returns:
      dict that JSON can hold; ``size`` and what follows it is missing where no image can be used.
    """
    good = usable(images, facts)
    result = {"images": len(images), "unusable": len(images) - len(good)}
    if good:
        result |= {
            "size": _sizes([fact.size for fact in good]),
            "formats": _counts(fact.format for fact in good),
            "modes": _counts(fact.mode for fact in good),
            "more_than_8_bits": sum(fact.depth is not None for fact in good),
            "with_alpha": sum(bool(fact.alpha) for fact in good),
            "alpha_used": sum(fact.alpha == "used" for fact in good),
            "grey": sum(fact.grey for fact in good),
            "near_constant": sum(fact.near_constant for fact in good),
            "brightness": _mean(fact.brightness for fact in good),
            "brightness_spread": round(float(np.std([fact.brightness for fact in good])), 1),
            "contrast": _mean(fact.contrast for fact in good),
            "colour": _mean(fact.colour for fact in good),
        }
    return result


def size_text(size):
    """(height, width) as HxW."""
    return "x".join(map(str, size))


def _sizes(sizes):
    by_area = sorted(sizes, key=lambda size: (size[0] * size[1], size))
    median = [int(side) for side in np.median(sizes, 0)]
    return {"smallest": list(by_area[0]), "median": median, "largest": list(by_area[-1])}


def _counts(words):
    counts = collections.Counter(words)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _mean(numbers):
    return round(float(np.mean(list(numbers))), 1)
