"""What is exported of a method: its translators, their styles, and its target's classifier."""

import math

import tensorflow as tf
from unit_tf.export.check_images import COMPARED
from unit_tf.export.image_bytes import decode, encode
from unit_tf.export.inputs import GUIDE, INPUT, Encoded, ImageInput, Signature, Style

from unit_tf.inference.any_size import mirror_padded, translate_any_size

# What TensorFlow Serving runs where a request names no signature.
SIGNATURE = "serving_default"
TARGET = "b"


class Task:
    """One thing that a method makes of one domain's images.

    Args:
      method: a Method.
      name: of its folder, its files and the served model.
      domain: ``"a"`` or ``"b"``, whose images it takes.

    Attributes:
      channels: of those images.
      sides: (height, width) that SavedModels take; (None, None) for any.
      checked_at: (height, width) at which SavedModels are compared with the method.
      compared: how many images are compared, where the data have them.
      guide_domain: ``"a"`` or ``"b"``, if it also takes images of that domain; else None.
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
        """inputs.ImageInput that it takes."""
        return ImageInput(INPUT, self.domain, self.channels, self.sides)

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


class StyledTranslation(Translation):
    """One direction of a method with styles: in a style that is given, or in an example's.

    SIGNATURE and ``translate_bytes`` take no style: they use the method's own.

    Args:
      method: a Method with ``style_size``.
      direction: ``"a2b"`` or ``"b2a"``.
    """

    lite = "translate"

    def __init__(self, method, direction):
        super().__init__(method, direction)
        self.guide_domain = direction[2]
        self.about["style_size"] = method.style_size

    @property
    def signatures(self):
        style = Style(self.method.style_size)
        guide = guide_image(self.method, self.guide_domain)
        return {
            **super().signatures,
            "translate": Signature((self.image, style), self.translate),
            "translate_guided": Signature(
                (self.image, guide._replace(turned=True)), self.translate_guided
            ),
            "encode_content": Signature((self.image,), self.encode_content),
            "encode_style": Signature((guide,), self.encode_style),
        }

    def translate(self, image, style):
        """{"translated": as ``compute``'s} in styles, float32 [N, style_size]: one an image."""
        style = _one_each(image, style)
        translated = translate_any_size(self.method, image * 2.0 - 1.0, self.name, style)
        return {"translated": (translated + 1.0) / 2.0}

    def translate_guided(self, image, style_image):
        """The same in the styles of images [N, H', W', C'] of the domain translated to."""
        return self.translate(image, **self.encode_style(style_image))

    def encode_content(self, image):
        """{"content": float32 [N, h, w, filters]}, of the images as they are padded."""
        padded = mirror_padded(self.method, image * 2.0 - 1.0)
        return {"content": tf.cast(self.method.encode_content(padded, self.domain), tf.float32)}

    def encode_style(self, style_image):
        """{"style": float32 [N, style_size]} of [N, H', W', C'] of the domain translated to."""
        return encode_style(self.method, style_image, self.guide_domain)


class StyleEncoding(Task):
    """The styles of one domain's images, for devices; SavedModels have it beside a translator.

    Args:
      method: a Method with ``style_size``.
      domain: ``"a"`` or ``"b"``.
    """

    formats = ("tflite",)
    lite = "encode_style"

    def __init__(self, method, domain):
        super().__init__(method, f"encode_style_{domain}", domain)
        self.about = {"task": "encode_style", "domain": domain, "style_size": method.style_size}

    @property
    def signatures(self):
        guide = guide_image(self.method, self.domain)
        return {self.lite: Signature((guide,), self.encode_style)}

    def encode_style(self, style_image):
        """{"style": float32 [N, style_size]} of float32 [N, H, W, C] in [0, 1]."""
        return encode_style(self.method, style_image, self.domain)


def guide_image(method, domain):
    """inputs.ImageInput of examples whose style is wanted."""
    return ImageInput(GUIDE, domain, method.channels[domain])


def encode_style(method, style_image, domain):
    """{"style": float32 [N, style_size]} of a domain's float32 [N, H, W, C] in [0, 1], any size."""
    return {"style": method.encode_style(mirror_padded(method, style_image * 2.0 - 1.0), domain)}


def _one_each(image, style):
    """``style``; where it runs, an InvalidArgumentError unless there are as many as images."""
    if image.shape[0] is not None and image.shape[0] == style.shape[0]:
        return style  # an Assert would be an operator that LiteRT lacks
    counts = tf.shape(style)[0], tf.shape(image)[0]
    same = tf.Assert(tf.equal(*counts), ["one style an image is needed; styles, images:", *counts])
    with tf.control_dependencies([same]):
        return tf.identity(style)


class Classification(Task):
    """The class that a method predicts for images of one domain.

    Args:
      method: a Method that classifies.
      domain: ``"a"`` or ``"b"``.
    """

    compared = 256  # they are small; among fewer, one other label would weigh much
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
        images = tf.map_fn(
            lambda encoded: decode(encoded, self.channels, self.sides),
            image_bytes, fn_output_signature=spec,
        )  # fmt: skip
        return self.compute(images)


def tasks_of(method, directions):
    """The Tasks of a method: translators, then encoders of their styles, then its classifier.

    Args:
      method: a Method.
      directions: of ``"a2b"`` and ``"b2a"``, those wanted.
    """
    if method.style_size:
        translators = [StyledTranslation(method, direction) for direction in directions]
        return translators + [StyleEncoding(method, task.guide_domain) for task in translators]
    translators = [Translation(method, direction) for direction in directions]
    return translators + [Classification(method, TARGET)] * method.classifies


def build_task(method, name):
    """The Task of a name: ``"a2b"``, ``"b2a"``, ``"encode_style_b"`` or ``"classify_b"``."""
    return {task.name: task for task in tasks_of(method, method.directions)}[name]
