"""What an exported translator computes, and the names it is called by.

Every format holds the same function of one signature, ``serving_default``:

| end    | name         | type    | shape                | values |
| ------ | ------------ | ------- | -------------------- | ------ |
| input  | `image`      | float32 | [N, H, W, channels]  | [0, 1] |
| output | `translated` | float32 | [N, H, W, channels'] | [0, 1] |
"""

import tensorflow as tf

from unit_tf.methods.translation import translate_any_size

SIGNATURE = "serving_default"
INPUT = "image"
OUTPUT = "translated"


class Translator(tf.Module):
    """One direction of a method as a graph, with the variables that it reads and no others.

    Without a size the graph takes any batch of any height and width: it pads to the networks'
    stride and crops the result back. With a size every shape in it is fixed, batch 1 included.

    Args:
      method: a Method.
      direction: ``"a2b"`` or ``"b2a"``.
      image_size: (height, width) in pixels, each >= 1, or None for any.

    Example:
      >>> translator = Translator(method, "a2b")
      >>> translator.translate(tf.zeros([2, 37, 50, 3]))["translated"].shape
      TensorShape([2, 37, 50, 3])
    """

    def __init__(self, method, direction, image_size=None):
        super().__init__(name="translator")
        channels = method.channels[direction[0]]
        shape = [1, *image_size, channels] if image_size else [None, None, None, channels]

        def translate(image):
            translated = translate_any_size(method, image * 2.0 - 1.0, direction)
            return {OUTPUT: (translated + 1.0) / 2.0}

        spec = tf.TensorSpec(shape, tf.float32, name=INPUT)
        # The method stays in the closure, out of TensorFlow's sight: tracked, all of its variables
        # would be saved, the discriminators' too.
        self.translate = tf.function(translate, input_signature=[spec])
        self._read = list(self.translate.get_concrete_function().variables)

    def concrete_functions(self):
        """{signature name: concrete function}, as ``tf.saved_model.save`` takes them."""
        return {SIGNATURE: self.translate.get_concrete_function()}
