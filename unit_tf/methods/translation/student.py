"""A student: a small network in one direction that imitates a trained translator, its teacher.

It learns from the teacher's training images, without pairs. Its translations, and the code that
they are made of, should be the teacher's; by choice a discriminator tells the two apart. The idea
of imitating outputs is Hinton, Vinyals and Dean's (2015). GAN Compression (Li et al., CVPR 2020)
has these terms for translators.
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
from unit_tf.models.student_sizes import DISCRIMINATOR, STRIDE, student_crop

# What Translator.save writes.
_SAVED = ("config.json", "translator.npz")


class Outputs(typing.NamedTuple):
    """One forward pass.

    Attributes:
      x: {"a": x_a, "b": the teacher's translation of it}, [N, H, W, C]; from B to A the reverse.
      translated: {"a": x_ab} or {"b": x_ba}, the student's.
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
      config: ExperimentConfig; ``model.teacher`` is a folder of config.json and weights,
        ``model.direction`` the one that it is imitated in.

    Example:
      >>> method = Student(ExperimentConfig().replace({"model.method": "student"}))
      >>> method.translate(tf.zeros([1, 64, 64, 3]), "a2b").shape
      TensorShape([1, 64, 64, 3])
    """

    stride, smallest_side = STRIDE, STRIDE

    def __init__(self, config, **kwargs):
        super().__init__(config, **kwargs)
        model = config.model
        architecture = select_architecture(
            DISCRIMINATOR,
            initializer=model.initializer,
            discriminator_kernel=model.discriminator_kernel,
        )
        self.directions = (model.direction,)
        self._source, self._target = model.direction.split("2")
        # A network's own "a" is what it reads.
        channels = {"a": self.channels[self._source], "b": self.channels[self._target]}
        self.student = build_student(channels, model.width, model.num_blocks)
        self.discriminator = build_discriminator(
            architecture, model.discriminator_width or model.width, model.discriminator_depth,
            domains=(self._target,), channels=self.channels, image_size=config.data.image_size,
        )  # fmt: skip
        self.head = None
        self._teacher = None

    def rescale(self):
        model = self.config.model
        smallest = student_crop(model.discriminator_depth, model.discriminator_kernel)
        probe = probe_pair(self.config.data.image_size, self.channels, smallest)
        self.student.rescale(probe[self._source])
        self.discriminator.rescale({self._target: probe[self._target]})

    def prepare_training(self):
        if self._teacher is not None:
            return
        teacher, direction = load_teacher(self.config), self.directions[0]
        # A function, which Keras does not track: the teacher's weights are in no checkpoint.
        self._teacher = lambda x: teacher.translate_with_code(x, direction)
        if self.config.weights.code:
            self._add_head(teacher)

    def _add_head(self, teacher):
        """The 1x1 convolution from the student's code, shrunk to the teacher's size, to its."""
        side = max(teacher.smallest_side, teacher.stride, STRIDE)
        probe = tf.zeros((1, side, side, self.channels[self._source]))
        _, code = teacher.translate_with_code(probe, self.directions[0])
        if code is None or teacher.stride % STRIDE:
            raise UserError(
                f"--weights.code={self.config.weights.code:g}: the teacher has no code to learn "
                "from; give 0"
            )
        self._shrink = teacher.stride // STRIDE
        self.head = ConvBlock(code.shape[-1], 1, name="head")
        self.head.build((None, None, None, self.student.encode(probe)[0].shape[-1]))

    @property
    def training_state(self):
        return unique_variables(self.head) if self.head is not None else []

    def translate(self, x, direction):
        return self.translate_with_code(x, direction)[0]

    def translate_with_code(self, x, direction):
        code, detail = self.student.encode(x)
        return self.student.decode(code, detail), code

    def forward(self, batch, seed, training=True):
        del seed
        x = dict(zip(DOMAINS, batch, strict=True))[self._source]
        target, wanted = self._teacher(x)
        code, detail = self.student.encode(x, training)
        codes = None
        if self.config.weights.code:
            codes = tf.stop_gradient(wanted), self._mapped(code)
        return Outputs(
            x={self._source: x, self._target: tf.stop_gradient(target)},
            translated={self._source: self.student.decode(code, detail, training)},
            codes=codes,
        )

    def _mapped(self, code):
        """The student's code in the size and the channels of the teacher's."""
        if self._shrink > 1:
            code = tf.nn.avg_pool2d(code, self._shrink, self._shrink, "VALID")
        return self.head(code)

    @property
    def generator_weights(self):
        return self.weights_of("gan", "distillation", "code")

    @property
    def discriminator_weights(self):
        return {"discriminator": self.config.weights.gan}

    def generator_terms(self, outputs):
        terms = adversarial_generator_terms(self, outputs)
        target, translated = outputs.x[self._target], outputs.translated[self._source]
        terms[f"distillation/{self._target}"] = l1(target, translated)
        if outputs.codes is not None:
            terms[f"code/{self._source}"] = relative_l1(*outputs.codes)
        return terms

    def discriminator_terms(self, outputs):
        return adversarial_discriminator_terms(self, outputs)

    @property
    def generator_variables(self):
        return unique_variables(self.student, *(() if self.head is None else (self.head,)))

    @property
    def discriminator_variables(self):
        return unique_variables(self.discriminator)


def load_teacher(config):
    """The translator that a student imitates, in the precision of its training.

    Args:
      config: ExperimentConfig of the student.

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
    check_teacher(flag, theirs, config)
    teacher = build_method(theirs)
    read_weights(teacher, weights)
    return teacher
