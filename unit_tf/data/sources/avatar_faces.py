"""Cartoon faces in words: which ones there are, and the pairs that differ in one attribute.

A face names one part of python-avatars for each place of a head. Nothing here renders, so what two
faces share can be checked without an image. Standard library only.

Parts that make a face hard to read, or an attribute doubtful, are left out:

* hats, helmets and veils, bald heads, and hair that is thin, of a fixed colour or over the face;
* eye patches, and dark or tinted lenses, because the eyes behind them would be a guess;
* closed happy eyes and sad or angry brows, which are half an expression, and mouths that are
  neither a smile nor its absence (vomiting, eating, screaming, a tongue, bare teeth);
* moustaches, which are no goatee and hide the mouth;
* grey, pink and dark blond hair, and skin of yellow or orange.
"""

import dataclasses
import hashlib
import random
import typing

HAIRS = (
    "BIG_HAIR", "BOB", "CAESAR_SIDE_PART", "CAESAR", "CURLY", "CURVY", "DREADS", "FRIZZLE",
    "FRO_BAND", "FRO", "LONG_NOT_TOO_LONG", "MIA_WALLACE", "SHAGGY_MULLET", "SHAGGY",
    "SHORT_CURLY", "SHORT_DREADS_1", "SHORT_DREADS_2", "SHORT_FLAT", "SHORT_ROUND",
    "SHORT_WAVED", "STRAIGHT_1", "STRAIGHT_STRAND", "BRAIDS", "CORNROWS", "DREADLOCKS",
    "EINSTEIN_HAIR", "ELVIS", "MOWGLI", "PIXIE", "POMPADOUR", "QUIFF",
    "TWIST_LONG_HAIR", "TWIST_LONG_HAIR_2", "WICK",
)  # fmt: skip
BLOND = ("BLONDE_GOLDEN", "PLATINUM")
OTHER_HAIR = ("AUBURN", "BLACK", "BROWN", "BROWN_DARK", "RED")
GLASSES = ("PRESCRIPTION_1", "PRESCRIPTION_2", "ROUND")
BEARDS = ("BEARD_LIGHT", "BEARD_MEDIUM", "BEARD_MAGESTIC", "WICK_BEARD")
SMILES = ("SMILE", "BIG_SMILE", "TWINKLE")
SERIOUS = ("SERIOUS", "SAD")
NONE = ("NONE",)
# Three faces in four are without, where glasses or beards are not the attribute.
_GLASSES = NONE * 3 * len(GLASSES) + GLASSES
_BEARDS = NONE * 3 * len(BEARDS) + BEARDS

# What each part is chosen from, uniformly.
POOLS = {
    "hair": HAIRS,
    "hair_color": BLOND + OTHER_HAIR,
    "skin_color": ("PALE", "LIGHT", "BROWN", "DARK_BROWN", "BLACK"),
    "eyes": ("DEFAULT", "SIDE", "SQUINT", "SURPRISED", "CLOSED", "WINK"),
    "eyebrows": (
        "DEFAULT_NATURAL", "DEFAULT", "FLAT_NATURAL", "RAISED_EXCITED_NATURAL", "RAISED_EXCITED",
        "UP_DOWN_NATURAL", "UP_DOWN",
    ),
    "nose": ("DEFAULT", "SMALL", "WIDE"),
    "mouth": SMILES + SERIOUS,
    "beard": _BEARDS,
    "glasses": _GLASSES,
    "clothing": (
        "BLAZER_SHIRT", "BLAZER_SWEATER", "COLLAR_SWEATER", "HOODIE", "OVERALL",
        "SHIRT_CREW_NECK", "SHIRT_SCOOP_NECK", "SHIRT_V_NECK",
    ),
    "clothing_color": (
        "BLACK", "BLUE_01", "BLUE_02", "BLUE_03", "GRAY_01", "GRAY_02", "HEATHER", "PASTEL_BLUE",
        "PASTEL_GREEN", "PASTEL_YELLOW", "PINK", "RED", "WHITE",
    ),
    "background": ("#B9D7EA", "#BFDDC4", "#CFC8E6", "#DCDCDC", "#8FB9C4", "#E9C7D3"),
}  # fmt: skip
# Hair within 39 of 255 of the skin in every channel, and a thin dark mouth on the darkest skin, are
# hard to see. Such faces are left out, and the other half of the pair with them.
UNSEEN = {
    ("BLONDE_GOLDEN", "LIGHT"), ("PLATINUM", "PALE"), ("AUBURN", "DARK_BROWN"),
    ("BROWN", "BLACK"), ("BROWN_DARK", "BLACK"), ("TWINKLE", "BLACK"),
}  # fmt: skip
# A face remains the same in other clothes before another wall.
_NOT_THE_FACE = ("clothing", "clothing_color", "background")
# One identity in five is a test face; the others are dealt out to A and B in halves.
PARTS = ("a", "a", "b", "b", "test")


@dataclasses.dataclass(frozen=True)
class Face:
    """One face: the name of each part in python-avatars, and the background as "#RRGGBB".

    ``hair_color`` is the beard's too.
    """

    hair: str
    hair_color: str
    skin_color: str
    eyes: str
    eyebrows: str
    nose: str
    mouth: str
    beard: str
    glasses: str
    clothing: str
    clothing_color: str
    background: str


class Attribute(typing.NamedTuple):
    """What an attribute changes in a face.

    Attributes:
      part: the one field of Face in which the two faces of a pair differ.
      present: its values with the attribute, chosen uniformly.
      absent: its values without.
      fixed: {part: pool} that differs from POOLS.
    """

    part: str
    present: tuple[str, ...]
    absent: tuple[str, ...]
    fixed: dict[str, tuple[str, ...]] = {}


ATTRIBUTES = {
    "Eyeglasses": Attribute("glasses", GLASSES, NONE),
    "Goatee": Attribute("beard", BEARDS, NONE),
    "Blond_Hair": Attribute("hair_color", BLOND, OTHER_HAIR),
    # A beard frames the mouth and would hide half of a smile.
    "Smiling": Attribute("mouth", SMILES, SERIOUS, {"beard": NONE}),
}


def sample_pairs(attribute, part, count, seed):
    """Pairs of faces that differ in the attribute alone.

    Which part a face belongs to follows from the face itself, so no seeds or counts ever bring a
    face of one part into another one. More pairs of a seed begin with the fewer ones.

    Args:
      attribute: a key of ATTRIBUTES.
      part: "a", "b" or "test".
      count: how many pairs; no identity comes twice.
      seed: whole number.

    Returns:
      list of (Face with the attribute, Face without it).
    """
    # Of all that random offers, only random() is promised to be the same in later Pythons.
    uniform = random.Random(f"{seed} {attribute} {part}").random
    pairs, seen = [], set()
    while len(pairs) < count:
        pair = _sample_pair(ATTRIBUTES[attribute], uniform)
        who = identity(pair[0], attribute)
        if who in seen or part_of(who) != part or not all(map(is_readable, pair)):
            continue
        seen.add(who)
        pairs.append(pair)
    return pairs


def identity(face, attribute):
    """What makes two faces the same one: all but the attribute, clothes and background.

    Returns:
      tuple of names.
    """
    left_out = (ATTRIBUTES[attribute].part, *_NOT_THE_FACE)
    return tuple(getattr(face, part) for part in POOLS if part not in left_out)


def part_of(who):
    """The part, "a", "b" or "test", to which an identity belongs."""
    digest = hashlib.sha256(" ".join(who).encode()).digest()
    return PARTS[int.from_bytes(digest[:8], "big") % len(PARTS)]


def is_readable(face):
    """Whether hair and mouth can be told from the skin."""
    return not {(part, face.skin_color) for part in (face.hair_color, face.mouth)} & UNSEEN


def _sample_pair(attribute, uniform):
    """One pair, readable or not.

    Args:
      attribute: Attribute.
      uniform: () -> float in [0, 1).
    """

    def choose(pool):
        return pool[int(uniform() * len(pool))]

    face = Face(**{part: choose(pool) for part, pool in {**POOLS, **attribute.fixed}.items()})
    values = choose(attribute.present), choose(attribute.absent)
    return tuple(dataclasses.replace(face, **{attribute.part: value}) for value in values)
