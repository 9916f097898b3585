"""Layers in a row."""

import keras

from unit_tf.layers.blocks import UpBlock
from unit_tf.layers.recomputing import call_part


@keras.saving.register_keras_serializable("unit_tf")
class Chain(keras.layers.Layer):
    """Layers called one after another; unlike ``keras.Sequential`` it takes any image size.

    Its config holds its parts' configs. Other chains may share a part: then take the network that
    owns them (unit_tf/models), which its sizes rebuild. A chain alone comes back with parts of its
    own.

    Args:
      parts: the layers, in order.

    Example:
      >>> Chain([ConvBlock(8, 3, 2), UpBlock(3)])(keras.random.normal((1, 16, 16, 3))).shape
      TensorShape([1, 16, 16, 3])
    """

    def __init__(self, parts, **kwargs):
        super().__init__(**kwargs)
        self.parts = list(parts)

    def call(self, x, training=False):
        parts = list(self.parts)
        while parts:
            part = parts.pop(0)
            if parts and isinstance(part, UpBlock) and part.joins(parts[0]):
                x = part(x, training=training, then=parts.pop(0))
            else:
                x = call_part(part, x, training)
        return x

    def build(self, input_shape):
        for part in self.parts:
            if not part.built:
                part.build(input_shape)
            input_shape = part.compute_output_shape(input_shape)

    def compute_output_shape(self, input_shape):
        for part in self.parts:
            input_shape = part.compute_output_shape(input_shape)
        return input_shape

    def get_config(self):
        return {**super().get_config(), "parts": [layer_config(part) for part in self.parts]}

    @classmethod
    def from_config(cls, config):
        parts = [keras.saving.deserialize_keras_object(part) for part in config["parts"]]
        return super().from_config({**config, "parts": parts})


def layer_config(layer):
    """A layer as Keras serializes it, but unbuilt, so that its owner names its variables."""
    config = keras.saving.serialize_keras_object(layer)
    return {key: value for key, value in config.items() if key != "build_config"}
