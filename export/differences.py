"""How far an artefact's results are from the model's, and how far they may be.

Differences are in the exported range, [0, 1]: 1e-4 is a fortieth of one of an image's 256 levels.
Contents and styles have no range: where they exceed 1, differences are parts of the largest value.

What is wrong differs by more than TOLERANCE. So does a healthy model that magnifies rounding, as
one whose instance norm divides by a small deviation. The model itself tells them apart: rounding
alone moves its results, and a few times as much is allowed.
"""

import numpy as np

# What float32 may differ by; formats that round on purpose are measured and not limited.
TOLERANCE = 1e-4
# How many times what rounding alone does is allowed, and the most that ever is: half a step of 8
# bits, by which an image changes by one level at most.
TIMES_ROUNDING, MOST = 10, 0.5 / 255
_LAST_BIT = 2.0**-23  # of a float32 of 1


def differences(found, expected):
    """Yields the differences, an array for each of ``expected``'s arrays of floats."""
    for name, wanted in expected.items():
        if not np.issubdtype(wanted.dtype, np.integer):
            yield np.abs(found[name] - wanted) / max(1, np.abs(wanted).max())


def difference(found, expected):
    """The largest of the ``differences`` of two {name: array}."""
    return max(float(each.max()) for each in differences(found, expected))


def allowed(rounding, tolerance=TOLERANCE):
    """The largest difference allowed where rounding alone makes one of ``rounding``."""
    return max(tolerance, min(MOST, TIMES_ROUNDING * rounding))


def nudged(inputs):
    """{name: float32 array} whose last bits are other ones, the same at every call."""
    rng, factors = np.random.default_rng(0), np.float32([1 - _LAST_BIT, 1 + _LAST_BIT])
    return {name: x * rng.choice(factors, x.shape) for name, x in inputs.items()}
