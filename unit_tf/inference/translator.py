"""A trained translator as a Python object: images in, images out."""

import numpy as np
import tensorflow as tf

from unit_tf.config import UserError
from unit_tf.config.value_range import parse_value_range
from unit_tf.data.image_limits import MEGAPIXELS, UNCHECKED, Limits
from unit_tf.data.machine_memory import available_memory
from unit_tf.data.scaling import scaling_of
from unit_tf.inference.any_size import mirror_padded, translate_any_size
from unit_tf.inference.compiled_networks import require_finite, run_network
from unit_tf.inference.image_files import write_image
from unit_tf.inference.image_kinds import open_batch
from unit_tf.inference.load import load
from unit_tf.inference.network_memory import translation_bytes
from unit_tf.inference.saved_translators import save_translator
from unit_tf.inference.style_codes import PIXELS_AT_A_TIME, sample_styles
from unit_tf.inference.tiled_files import translate_file
from unit_tf.inference.tiled_images import open_file
from unit_tf.inference.tiled_translation import TiledTranslator, translate_array
from unit_tf.inference.tiling import find_tiling
from unit_tf.layers.subpixel import faster_doubling
from unit_tf.methods.registry import find_method
from unit_tf.training.workdir import resolve_workdir


class Translator:
    """Translates, or classifies, images with the networks of a finished or running training.

    An image is a path, a Pillow image, or a numpy array: uint8, or floats in [0, 1]; [H, W],
    [H, W, C] or a batch [N, H, W, C]; of any size. Translations come back as the same kind
    (inference/image_kinds.py has the table; a path becomes a Pillow image).

    Args:
      loaded: inference.load.LoadedTranslator.

    Example:
      >>> translator = Translator.from_preset("blue_marble")
      >>> translator.translate("tile.png", direction="a2b").save("map.png")
    """

    def __init__(self, loaded):
        self.config, self.method, self.step, self.source = loaded
        self._compiled = {}

    @classmethod
    def from_preset(cls, name, checkpoint="newest"):
        """The translator of a name.

        Args:
          name: a shipped translator's name, or a folder: the workdir of a training, or what
            ``save`` wrote.
          checkpoint: of a training: ``"newest"``, ``"best"``, or a step.

        Returns:
          Translator.

        Raises:
          UserError: there is none, or nothing in it is whole.
        """
        return cls(load(resolve_workdir(name), checkpoint))

    @property
    def directions(self):
        """("a2b", "b2a"), ("a2b",), or () of a method that only classifies."""
        return tuple(self.method.directions)

    def translate(self, image, direction="a2b", style=None, seed=None, resize=None):
        """The translation of an image, or of each of a batch.

        Args:
          image: see the class.
          direction: one of ``directions``.
          style: of methods with styles: an image of the target domain whose style to take, or
            floats [style_size] or [N, style_size] as ``encode_style`` returns; None for the
            middle style.
          seed: of methods with styles, in place of ``style``: the seed of a random one, the first
            that unit-translate --num_styles takes.
          resize: how the image, and an image of ``style``, is scaled first: ``"trained"`` as
            training did with its own, or the pixels of the shorter side; None for not at all.

        Returns:
          the same kind, of the same size, or that of the scaled image.

        Raises:
          UserError: the image cannot be used, or the method cannot do this.
        """
        self._refuse_direction(direction)
        batch = self._open(image, direction[0], resize)
        styles = self._styles(style, seed, direction[-1], len(batch.pixels), resize)
        if grid := self._grid(batch.pixels.shape[1:3], direction):
            return batch.restore(self._in_tiles(grid, batch, direction, *styles))

        def translated(x, *style):
            with faster_doubling():
                return translate_any_size(self.method, x, direction, *style)

        result = self._run(("translate", direction), translated, batch, *styles)
        return batch.restore(batch.values.from_networks(result))

    def translate_file(
        self, source, target, direction="a2b", style=None, seed=None, max_megapixels=MEGAPIXELS,
        max_memory_gb=None, resize=None,
    ):  # fmt: skip
        """Translates a file into a file, as unit-translate does; in tiles where it must.

        Args:
          source: path of an image.
          target: path of its translation, whose extension says the format. A file that is there is
            replaced.
          direction, style, seed: as ``translate`` takes them; one style.
          max_megapixels: millions of pixels that the image may have.
          max_memory_gb: gigabytes that it may take; None for what is free.
          resize: as ``translate`` takes it; then not in tiles.

        Raises:
          UserError: the image cannot be used or written, or the method cannot do this.
        """
        self._refuse_direction(direction)
        styles = self._styles(style, seed, direction[-1], 1, resize)
        scaling = scaling_of(resize, self.config.data)
        memory = max(UNCHECKED, available_memory())
        if max_memory_gb is not None:
            memory = max_memory_gb * 1e9
        limits = Limits(max_megapixels, memory, "", translation_bytes(self.config))
        inputs, job = open_file(self.config, direction, source, target, limits, scaling)
        if job.source in inputs.tiled:
            translate_file(self.method, direction, inputs, *job, *styles)
        else:
            result = self.translate(inputs.take(job.source), direction, *styles)
            write_image(job.target, result)

    def encode_style(self, image, domain="b", resize=None):
        """The style of an image, or of each of a batch; for methods with styles.

        Args:
          image: see the class.
          domain: ``"a"`` or ``"b"``, where it comes from.
          resize: how it is scaled first, as ``translate`` takes it.

        Returns:
          float32 [style_size]; [N, style_size] of a batch.

        Raises:
          UserError: the image cannot be used, or the method has no styles.
        """
        if not self.method.style_size:
            raise UserError(f"method {self._name} has no styles")
        batch = self._open(image, domain, resize)

        def encoded(x):
            return self.method.encode_style(mirror_padded(self.method, x), domain)

        styles = self._run(("encode_style", domain), encoded, batch)
        return styles[0] if batch.single else styles

    def classify(self, image, domain="b"):
        """The probabilities of an image's classes, or of each of a batch.

        Args:
          image: see the class; of the size that the method was trained with.
          domain: ``"a"`` or ``"b"``, where it comes from.

        Returns:
          float32 [K] that sums up to 1; [N, K] of a batch.

        Raises:
          UserError: the image cannot be used, or the method does not classify.
        """
        if not self.method.classifies:
            raise UserError(f"method {self._name} does not classify")
        batch, size = self._open(image, domain), find_method(self._name).image_size
        if size and batch.pixels.shape[1:3] != tuple(size):
            found, wanted = ("x".join(map(str, s)) for s in (batch.pixels.shape[1:3], size))
            raise UserError(f"{batch.name}: {found} pixels; method {self._name} takes {wanted}")

        def classified(x):
            return tf.nn.softmax(self.method.classify(x, domain))

        classes = self._run(("classify", domain), classified, batch)
        return classes[0] if batch.single else classes

    def save(self, folder):
        """Writes the configuration and the weights, for ``from_preset`` and every command.

        Args:
          folder: made whole or not at all; a translator saved there before is replaced.

        Raises:
          UserError: it holds something else, or cannot be written.
        """
        save_translator(self.method, self.config, self.step, folder)

    save_to_preset = save

    def __reduce__(self):
        raise TypeError("a Translator cannot be pickled; save it, and load what was saved")

    @property
    def _name(self):
        return self.config.model.method

    def _open(self, image, domain, resize=None):
        if domain not in tuple(self.method.channels):
            raise UserError(f"domain={domain!r}: expected 'a' or 'b'")
        stored = parse_value_range(self.config.data.value_range)[domain]
        pair = stored if isinstance(stored, tuple) else None
        batch = open_batch(image, self.method.channels[domain], pair)
        batch = batch.scaled(scaling_of(resize, self.config.data))
        self._refuse_large(batch)
        return batch

    def _refuse_direction(self, direction):
        if direction not in self.directions:
            known = " and ".join(self.directions) or "in no direction; it classifies"
            raise UserError(f"direction={direction!r}: method {self._name} translates {known}")

    def _grid(self, size, direction):
        """The Grid of images that do not fit into the memory; None where they do, or have none."""
        needs = translation_bytes(self.config)
        need = needs(*size) if needs else 0
        if need <= UNCHECKED or need <= (have := available_memory()):
            return None
        tiling = find_tiling(self.config, direction)
        return tiling and tiling.grid(size, have)

    def _in_tiles(self, grid, batch, direction, styles=None):
        """The translations [N, H, W, C'] of a batch, one image after the other."""
        styles = [None] * len(batch.pixels) if styles is None else styles[:, None]
        results = []
        for image, style in zip(batch.pixels, styles, strict=True):
            tiled = TiledTranslator(self.method, direction, grid, style, batch.values)
            results.append(translate_array(tiled, image, batch.name))
        return np.stack(results) if len(results) > 1 else results[0][None]

    def _refuse_large(self, batch):
        largest = self.method.largest_side
        if max(batch.pixels.shape[1:3]) > largest:
            size = "x".join(map(str, batch.pixels.shape[1:3]))
            raise UserError(f"{batch.name}: {size} pixels, at most {largest}x{largest} are taken")

    def _styles(self, style, seed, domain, count, resize):
        """() for the middle style, else (float32 [count, style_size],)."""
        size = self.method.style_size
        if style is None and seed is None:
            return ()
        if not size:
            raise UserError(f"style, seed: method {self._name} has no styles")
        if style is not None and seed is not None:
            raise UserError("style, seed: one of them, not both")
        if style is None:
            found = sample_styles(_generator(seed), 1, size)
        elif _is_code(style):
            found = _style_array(style, size)
        else:
            found = np.atleast_2d(self.encode_style(style, domain, resize))
        if len(found) not in (1, count):
            raise UserError(f"style: {len(found)} styles for {count} images; expected one or each")
        return (np.broadcast_to(found, (count, size)),)

    def _run(self, key, function, batch, *more):
        """A network's float32 [N, ...] of a batch, a few images at a time."""
        key = (*key, len(more))
        if key not in self._compiled:
            self._compiled[key] = tf.function(function, reduce_retracing=True, autograph=False)
        pixels = batch.pixels
        rows = max(1, PIXELS_AT_A_TIME // (pixels.shape[1] * pixels.shape[2]))
        parts = []
        for first in range(0, len(pixels), rows):
            x, *arrays = (array[first : first + rows] for array in (pixels, *more))
            x, tensors = batch.values.to_networks(x), map(tf.constant, arrays)
            parts.append(run_network(self._compiled[key], x, batch.name, *tensors))
        return require_finite(np.concatenate(parts), batch.name)


def _generator(seed):
    if not isinstance(seed, int | np.integer) or seed < 0:
        raise UserError(f"seed={seed!r}: expected a whole number, at least 0")
    return np.random.default_rng(seed)


def _is_code(style):
    """Whether a style is given by its numbers and not by an image."""
    if isinstance(style, np.ndarray):
        return style.dtype != np.uint8 and style.ndim < 3
    return isinstance(style, list | tuple | tf.Tensor)


def _style_array(style, size):
    """Floats [size] or [N, size] -> float32 [N, size]; UserError for any other shape or value."""
    try:
        found = np.atleast_2d(np.asarray(style, np.float32))
    except (TypeError, ValueError):
        raise UserError("style: not floats") from None
    if found.ndim != 2 or found.shape[1] != size or not np.isfinite(found).all():
        raise UserError(
            f"style: of shape {np.shape(style)}; expected finite floats [{size}] or [N, {size}]"
        )
    return found
