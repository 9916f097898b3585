"""Networks that their sizes rebuild, layers that two domains share included."""

import dataclasses

import keras


class SizedNetwork(keras.layers.Layer):
    """The base of all networks: its config holds sizes, never layers.

    ``from_config`` makes the network anew, so layers that both domains share are the same objects
    again. A subclass hands its own arguments over as ``sizes``, and creates every variable in
    ``build_both``, which calls ``remember_build``.

    Args:
      sizes: {argument's name: number, text, tuple, dict or dataclass}.
      **kwargs: a Keras layer's ``name`` and ``dtype``.
    """

    def __init__(self, sizes, **kwargs):
        super().__init__(**kwargs)
        self._sizes = sizes
        self._built_with = None

    def remember_build(self, **arguments):
        """Marks the network as built, by ``build_both`` with these arguments."""
        self._built_with = arguments
        self.built = True

    def get_config(self):
        sizes = {name: _plain(value) for name, value in self._sizes.items()}
        return {**super().get_config(), **sizes}

    def get_build_config(self):
        if self._built_with is None:
            return super().get_build_config()
        return {name: _plain(value) for name, value in self._built_with.items()}

    def build_from_config(self, config):
        self.build_both(**config)


def _plain(value):
    """Dataclasses as dicts, and dicts without the wrappers that TensorFlow gives attributes."""
    if dataclasses.is_dataclass(value):
        return dataclasses.asdict(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return tuple(_plain(item) for item in value) if isinstance(value, (list, tuple)) else value


def image_shapes(channels, image_size=(None, None)):
    """Shapes of batches of images.

    Args:
      channels: {"a": channels, "b": channels}.
      image_size: (height, width) in pixels; None for any.

    Returns:
      {"a": (None, height, width, channels), "b": the same}.
    """
    return {d: (None, *image_size, count) for d, count in channels.items()}
