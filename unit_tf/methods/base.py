"""What a method is: networks, one forward pass, the terms of both players.

Glossary: paper symbol -> name here -> shape (N images, h = H / stride, c filters of the code).

| paper                | here            | shape        |
| -------------------- | --------------- | ------------ |
| x_1, x_2             | x_a, x_b        | [N, H, W, C] |
| E_mu,1(x_1)          | mu_a            | [N, h, w, c] |
| z_1 = E_mu,1 + eta   | z_a             | [N, h, w, c] |
| x~_1^{1->1}          | x_aa            | [N, H, W, C] |
| x~_1^{1->2}          | x_ab            | [N, H, W, C] |
| E_mu,2(x~_1^{1->2})  | mu_ab           | [N, h, w, c] |
| x_1 translated twice | x_aba           | [N, H, W, C] |
| G_2(E_mu,1(x_2))     | x_b_kept        | [N, H, W, C] |
| c_1 (MUNIT)          | code["a"]       | [N, h, w, c] |
| s_1 = E^s_1(x_1)     | own["a"]        | [N, S]       |
| s_2 ~ N(0, I)        | drawn["a"]      | [N, S]       |
| x_{1->2}             | x_ab            | [N, H, W, C] |

S is the length of a style. A drawn style lies under the domain of the content that it goes with:
x_ab is x_a's content in drawn["a"], a style of b.
"""

import math

import keras

from unit_tf.methods.spec import DIRECTIONS
from unit_tf.models.coupled import DOMAINS


def other(domain):
    """The other domain's letter."""
    return "b" if domain == "a" else "a"


class Method(keras.Model):
    """Networks and objective; the trainer runs any of these without knowing which.

    Subclasses create every network and every variable in ``__init__`` (so optimizers can be built
    before the first step) and implement the methods below. Attribute names are the checkpoint
    format.

    Subclasses also set ``stride`` (pixels between sizes that ``translate`` takes) and
    ``smallest_side`` (the smallest of those sizes); ``largest_side`` is infinite but for networks
    of one size. ``directions`` are those that it translates in; one that only classifies has none.
    ``classifies`` says that it learns from labels, so that ``classify`` reads images;
    ``averages_all``, that a moving average takes in the discriminators too. ``style_size`` is the
    length of a style where one image has many translations, else 0.

    Args:
      config: ExperimentConfig; ``data`` gives channels, ``model`` sizes, ``weights`` the lambdas.
    """

    directions = DIRECTIONS
    largest_side = math.inf
    classifies = False
    averages_all = False
    style_size = 0

    def __init__(self, config, **kwargs):
        super().__init__(**kwargs)
        self.config = config
        self.channels = {d: config.data.domain_channels(d) for d in DOMAINS}

    def rescale(self):
        """Gives new networks the start ``--model.initializer=default``, in place.

        Each layer of the generators and discriminators passes on a signal of unit variance then
        (layers/unit_variance.py). A method whose start is another does nothing.
        """

    def prepare_training(self):
        """Loads what only training needs and no checkpoint holds; before the first ``forward``."""

    def forward(self, batch, seed, training=True):
        """One pass of every network that the generators' terms need, but the discriminators.

        Args:
          batch: (x_a, x_b), float32 [N, H, W, C] in [-1, 1]; of labelled data (x_a, x_b, y_a), with
            y_a int32 [N].
          seed: int32 [2]; the only source of the latent noise.
          training: for dropout and noise.

        Returns:
          a NamedTuple of named tensors; None for what no active weight needs.
        """
        raise NotImplementedError

    def generator_terms(self, outputs):
        """{"family/domain": float32 scalar}, exactly the families in ``generator_weights``."""
        raise NotImplementedError

    def discriminator_terms(self, outputs):
        """Like ``generator_terms``, for ``discriminator_weights``."""
        raise NotImplementedError

    @property
    def generator_weights(self):
        """{"family": lambda} of the generators' objective."""
        raise NotImplementedError

    def generator_weights_at(self, step):
        """``generator_weights`` at training step ``step`` (int64 scalar), where they change."""
        del step
        return self.generator_weights

    @property
    def discriminator_start(self):
        """Step before which the discriminators stay as they are."""
        return 0

    @property
    def discriminator_weights(self):
        """{"family": lambda} of the discriminators' objective."""
        raise NotImplementedError

    @property
    def generator_variables(self):
        """What the generators' optimizer moves, each variable once."""
        raise NotImplementedError

    @property
    def discriminator_variables(self):
        """What the discriminators' optimizer moves, each variable once."""
        raise NotImplementedError

    def translate(self, x, direction):
        """The translation without noise, as users and exports see it.

        Args:
          x: float32 [N, H, W, C] in [-1, 1]; sides are multiples of ``stride``.
          direction: ``"a2b"`` or ``"b2a"``.

        Returns:
          float32 [N, H, W, C'] in [-1, 1].
        """
        raise NotImplementedError

    def translate_styled(self, x, direction, style):
        """The translation in a given style; for methods with styles.

        Args:
          x: as in ``translate``; a single image is drawn in every style, and encoded once.
          direction: ``"a2b"`` or ``"b2a"``.
          style: float32 [N, style_size], of the domain that is drawn; N(0, I) in training.

        Returns:
          as ``translate``.
        """
        raise NotImplementedError

    def encode_style(self, x, domain):
        """The styles of images; for methods with styles.

        Args:
          x: float32 [N, H, W, C] in [-1, 1], sides at least ``smallest_side``.
          domain: ``"a"`` or ``"b"``, where they come from.

        Returns:
          float32 [N, style_size].
        """
        raise NotImplementedError

    def classify(self, x, domain):
        """Class logits of images, as users see them; for methods that learn from labels.

        Args:
          x: float32 [N, H, W, C] in [-1, 1].
          domain: ``"a"`` or ``"b"``, where they come from.

        Returns:
          float32 [N, K].
        """
        raise NotImplementedError

    def preview(self, batch):
        """{"column title": images} for the log's grid, without noise, left to right."""
        raise NotImplementedError


def unique_variables(*layers):
    """The layers' trainable variables, each once.

    Raises:
      ValueError: two of the layers own the same variable, which an optimizer would move twice.
    """
    variables = [v for layer in layers for v in layer.trainable_variables]
    if len({id(v) for v in variables}) != len(variables):
        raise ValueError("a shared variable is listed twice; take variables from its one owner")
    return variables
