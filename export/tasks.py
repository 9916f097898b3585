"""What is exported of a method: its translators, and the classifier of its target domain."""

import math

import tensorflow as tf
from unit_tf.export.image_bytes import decode, encode
from unit_tf.export.pictures import COMPARED

from unit_tf.methods.translation import translate_any_size

# What TensorFlow Serving runs where a request names no signature.
SIGNATURE = "serving_default"
TARGET = "b"


class Task:
    """One thing that a method makes of one domain's pictures.

    Args:
      method: a Method.
      name: of its folder, its files and the served model.
      domain: ``"a"`` or ``"b"``, whose pictures it takes.

    Attributes:
      channels: of those pictures.
      sides: (height, width) that SavedModels take; (None, None) for any.
      checked_at: (height, width) at which SavedModels are compared with the method.
      compared: how many pictures are compared, where the data have them.
      signature: its only one in TFLite; SavedModels have it besides SIGNATURE.
      bytes_signature: of SavedModels, for encoded pictures.
      bytes_rounding: by how much that one's results may differ more.
      about: what the manifest says of it.
    """

    def __init__(self, method, name, domain):
        self.method, self.name, self.domain = method, name, domain
        self.channels = method.channels[domain]
        self.sides, self.checked_at = (None, None), method.config.data.image_size
        if math.isfinite(method.largest_side):
            self.sides = self.checked_at = (method.largest_side, method.largest_side)

    def tflite_size(self, image_size):
        """(height, width) of the TFLite model where ``image_size`` is asked for; None for any."""
        raise NotImplementedError

    def compute(self, image):
        """{name: tensor [N, ...]} of float32 [N, H, W, channels] in [0, 1]."""
        raise NotImplementedError

    def compute_encoded(self, image_bytes):
        """The same of JPEG or PNG files, string [N]; pictures come out as PNG files."""
        raise NotImplementedError


class Translation(Task):
    """One direction of a method, without latent noise.

    Args:
      method: a Method.
      direction: ``"a2b"`` or ``"b2a"``.
    """

    compared = COMPARED
    signature, bytes_signature = SIGNATURE, "translate_bytes"
    bytes_rounding = 0.5 / 255  # PNG has 256 levels

    def __init__(self, method, direction):
        super().__init__(method, direction, direction[0])
        self.about = {"task": "translate", "direction": direction}

    def tflite_size(self, image_size):
        return image_size

    def compute(self, image):
        translated = translate_any_size(self.method, image * 2.0 - 1.0, self.name)
        return {"translated": (translated + 1.0) / 2.0}

    def compute_encoded(self, image_bytes):
        def one(encoded):
            image = decode(encoded, self.channels, self.sides)
            return encode(self.compute(image[None])["translated"][0])

        # They differ in size. In turn: each uses all cores, and then memory for one is enough.
        return {"translated_bytes": tf.map_fn(one, image_bytes, parallel_iterations=1)}


class Classification(Task):
    """Which class a method reads in pictures of one domain.

    Args:
      method: a Method that classifies.
      domain: ``"a"`` or ``"b"``.
    """

    compared = 256  # of fewer, one read otherwise would be much; these are small
    signature, bytes_signature = "classify", "classify_bytes"
    bytes_rounding = 0

    def __init__(self, method, domain):
        super().__init__(method, f"classify_{domain}", domain)
        self.about = {"task": "classify", "domain": domain}

    def tflite_size(self, image_size):
        return self.sides

    def compute(self, image):
        logits = self.method.classify(image * 2.0 - 1.0, self.domain)
        probabilities = tf.nn.softmax(logits)
        # Of the probabilities, so that both always agree, in rounded models too.
        label = tf.argmax(probabilities, axis=-1, output_type=tf.int32)
        return {"probabilities": probabilities, "label": label}

    def compute_encoded(self, image_bytes):
        spec = tf.TensorSpec([*self.sides, self.channels], tf.float32)
        pictures = tf.map_fn(
            lambda encoded: decode(encoded, self.channels, self.sides),
            image_bytes, fn_output_signature=spec,
        )  # fmt: skip
        return self.compute(pictures)


def build_task(method, name):
    """The Task of a name: ``"a2b"``, ``"b2a"`` or ``"classify_b"``."""
    if name in method.directions:
        return Translation(method, name)
    return Classification(method, name.removeprefix("classify_"))
