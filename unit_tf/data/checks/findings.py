"""What is wrong with the images of one list, or worth knowing, and the flags that mend it."""

import types
import typing

from unit_tf.config import plural
from unit_tf.data.checks.list_statistics import PARTS, size_text
from unit_tf.data.image_lists import too_small

# Every kind of Finding that is about single images.
KINDS = (
    "unusable", "too_small", "near_constant", "more_than_8_bits", "dark", "below_zero",
    "alpha_used", "part_taken", "exact_duplicates", "near_duplicates",
    "held_out_in_training", "in_both_domains", "unequal_pairs",
)  # fmt: skip
# Of 255. Files of 12 bits that are taken for 16 end at 15, of 14 bits at 63.
DARK = 64
# Up to this share of small images are better left out than all others cropped smaller.
FEW = 0.1
SMALLEST_CROP, CROPS_STEP = 64, 16  # every architecture takes multiples of 16 from 64 on
_STATE_THE_RANGE = "--data.value_range=LOW,HIGH says what black and white are"


class Finding(typing.NamedTuple):
    """One thing that was found.

    Attributes:
      kind: short name, as "near_constant".
      part: "train_a", or "a" for a domain, or "" for both domains.
      text: one line, which says what it is about.
      groups: list of lists of ``where``: the images it is about, those of a group belong together.
      details: {where: what is to be said of this image}.
      flags: what to add to the command so that it does no harm.
      problem: False of a mere remark.
    """

    kind: str
    part: str
    text: str
    groups: typing.Sequence = ()
    details: typing.Mapping = types.MappingProxyType({})
    flags: tuple[str, ...] = ()
    problem: bool = True


def find_in_part(part, images, facts, config):
    """Findings about one list of images.

    Args:
      part: "train_a", "train_b", "test_a" or "test_b".
      images: list of ImageFile.
      facts: {where: Facts}.
      config: DataConfig.

    Yields:
      Finding.
    """
    wheres = list(dict.fromkeys(image.where for image in images))
    good = [where for where in wheres if not facts[where].reason]
    yield from _unusable(part, wheres, facts)
    if part.startswith("train"):
        yield from _small(part, good, facts, config)
    yield from _near_constant(part, good, facts, len(wheres))
    yield from _deep(part, good, facts)
    yield from _alpha(part, good, facts, len(wheres))
    yield from _parts_taken(part, good, facts)


def counted(count, total):
    """Such as "3 of 412 images"."""
    return f"{count} of {plural(total, 'image')}"


def each(wheres):
    """A group for each image."""
    return [[where] for where in wheres]


def _unusable(part, wheres, facts):
    reasons = {where: facts[where].reason for where in wheres if facts[where].reason}
    if reasons:
        text = f"{PARTS[part]}: {counted(len(reasons), len(wheres))} cannot be used"
        yield Finding("unusable", part, text, each(reasons), reasons, ("--data.skip_bad",))


def _small(part, good, facts, config):
    small = [where for where in good if too_small(facts[where].size, config)]
    if small:
        text = f"{PARTS[part]}: {counted(len(small), len(good))} too small for a "
        text += f"{size_text(config.image_size)} crop"
        sizes = {where: size_text(facts[where].size) for where in small}
        flag = _flag_for([facts[where].size for where in small], len(good), config)
        yield Finding("too_small", part, text, each(small), sizes, (flag,))


def _flag_for(sizes, total, config):
    """Leaves a few out, else crops smaller, else enlarges what is tiny."""
    if len(sizes) <= FEW * total:
        return "--data.skip_bad"
    crop = min(map(min, sizes)) // CROPS_STEP * CROPS_STEP
    if crop >= SMALLEST_CROP:
        return f"--data.image_size={crop}"
    return f"--data.resize={max(config.image_size)}"


def _near_constant(part, good, facts, total):
    flat = [where for where in good if facts[where].near_constant]
    if flat:
        blank = sum(facts[where].contrast == 0 for where in flat)
        text = f"{PARTS[part]}: {counted(len(flat), total)} near-constant, {blank} of them blank"
        yield Finding("near_constant", part, text, each(flat))


def _deep(part, good, facts):
    """What becomes of values of more than 8 bits."""
    deep = {where: facts[where].depth for where in good if facts[where].depth}
    if not deep:
        return
    words = {where: _depth_text(depth) for where, depth in deep.items()}
    text = f"{PARTS[part]}: {counted(len(deep), len(good))} of more than 8 bits, which become 8"
    yield Finding("more_than_8_bits", part, text, each(deep), words, problem=False)
    for kind, happens, wheres in (
        ("dark", "come out dark", [w for w, depth in deep.items() if depth.lightest < DARK]),
        ("below_zero", "lose what is below 0", [w for w, depth in deep.items() if depth.cut_below]),
    ):
        if wheres:
            text = f"{PARTS[part]}: {counted(len(wheres), len(good))} of more than 8 bits {happens}"
            text += f"; {_STATE_THE_RANGE}"
            details = {where: words[where] for where in wheres}
            yield Finding(kind, part, text, each(wheres), details)


def _depth_text(depth):
    """Such as "values 0 to 4095 become levels 0 to 16"."""
    text = f"values {depth.low:g} to {depth.high:g} become levels {depth.darkest} to "
    return text + f"{depth.lightest} of 255" + (", by the range it states" if depth.stated else "")


def _alpha(part, good, facts, total):
    used = [where for where in good if facts[where].alpha == "used"]
    if used:
        text = f"{PARTS[part]}: {counted(len(used), total)} with transparent parts, which become "
        yield Finding("alpha_used", part, text + "white", each(used), problem=False)


def _parts_taken(part, good, facts):
    """Files of several pages, frames or bands."""
    partly = {where: facts[where].remark for where in good if facts[where].remark}
    if partly:
        text = f"{PARTS[part]}: {counted(len(partly), len(good))} taken in part"
        yield Finding("part_taken", part, text, each(partly), partly, problem=False)
