"""Images that are there twice: the same pixels, or the same image saved, scaled or squeezed again.

Near duplicates are looked for in two steps. A difference hash (Krawetz' dHash, 64 bits, in
image_facts.py) proposes, and the images at 16x16 decide: the hash alone takes aligned faces and
drawings on white for one another.
"""

import math
import typing

import numpy as np

from unit_tf.data.check_progress import with_progress
from unit_tf.data.checks.image_facts import THUMB

# Bits of 64 in which the hashes of near duplicates may differ.
MOST_BITS = 8
# By how much any cell of 16x16 may: in levels of 255, and as a share of the contrast, without which
# all dark images would be alike. Saving as a JPEG or a GIF and scaling mostly stay below; other
# emoji, and faces of one drawing that differ in a part, lie above.
MOST_LEVELS, MOST_OF_CONTRAST = 24, 0.3
_BLOCK_PRODUCTS = 10_000_000
_COARSE = 4


class Member(typing.NamedTuple):
    """One image in its place: ``part`` as "train_a", and ``where`` of its ImageFile."""

    part: str
    where: str


def exact_groups(members, facts):
    """Images with the same pixels.

    Args:
      members: list of Member, of images that can be used.
      facts: {where: Facts}.

    Returns:
      list of lists of Member, two at least in each; an image that is listed twice is two.
    """
    found = {}
    for member in members:
        found.setdefault(facts[member.where].digest, []).append(member)
    return [group for group in found.values() if len(group) > 1]


def near_groups(members, facts, what=""):
    """Images that look the same and have other pixels; near-constant ones are left out.

    Args:
      members: list of Member, of images that can be used.
      facts: {where: Facts}.
      what: what is looked for, to be said while it takes long; "" for nothing.

    Returns:
      list of lists of Member, the largest images first; at least two have different pixels.
    """
    found = {}
    for member in members:
        if not facts[member.where].near_constant:
            found.setdefault(facts[member.where].digest, []).append(member)
    same = list(found.values())
    firsts = [facts[group[0].where] for group in same]
    if len(firsts) < 2:
        return []
    groups = {}
    for group, label in zip(same, _components(firsts, what), strict=True):
        groups.setdefault(int(label), []).append(group)
    found = [[m for group in alike for m in group] for alike in groups.values() if len(alike) > 1]
    return [sorted(group, key=lambda m: -math.prod(facts[m.where].size)) for group in found]


def _components(firsts, what):
    """A label for each of the Facts; those that look the same have the same, through others too."""
    outlines = np.stack([fact.outline for fact in firsts]).astype(np.float32)
    fine = np.stack([fact.thumb for fact in firsts])
    levels = (_coarser(fine), fine)  # the first is quick, and rules most out
    limits = np.minimum(MOST_LEVELS, [MOST_OF_CONTRAST * fact.contrast for fact in firsts])
    labels = np.arange(len(firsts))
    block = max(1, _BLOCK_PRODUCTS // len(firsts))
    starts = range(0, len(firsts), block)
    for start in with_progress(starts, len(starts), what, unit="block"):
        # Of two rows of 1 and -1: 64 less twice the number of places where they differ.
        products = outlines[start : start + block] @ outlines[start:].T
        close = products >= outlines.shape[1] - 2 * MOST_BITS
        for i in np.flatnonzero(close.sum(1) > 1):
            others = start + i + 1 + np.flatnonzero(close[i, i + 1 :])
            others = others[labels[others] != labels[start + i]]
            if (alike := _alike(levels, limits, start + i, others)).size:
                joined = np.isin(labels, labels[alike])
                labels[joined] = labels[start + i]
    return labels


def _coarser(fine):
    """int16 [N, 16*16*3] -> the means of 4x4 cells, [N, 4*4*3]."""
    cells = THUMB // _COARSE
    blocks = fine.reshape(len(fine), _COARSE, cells, _COARSE, cells, 3)
    return blocks.mean((2, 4)).reshape(len(fine), -1)


def _alike(levels, limits, one, others):
    """The indices among ``others`` whose images nowhere differ much from image ``one``."""
    for values in levels:
        apart = np.abs(values[others] - values[one]).max(1, initial=0)
        others = others[apart <= np.minimum(limits[others], limits[one])]
    return others
