"""A student: a small network in one direction that imitates a trained translator, its teacher.

It learns from the teacher's training images, without pairs: its translations, and the code that
they are made of, should be the teacher's, and a discriminator tells the two apart. The idea of
imitating outputs is Hinton, Vinyals and Dean's (2015); for translators with a discriminator see
GAN Compression (Li et al., CVPR 2020), whose terms these are, but for pairs, which are not needed.
"""

import pathlib
import typing

import tensorflow as tf

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.layers.blocks import ConvBlock
from unit_tf.losses.distillation import relative_l1
from unit_tf.losses.reconstruction import l1
from unit_tf.methods.adversarial_terms import (
    adversarial_discriminator_terms,
    adversarial_generator_terms,
)
from unit_tf.methods.base import Method, unique_variables
from unit_tf.methods.registry import build_method
from unit_tf.methods.translation.teachers import check_teacher
from unit_tf.methods.weights import read_weights
from unit_tf.models.architectures import select_architecture
from unit_tf.models.coupled import DOMAINS
from unit_tf.models.discriminators import build_discriminator
from unit_tf.models.probe import probe_pair
from unit_tf.models.student_networks import build_student
from unit_tf.models.student_sizes import STRIDE

# The discriminator is of this family, whatever the teacher is of.
_DISCRIMINATOR = "resnet2017"
# What Translator.save writes.
_SAVED = ("config.json", "translator.npz")


class Outputs(typing.NamedTuple):
    """One forward pass.

    Attributes:
      x: {"a": x_a, "b": the teacher's translation of it}, [N, H, W, C].
      translated: {"a": x_ab}, the student's.
      codes: (the teacher's code, the student's, mapped to the teacher's channels); None without a
        weight.
    """

    x: dict
    translated: dict
    codes: tuple | None


class Student(Method):
    """A StudentNetwork, a discriminator, and a head that maps its code to the teacher's.

    Only training needs the teacher and the head: neither is in a translator.

    Args:
      config: ExperimentConfig; ``model.teacher`` is a folder of config.json and weights.

    Example:
      >>> method = Student(ExperimentConfig().replace({"model.method": "student"}))
      >>> method.translate(tf.zeros([1, 64, 64, 3]), "a2b").shape
      TensorShape([1, 64, 64, 3])
    """

    directions = ("a2b",)
    stride, smallest_side = STRIDE, STRIDE

    def __init__(self, config, **kwargs):
        super().__init__(config, **kwargs)
        model = config.model
        architecture = select_architecture(_DISCRIMINATOR, initializer=model.initializer)
        self.smallest_crop = architecture.smallest_side(model.discriminator_depth)
        self._check_crop(config.data.image_size)
        self.student = build_student(self.channels, model.width, model.num_blocks)
        self.discriminator = build_discriminator(
            architecture, model.discriminator_width or model.width, model.discriminator_depth,
            domains=("b",), channels=self.channels, image_size=config.data.image_size,
        )  # fmt: skip
        self.head = None
        self._teacher = None

    def _check_crop(self, image_size):
        if min(image_size) < self.smallest_crop or any(side % STRIDE for side in image_size):
            shown = "x".join(map(str, image_size))
            raise UserError(
                f"--data.image_size={shown}: method student needs multiples of {STRIDE}, at least "
                f"{self.smallest_crop}"
            )

    def rescale(self):
        probe = probe_pair(self.config.data.image_size, self.channels, self.smallest_crop)
        self.student.rescale(probe["a"])
        self.discriminator.rescale({"b": probe["b"]})

    def prepare_training(self):
        if self._teacher is not None:
            return
        teacher = load_teacher(self.config, self.channels)
        # Functions, which Keras does not track: the teacher's weights are in no checkpoint.
        self._teacher = lambda x: tf.stop_gradient(teacher.translate(x, "a2b"))
        if self.config.weights.code:
            self._add_head(teacher)

    def _add_head(self, teacher):
        """The 1x1 convolution from the student's code, shrunk to the teacher's size, to its."""
        side = max(teacher.smallest_side, teacher.stride, STRIDE)
        probe = tf.zeros((1, side, side, self.channels["a"]))
        code = teacher.encode(probe, "a")
        if code is None or teacher.stride % STRIDE:
            raise UserError(
                f"--weights.code={self.config.weights.code:g}: the teacher has no code to learn "
                "from; give 0"
            )
        self._teacher_code = lambda x: tf.stop_gradient(teacher.encode(x, "a"))
        self._shrink = teacher.stride // STRIDE
        self.head = ConvBlock(code.shape[-1], 1, name="head")
        self.head.build((None, None, None, self.encode(probe, "a").shape[-1]))

    @property
    def training_state(self):
        return unique_variables(self.head) if self.head is not None else []

    def encode(self, x, domain):
        return self.student.encode(x)[0] if domain == "a" else None

    def translate(self, x, direction):
        return self.student(x)

    def forward(self, batch, seed, training=True):
        del seed
        x = dict(zip(DOMAINS, batch, strict=True))["a"]
        code, detail = self.student.encode(x, training)
        return Outputs(
            x={"a": x, "b": self._teacher(x)},
            translated={"a": self.student.decode(code, detail, training)},
            codes=self._codes(x, code) if self.config.weights.code else None,
        )

    def _codes(self, x, code):
        if self._shrink > 1:
            code = tf.nn.avg_pool2d(code, self._shrink, self._shrink, "VALID")
        return self._teacher_code(x), self.head(code)

    @property
    def generator_weights(self):
        return self.weights_of("gan", "distillation", "code")

    @property
    def discriminator_weights(self):
        return {"discriminator": self.config.weights.gan}

    def generator_terms(self, outputs):
        terms = adversarial_generator_terms(self, outputs)
        terms["distillation/b"] = l1(outputs.x["b"], outputs.translated["a"])
        if outputs.codes is not None:
            terms["code/a"] = relative_l1(*outputs.codes)
        return terms

    def discriminator_terms(self, outputs):
        return adversarial_discriminator_terms(self, outputs)

    @property
    def generator_variables(self):
        return unique_variables(self.student, *(() if self.head is None else (self.head,)))

    @property
    def discriminator_variables(self):
        return unique_variables(self.discriminator)


def load_teacher(config, channels):
    """The translator that a student imitates, in the precision of its training.

    Args:
      config: ExperimentConfig of the student.
      channels: {"a": 1 or 3, "b": 1 or 3} of its images.

    Returns:
      Method.

    Raises:
      UserError: there is none, or it does not translate such images.
    """
    flag = f"--model.teacher={config.model.teacher}"
    if not config.model.teacher:
        raise UserError("--model.teacher: method student needs one; unit-compress makes it")
    settings, weights = (pathlib.Path(config.model.teacher, name) for name in _SAVED)
    if not (settings.is_file() and weights.is_file()):
        raise UserError(f"{flag}: no saved translator there ({' and '.join(_SAVED)})")
    theirs = ExperimentConfig.from_json(settings.read_text("utf-8"), flag)
    teacher = build_method(theirs)
    check_teacher(flag, theirs, teacher.directions, channels)
    read_weights(teacher, weights)
    return teacher
