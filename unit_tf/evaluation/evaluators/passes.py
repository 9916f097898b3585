"""What evaluators work on: one pass over the test images of one domain.

A method that translates has a pass for each of its directions; a method that classifies has one for
each domain.
"""

import functools

from unit_tf.data.base import DataError
from unit_tf.data.image_grids import spread
from unit_tf.methods.spec import other


class Sample:
    """One test image in a pass. What no evaluator asks for is neither loaded nor computed.

    Args:
      test: data.base.TestImage.
      index: its place in ``Pass.tests``.
      translate: (image uint8 [H, W, C], name) -> uint8 [H, W, C'].

    Attributes:
      index: as given.
      name: for messages.
      label: its class, or None.
    """

    def __init__(self, test, index, translate):
        self._test, self._translate = test, translate
        self.index, self.name, self.label = index, test.name, test.label

    @functools.cached_property
    def image(self):
        """uint8 [H, W, C]."""
        return self._test.load()

    @functools.cached_property
    def translation(self):
        """uint8 [H, W, C'], by the method's own ``translate``."""
        return self._translate(self.image, self.name)

    @functools.cached_property
    def truth(self):
        """uint8 [H, W, C'], its counterpart in the other domain.

        Raises:
          DataError: it has another size than the image.
        """
        truth = self._test.load_truth()
        if self.image.shape[:2] != truth.shape[:2]:
            sizes = ["x".join(map(str, p.shape[:2])) for p in (self.image, truth)]
            raise DataError(f"{self.name}: {sizes[0]} pixels, but {sizes[1]} in its truth")
        return truth


class Pass:
    """The test images of one domain, and the method that they go through.

    Args:
      method: Method.
      data: Data.
      source: ``"a"`` or ``"b"``, the domain of the images.
      limit: take at most this many images, evenly spaced; None for all.
      translate: (image, name) -> translation; default: the method's own.

    Attributes:
      method: as given.
      source: as given.
      target: the other domain.
      direction: ``"a2b"`` or ``"b2a"``; None where the method does not translate so.
      name: the direction, or for a method that classifies the domain.
      tests: list of TestImage, those that the limit leaves.
      reals: list of () -> uint8 [H, W, C'], all real images of the target domain.
      limit: as given.
    """

    def __init__(self, method, data, source, limit=None, translate=None):
        self.method, self.source, self.target = method, source, other(source)
        direction = f"{source}2{self.target}"
        self.direction = direction if direction in method.directions else None
        self.name = source if method.classifies else direction
        self.tests = spread(held_out(data, source), limit)
        self.reals = real_images(data, source, self.target)
        self.limit, self._given = limit, translate

    @functools.cached_property
    def paired(self):
        """Whether every image has a truth."""
        return all(test.load_truth for test in self.tests)

    @functools.cached_property
    def translate(self):
        """(image uint8 [H, W, C], name for messages) -> uint8 [H, W, C']."""
        from unit_tf.inference.compiled_networks import image_translator

        return self._given or image_translator(self.method, self.direction)

    def sample(self, index):
        """The Sample of ``tests[index]``."""
        return Sample(self.tests[index], index, lambda *given: self.translate(*given))


def domains_of(labelled, directions):
    """The domains whose test images a method is evaluated on.

    Args:
      labelled: whether it classifies; then both.
      directions: those that it translates in, whose sources count otherwise.

    Returns:
      tuple of ``"a"``, ``"b"``.
    """
    return ("a", "b") if labelled else tuple(direction[0] for direction in directions)


def passes_of(method, data, limit=None):
    """The passes that a method and its test images allow.

    Args:
      method: Method; only its own ``directions`` are evaluated.
      data: Data.
      limit: take at most this many images a pass, evenly spaced; None for all.

    Returns:
      list of Pass, without those that have no test images.
    """
    domains = domains_of(method.classifies, method.directions)
    return [Pass(method, data, domain, limit) for domain in domains if held_out(data, domain)]


def held_out(data, domain):
    """The test images of ``"a"`` or ``"b"``."""
    return {"a": data.test_a, "b": data.test_b}[domain]


def real_images(data, source, target):
    """Loaders of real images of a domain.

    Args:
      data: Data.
      source: the other domain.
      target: the domain.

    Returns:
      list of () -> uint8 [H, W, C]: its test images, else the truths of the other's.
    """
    found = [test.load for test in held_out(data, target)]
    return found or [t.load_truth for t in held_out(data, source) if t.load_truth]
