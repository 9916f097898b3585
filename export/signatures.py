"""What an exported translator computes, and the names it is called by.

| signature         | end    | name               | type    | shape                | values      |
| ----------------- | ------ | ------------------ | ------- | -------------------- | ----------- |
| `serving_default` | input  | `image`            | float32 | [N, H, W, channels]  | [0, 1]      |
|                   | output | `translated`       | float32 | [N, H, W, channels'] | [0, 1]      |
| `translate_bytes` | input  | `image_bytes`      | string  | [N]                  | JPEG or PNG |
|                   | output | `translated_bytes` | string  | [N]                  | PNG         |

Both are in a SavedModel; TFLite models have the first alone. TensorFlow Serving's REST interface
carries bytes (as base64) under names that end in ``_bytes`` and under no others.
"""

import tensorflow as tf
from unit_tf.export.image_bytes import decode, encode

from unit_tf.methods.translation import translate_any_size

SIGNATURE = "serving_default"
INPUT = "image"
OUTPUT = "translated"
BYTES_SIGNATURE = "translate_bytes"
BYTES_INPUT = "image_bytes"
BYTES_OUTPUT = "translated_bytes"


class Translator(tf.Module):
    """One direction of a method as graphs, with the variables that they read and no others.

    Latent noise is off. Weights are the method's: the averaged ones where the training kept them.

    Args:
      method: a Method.
      direction: ``"a2b"`` or ``"b2a"``.
      shape: [N, H, W] of ``image``; None where any will do. Where a side is not a multiple of the
        networks' stride, the graph pads it and crops the result back.

    Example:
      >>> translator = Translator(method, "a2b")
      >>> translator.translate(tf.zeros([2, 37, 50, 3]))["translated"].shape
      TensorShape([2, 37, 50, 3])
    """

    def __init__(self, method, direction, shape=(None, None, None)):
        super().__init__(name="translator")
        channels = method.channels[direction[0]]
        # The method stays in closures, out of TensorFlow's sight: tracked, all of its variables
        # would be saved, the discriminators' too.
        self._run = lambda x: (translate_any_size(method, x * 2.0 - 1.0, direction) + 1.0) / 2.0
        self.channels = channels
        spec = tf.TensorSpec([*shape, channels], tf.float32, name=INPUT)
        self.translate = tf.function(self._translate, input_signature=[spec])
        spec = tf.TensorSpec([None], tf.string, name=BYTES_INPUT)
        self.translate_bytes = tf.function(self._translate_bytes, input_signature=[spec])
        self._read = list(self.translate.get_concrete_function().variables)

    def _translate(self, image):
        return {OUTPUT: self._run(image)}

    def _translate_bytes(self, image_bytes):
        def one(encoded):
            return encode(self._run(decode(encoded, self.channels)[None])[0])

        # They differ in size. In turn: each uses all cores, and then memory for one is enough.
        return {BYTES_OUTPUT: tf.map_fn(one, image_bytes, parallel_iterations=1)}

    def concrete_functions(self):
        """{signature name: concrete function}, as ``tf.saved_model.save`` takes them."""
        return {
            SIGNATURE: self.translate.get_concrete_function(),
            BYTES_SIGNATURE: self.translate_bytes.get_concrete_function(),
        }
