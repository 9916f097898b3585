"""What is exported of a method: its translators, and the classifier of its target domain."""

import math

import tensorflow as tf
from unit_tf.export.image_bytes import decode, encode
from unit_tf.export.inputs import INPUT, Encoded, Picture, Signature
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
      guide_domain: ``"a"`` or ``"b"``, of whose pictures it takes some besides; else None.
      formats: names in formats.WRITERS, those that it is written in.
      lite: name of its only signature in TFLite.
      about: what the manifest says of it.
    """

    compared = COMPARED
    guide_domain = None
    formats = ("saved_model", "tflite")

    def __init__(self, method, name, domain):
        self.method, self.name, self.domain = method, name, domain
        self.channels = method.channels[domain]
        self.sides, self.checked_at = (None, None), method.config.data.image_size
        if math.isfinite(method.largest_side):
            self.sides = self.checked_at = (method.largest_side, method.largest_side)

    @property
    def signatures(self):
        """{name: inputs.Signature}; all of them are a SavedModel's."""
        raise NotImplementedError

    @property
    def image(self):
        """inputs.Picture that it takes."""
        return Picture(INPUT, self.domain, self.channels, self.sides)

    def tflite_size(self, image_size):
        """(height, width) of the TFLite model where ``image_size`` is asked for; None for any."""
        return image_size


class Translation(Task):
    """One direction of a method, without latent noise.

    Args:
      method: a Method.
      direction: ``"a2b"`` or ``"b2a"``.
    """

    lite = SIGNATURE

    def __init__(self, method, direction):
        super().__init__(method, direction, direction[0])
        self.about = {"task": "translate", "direction": direction}

    @property
    def signatures(self):
        rounding = 0.5 / 255  # PNG has 256 levels
        encoded = Signature((Encoded(),), self.compute_encoded, SIGNATURE, rounding)
        return {SIGNATURE: Signature((self.image,), self.compute), "translate_bytes": encoded}

    def compute(self, image):
        """{"translated": float32 [N, H, W, C'] in [0, 1]} of float32 [N, H, W, C] in [0, 1]."""
        translated = translate_any_size(self.method, image * 2.0 - 1.0, self.name)
        return {"translated": (translated + 1.0) / 2.0}

    def compute_encoded(self, image_bytes):
        """The same of JPEG or PNG files, string [N]; {"translated_bytes": PNG files [N]}."""

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
    lite = "classify"

    def __init__(self, method, domain):
        super().__init__(method, f"classify_{domain}", domain)
        self.about = {"task": "classify", "domain": domain}

    @property
    def signatures(self):
        plain = Signature((self.image,), self.compute)
        encoded = Signature((Encoded(),), self.compute_encoded, SIGNATURE)
        return {SIGNATURE: plain, "classify": plain, "classify_bytes": encoded}

    def tflite_size(self, image_size):
        return self.sides

    def compute(self, image):
        """{"probabilities": float32 [N, K], "label": int32 [N]} of [N, H, W, C] in [0, 1]."""
        logits = self.method.classify(image * 2.0 - 1.0, self.domain)
        probabilities = tf.nn.softmax(logits)
        # Of the probabilities, so that both always agree, in rounded models too.
        label = tf.argmax(probabilities, axis=-1, output_type=tf.int32)
        return {"probabilities": probabilities, "label": label}

    def compute_encoded(self, image_bytes):
        """The same of JPEG or PNG files, string [N]."""
        spec = tf.TensorSpec([*self.sides, self.channels], tf.float32)
        pictures = tf.map_fn(
            lambda encoded: decode(encoded, self.channels, self.sides),
            image_bytes, fn_output_signature=spec,
        )  # fmt: skip
        return self.compute(pictures)


def tasks_of(method, directions):
    """The Tasks of a method: translators, then its classifier.

    Args:
      method: a Method.
      directions: of ``"a2b"`` and ``"b2a"``, those wanted.
    """
    translators = [Translation(method, direction) for direction in directions]
    return translators + [Classification(method, TARGET)] * method.classifies


def build_task(method, name):
    """The Task of a name: ``"a2b"``, ``"b2a"`` or ``"classify_b"``."""
    return {task.name: task for task in tasks_of(method, method.directions)}[name]
