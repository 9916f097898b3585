"""Looks at every image of an experiment before anything is trained on them.

``check_images`` lists, decodes and compares. ``findings`` has what can be found in one list of
images, ``comparisons`` what shows between lists. ``check_report`` and ``finding_sheets`` show a
Report, ``kept_lists`` writes lists without the images of no use.
"""

import typing

from unit_tf.config import UserError, printable
from unit_tf.config.value_range import AUTO, parse_value_range
from unit_tf.data.check_progress import check_in_threads
from unit_tf.data.checks.comparisons import find_between, find_in_domain
from unit_tf.data.checks.findings import Finding, find_in_part
from unit_tf.data.checks.image_facts import examine
from unit_tf.data.image_limits import Limits
from unit_tf.data.image_lists import recording, settled
from unit_tf.data.registry import SOURCES, find_source


class Report(typing.NamedTuple):
    """What was found in the images of an experiment.

    Attributes:
      config: DataConfig.
      lists: {"train_a", "train_b", "test_a", "test_b": list of ImageFile}.
      facts: {where of an ImageFile: Facts}.
      findings: list of Finding, problems first.
    """

    config: typing.Any
    lists: dict
    facts: dict
    findings: list

    @property
    def problems(self):
        """The findings that are not mere remarks."""
        return [finding for finding in self.findings if finding.problem]

    def flags(self):
        """Flags that would mend what was found, each once."""
        return list(dict.fromkeys(flag for finding in self.findings for flag in finding.flags))


def check_images(config):
    """Looks at every image that an experiment names. Imports TensorFlow for ``source=tfds`` alone.

    Args:
      config: DataConfig.

    Returns:
      Report.

    Raises:
      UserError: the source has no images of the user's, or a folder is missing or empty.
    """
    notes = []
    lists = list_images_of(config, notes)
    lists, facts, lines = examine_lists(lists, config)
    findings = [Finding("ignored", "", printable(note), problem=False) for note in notes]
    findings += [Finding("value_range", "", line, problem=False) for line in lines]
    for part, images in lists.items():
        findings += find_in_part(part, images, facts, config)
    for domain in "ab":
        findings += find_in_domain(domain, lists, facts)
    findings += find_between(lists, facts, config)
    return Report(config, lists, facts, sorted(findings, key=lambda f: not f.problem))


def list_images_of(config, notes):
    """{part: list of ImageFile} of an experiment; see ``SourceSpec.lister``.

    Raises:
      UserError: the source has no images of the user's, or a folder is missing or empty.
    """
    lister = find_source(config.source).load_lister()
    if lister is None:
        valid = ", ".join(name for name, spec in SOURCES.items() if spec.lister)
        raise UserError(
            f"--data.source={config.source}: has no image files of yours to check (those that "
            f"have: {valid}); name folders by --data.dir_a and --data.dir_b"
        )
    return lister(config, notes)


def examine_lists(lists, config):
    """Facts of all images of an experiment, read as a training with this DataConfig reads them.

    Args:
      lists: {"train_a", ...: list of ImageFile}.
      config: DataConfig.

    Returns:
      the lists with each image's range of values; {where: Facts}; lines that tell of the ranges.
    """
    limits = Limits(config.max_megapixels, prefix="--data.")
    lists = {part: [p._replace(limits=limits) for p in images] for part, images in lists.items()}
    ranges, extents = parse_value_range(config.value_range), {}
    noting = recording(lists, ranges, extents)
    facts = examine_all([image for part in noting.values() for image in part])
    lists, _, lines = settled(lists, ranges, extents)
    # Only now is it known how bright they are.
    deep = [image for part in lists.values() for image in part if image.where in extents]
    if AUTO in ranges.values() and deep:
        facts |= examine_all(deep)
    return lists, facts, lines


def examine_all(images):
    """{where: Facts} of a list of ImageFile, in which one may stand several times."""
    images = list({image.where: image for image in images}.values())
    found = check_in_threads(examine, images)
    return {image.where: facts for image, facts in zip(images, found, strict=True)}
