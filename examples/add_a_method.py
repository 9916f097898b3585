"""Adds a method of your own: a translator from A to B alone that keeps the colours of its input.

  python examples/add_a_method.py PHOTOS_FOLDER PAINTINGS_FOLDER PHOTO.jpg

trains it for 200 steps on two folders of images and translates PHOTO.jpg to translated.png. A
discriminator asks that translations look like images of B. Another loss compares colours after a
blur, so B's strokes and textures are free and A's colours stay. See docs/adding_a_method.md.
"""

import sys

import tensorflow as tf

import unit_tf
from unit_tf.losses import adversarial
from unit_tf.losses.reconstruction import l1
from unit_tf.methods.base import Method, unique_variables
from unit_tf.methods.registry import register_method
from unit_tf.methods.spec import MethodSpec
from unit_tf.models.architectures import select_architecture
from unit_tf.models.discriminators import build_discriminator
from unit_tf.models.encoders import build_encoder
from unit_tf.models.generators import build_generator


class ColourKeeper(Method):
    """One encoder, one generator, one discriminator: the sides of UNIT's that A to B needs."""

    directions = ("a2b",)

    def __init__(self, config, **kwargs):
        super().__init__(config, **kwargs)
        model, x_a = config.model, (None, *config.data.image_size, self.channels["a"])
        architecture = select_architecture(model.architecture, initializer="he_normal")
        self.stride, self.smallest_side = architecture.stride, architecture.smallest_image
        # The builders make pairs of networks, one for each domain. This method needs one of each.
        size = dict(width=model.width, num_blocks=model.num_blocks, num_shared=0)
        self.encoder = build_encoder(architecture, **size).private_a
        self.generator = build_generator(architecture, self.channels, **size).private_b
        pairs = build_discriminator(architecture, model.width, model.discriminator_depth, scales=1)
        self.discriminator = pairs.scales[0].private_b
        # Every variable must exist before the optimizers are made.
        self.encoder.build(x_a)
        self.generator.build(self.encoder.compute_output_shape(x_a))
        self.discriminator.build(x_a)
        self.built = True

    def translate(self, x, direction):
        return self.generator(self.encoder(x))

    def forward(self, batch, seed, training=True):
        x_a, x_b = batch
        x_ab = self.generator(self.encoder(x_a, training=training), training=training)
        return {"x_a": x_a, "x_b": x_b, "x_ab": x_ab}

    def generator_terms(self, outputs):
        logits = [self.discriminator(outputs["x_ab"], training=True)]
        colours = [tf.nn.avg_pool2d(outputs[x], 8, 8, "SAME") for x in ("x_a", "x_ab")]
        return {"gan/b": adversarial.generator_loss(logits), "reconstruction/b": l1(*colours)}

    def discriminator_terms(self, outputs):
        real, fake = ([self.discriminator(outputs[x], training=True)] for x in ("x_b", "x_ab"))
        return {"discriminator/b": adversarial.discriminator_loss(real, fake)}

    @property
    def generator_weights(self):
        weights = self.config.weights
        return {"gan": weights.gan, "reconstruction": weights.reconstruction}

    @property
    def discriminator_weights(self):
        return {"discriminator": self.config.weights.gan}

    @property
    def generator_variables(self):
        return unique_variables(self.encoder, self.generator)

    @property
    def discriminator_variables(self):
        return unique_variables(self.discriminator)

    def preview(self, batch):
        return {"a": batch[0], "a->b": self.translate(batch[0], "a2b")}


SPEC = MethodSpec(
    name="colour_keeper",
    factory=ColourKeeper,
    reads=frozenset({
        "model.architecture", "model.width", "model.num_blocks", "model.discriminator_depth",
        "weights.gan", "weights.reconstruction",
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
    settings = {**SETTINGS, "data.dir_a": photos, "data.dir_b": paintings}
    translator = unit_tf.train("", workdir, settings)
    translator.translate(photo, direction="a2b").save(output)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
