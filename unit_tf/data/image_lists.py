"""Lists of images made into ``Data``: checked whole before training, then read one at a time.

Shared by the sources that hold separate images (folders, tensorflow-datasets).
"""

import typing

from unit_tf.config.value_range import OWN, parse_value_range, value_range_text
from unit_tf.data.bad_images import name_bad
from unit_tf.data.base import Content, Data, DataError, TestImage
from unit_tf.data.decode_all import decode_all
from unit_tf.data.image_limits import USUAL, Limits
from unit_tf.data.images import decode
from unit_tf.data.parts_of_files import remark_lines
from unit_tf.data.scaling import resize_and_crop
from unit_tf.data.value_ranges import recorder, settle


class ImageFile(typing.NamedTuple):
    """One image, not yet decoded.

    Attributes:
      name: short, unique in its list; what a result made from it is called.
      where: how messages name it and what tells two images apart; a path unless encoded is given.
      encoded: the file's content, or None to read ``where`` each time.
      value_range, limits: as ``decode`` takes them.
    """

    name: str
    where: str
    encoded: bytes | None = None
    value_range: tuple | typing.Callable | None = None
    limits: Limits = USUAL

    def load(self, channels):
        """uint8 array [H, W, channels].

        Args:
          channels: 1 or 3.

        Raises:
          BadImage: it cannot be decoded.
        """
        source = self.where if self.encoded is None else self.encoded
        value_range, limits = self.value_range, self.limits
        return decode(source, channels, self.where, None, value_range, limits)


class ImageDomain:
    """Training images of one domain; crops change nothing in it, so threads may share it.

    Args:
      images: list of ImageFile.
      channels: 1 or 3.
      config: DataConfig, for image_size, resize and flip.
    """

    def __init__(self, images, channels, config):
        self._images = tuple(images)
        self._channels = channels
        self._crop = (config.image_size, config.resize, config.flip)

    def __len__(self):
        return len(self._images)

    def crop(self, index, rng):
        """A random training crop, as ``unit_tf.data.base.Domain`` says."""
        return resize_and_crop(self._images[index].load(self._channels), *self._crop, rng)

    def name(self, index):
        """What messages call image ``index``."""
        return self._images[index].where


def skipped(part, held_out_only):
    """Whether a source need not look at ``part`` ("train_a", "test_b", …) at all."""
    return held_out_only and part.startswith("train")


def open_images(lists, config, paired=False, notes=(), counts=""):
    """Checks every image and makes the data of an experiment.

    Args:
      lists: {"train_a", "train_b", "test_a", "test_b": list of ImageFile}; a list may be
        empty.
      config: DataConfig. A training image is too small if ``resize`` is 0 and it would have to be
        enlarged to cover the crop; with ``resize`` set, enlarging is what was asked for.
      paired: test_a[i] shows what test_b[i] shows. A pair with one bad half is skipped whole.
      notes: lines for Data.notes.
      counts: how many images there are, in words: the first of the notes, and said already while
        a long check runs; "" for nothing.

    Returns:
      Data.

    Raises:
      DataError: images are bad and config.skip_bad is off, or a list has none left.
    """
    extents = {}
    limits = Limits(config.max_megapixels, prefix="--data.")
    lists = {part: [p._replace(limits=limits) for p in images] for part, images in lists.items()}
    ranges = parse_value_range(config.value_range)
    noting = recording(lists, ranges, extents)
    images = {p.where: p for part in noting.values() for p in part}
    checks = decode_all(list(images.values()), config.cache_dir, counts)
    faults = _find_faults(lists, config, checks)
    good = {where: check for where, check in checks.items() if where not in faults}
    notes = (*notes, *remark_lines({where: check.remark for where, check in good.items()}))
    if faults:
        if not config.skip_bad:
            raise DataError(
                f"{len(faults)} of {len(images)} images cannot be used: "
                f"{name_bad(faults, config.cache_dir)}; --data.skip_bad leaves them out"
            )
        pairs = {"test": paired, "train": config.paired}
        lists = _without(lists, faults, [part for part in pairs if pairs[part]], config)
        named = name_bad(faults, config.cache_dir)
        notes = (*notes, f"skipped {len(faults)} of {len(images)} images: {named}")
    lists, chosen, lines = settled(lists, ranges, extents)
    text = config.value_range if chosen == ranges else value_range_text(chosen)
    notes = (*([counts] if counts else ()), *notes, *lines)
    return Data(
        *(ImageDomain(lists[f"train_{d}"], config.domain_channels(d), config) for d in ("a", "b")),
        *_held_out(lists["test_a"], lists["test_b"], config, paired),
        notes,
        value_range=text,
        contents=_contents(lists, good),
    )


def recording(lists, ranges, extents):
    """The lists, whose images note their values where a range counts for them.

    Args:
      lists: {"train_a", ...: list of ImageFile}.
      ranges: from ``parse_value_range``.
      extents: dict that receives {where: Extent} when they are decoded.
    """
    return {
        part: [p._replace(value_range=recorder(extents, p.where, ranges[part[-1]])) for p in images]
        if ranges[part[-1]] != OWN
        else images
        for part, images in lists.items()
    }


def settled(lists, ranges, extents):
    """The lists with their images' ranges, {"a", "b": range}, and lines that tell of them.

    Args:
      lists, ranges, extents: as in ``recording``; all images have been decoded.
    """
    chosen, lines = {}, []
    for domain in ranges:
        parts = [part for part in lists if part.endswith(domain)]
        found = {p.where: extents.get(p.where) for part in parts for p in lists[part]}
        found = [extent for extent in found.values() if extent]
        chosen[domain], said = settle(domain.upper(), ranges[domain], found)
        lines += said
        if isinstance(pair := chosen[domain], tuple):
            lists = lists | {p: [x._replace(value_range=pair) for x in lists[p]] for p in parts}
    return lists, chosen, lines


def _find_faults(lists, config, checks):
    """{where: reason} of every image that cannot be used, in the order of the lists."""
    faults = {where: found for where, found in checks.items() if isinstance(found, str)}
    sizes = {where: c if isinstance(c, str) else (c.height, c.width) for where, c in checks.items()}
    for where in (p.where for d in "ab" for p in lists[f"train_{d}"]):
        if where not in faults and (small := too_small(sizes[where], config)):
            faults[where] = small
    if config.paired:
        faults |= unequal_pairs(lists["train_a"], lists["train_b"], sizes)
    return faults


def _contents(lists, checks):
    """What is trained on, as Data.contents has it; None where nothing is."""
    if not lists["train_a"]:
        return None
    return {
        d: [
            Content(p.name, checks[p.where].size, checks[p.where].digest)
            for p in lists[f"train_{d}"]
        ]
        for d in "ab"
    }


def too_small(size, config):
    """In words why an image of (height, width) cannot be cropped, or None.

    Args:
      size: (height, width) in pixels.
      config: DataConfig, for image_size and resize.
    """
    (height, width), (crop_height, crop_width) = size, config.image_size
    if config.resize or (height >= crop_height and width >= crop_width):
        return None
    return (
        f"{height}x{width} is too small for a {crop_height}x{crop_width} crop; "
        f"--data.resize={max(config.image_size)} enlarges"
    )


def unequal_pairs(train_a, train_b, sizes):
    """{where: reason} of pairs of two sizes, whose crops would show different things.

    Args:
      train_a, train_b: lists of ImageFile, pairs at the same index.
      sizes: {where: (height, width), or in words why it cannot be used}.
    """
    found = {}
    for a, b in zip(train_a, train_b, strict=True):
        pair = [sizes[p.where] for p in (a, b)]
        if pair[0] != pair[1] and not any(isinstance(size, str) for size in pair):
            in_a, in_b = ("x".join(map(str, size)) for size in pair)
            found[b.where] = f"{in_b}, but {in_a} in A"
    return found


def _without(lists, faults, paired, config):
    """The lists without bad images; of the ``paired`` parts, without their other halves."""
    good = {k: [p for p in part if p.where not in faults] for k, part in lists.items()}
    for part in paired:
        pairs = zip(lists[f"{part}_a"], lists[f"{part}_b"], strict=True)
        whole = [(a, b) for a, b in pairs if a.where not in faults and b.where not in faults]
        good[f"{part}_a"], good[f"{part}_b"] = [a for a, _ in whole], [b for _, b in whole]
    for part, images in lists.items():
        if images and not good[part]:
            kind, domain = part.split("_")
            bad = {p.where: faults[p.where] for p in images if p.where in faults}
            raise DataError(
                f"none of {len(images)} {kind}ing images of {domain.upper()} can be used: "
                f"{name_bad(bad, config.cache_dir)}"
            )
    return good


def _held_out(test_a, test_b, config, paired):
    """The two lists of TestImage."""
    load_a = [_Loader(p, config.domain_channels("a")) for p in test_a]
    load_b = [_Loader(p, config.domain_channels("b")) for p in test_b]
    if not paired:
        return tuple([TestImage(x.image.name, x) for x in load] for load in (load_a, load_b))
    pairs = list(zip(load_a, load_b, strict=True))
    return (
        [TestImage(a.image.name, a, b) for a, b in pairs],
        [TestImage(b.image.name, b, a) for a, b in pairs],
    )


class _Loader(typing.NamedTuple):
    """A ImageFile's ``load`` without arguments; unlike a lambda it can be compared and pickled."""

    image: ImageFile
    channels: int

    def __call__(self):
        return self.image.load(self.channels)
