"""Adds a method of your own: a translator from A to B alone that keeps the colours of its input.

  python examples/add_a_method.py PHOTOS_FOLDER PAINTINGS_FOLDER PHOTO.jpg

trains it for 200 steps on two folders of images and translates PHOTO.jpg to translated.png. A
discriminator asks that translations look like images of B. Another loss compares colours after a
blur, so B's strokes and textures are free and A's colours stay. See docs/adding_a_method.md.
"""

import sys
import typing

import tensorflow as tf

import unit_tf
from unit_tf.losses.reconstruction import l1
from unit_tf.methods import adversarial_terms
from unit_tf.methods.base import Method, unique_variables
from unit_tf.methods.registry import register_method
from unit_tf.methods.spec import MethodSpec
from unit_tf.models.architectures import select_architecture
from unit_tf.models.discriminators import build_discriminator
from unit_tf.models.encoders import build_encoder
from unit_tf.models.generators import build_generator


class Outputs(typing.NamedTuple):
    """The images {"a": x_a, "b": x_b}, and {"a": x_ab}: a translation by where it comes from."""

    x: dict
    translated: dict


class ColourKeeper(Method):
    """One encoder, one generator, one discriminator: the sides of UNIT's that A to B needs."""

    directions = ("a2b",)

    def __init__(self, config, **kwargs):
        super().__init__(config, **kwargs)
        model, channels = config.model, self.channels
        architecture = select_architecture(model.architecture, initializer="he_normal")
        self.stride, self.smallest_side = architecture.stride, architecture.smallest_image
        size = dict(width=model.width, num_blocks=model.num_blocks, num_shared=0)
        self.encoder = build_encoder(architecture, **size, domains=("a",), channels=channels)
        self.generator = build_generator(architecture, {"b": channels["b"]}, **size)
        self.discriminator = build_discriminator(
            architecture, model.width, model.discriminator_depth, domains=("b",), channels=channels
        )

    def translate(self, x, direction):
        return self.generator(self.encoder(x, domain="a"), domain="b")

    def forward(self, batch, seed, training=True):
        x_a, x_b = batch
        code = self.encoder(x_a, domain="a", training=training)
        x_ab = self.generator(code, domain="b", training=training)
        return Outputs(x={"a": x_a, "b": x_b}, translated={"a": x_ab})

    def generator_terms(self, outputs):
        pair = outputs.x["a"], outputs.translated["a"]
        colours = [tf.nn.avg_pool2d(x, 8, 8, "SAME") for x in pair]
        terms = adversarial_terms.adversarial_generator_terms(self, outputs)
        return {**terms, "reconstruction/b": l1(*colours)}

    def discriminator_terms(self, outputs):
        return adversarial_terms.adversarial_discriminator_terms(self, outputs)

    @property
    def generator_weights(self):
        return self.weights_of("gan", "reconstruction")

    @property
    def discriminator_weights(self):
        return {"discriminator": self.config.weights.gan}

    @property
    def generator_variables(self):
        return unique_variables(self.encoder, self.generator)

    @property
    def discriminator_variables(self):
        return unique_variables(self.discriminator)


SPEC = MethodSpec(
    name="colour_keeper",
    factory=ColourKeeper,
    reads=frozenset({
        "model.architecture", "model.width", "model.num_blocks", "model.discriminator_depth",
        "weights.gan", "weights.gan_objective", "weights.reconstruction",
    }),
    needs=("weights.gan", "weights.reconstruction"),
    directions=("a2b",),
    same_channels=True,
)  # fmt: skip
register_method(SPEC)

SETTINGS = {
    "model.method": SPEC.name, "model.architecture": "resnet2017", "model.width": 0.25,
    "model.num_blocks": 2, "model.discriminator_depth": 3, "data.image_size": 64,
    "weights.gan": 1, "weights.reconstruction": 10, "optim.batch_size": 4, "run.steps": 200,
}  # fmt: skip


def main(photos, paintings, photo, output="translated.png", workdir="colour_keeper"):
    """Trains on two folders of images, then translates one image."""
    translator = unit_tf.train("", workdir, SETTINGS, data__dir_a=photos, data__dir_b=paintings)
    translator.translate(photo, direction="a2b").save(output)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except unit_tf.UserError as error:  # a mistake of the caller's: its one line, no traceback
        print(error, file=sys.stderr)
        sys.exit(2)
