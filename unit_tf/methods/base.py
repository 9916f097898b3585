"""The base of all methods: networks, one forward pass, the terms of both objectives.

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
| s_2 ~ N(0, I)        | sampled["a"]    | [N, S]       |
| x_{1->2}             | x_ab            | [N, H, W, C] |
| z_l^s (CUT)          | keys[l]         | [N, S, 256]  |
| z^_l^s               | queries[l]      | [N, S, 256]  |

S is the length of a style. A sampled style lies under the domain of the content that it goes with:
x_ab is x_a's content in sampled["a"], a style of b. In CUT S is the number of patches of a layer l.
"""

import math

import keras

from unit_tf.config import UserError
from unit_tf.methods.spec import DIRECTIONS, other
from unit_tf.models.coupled import DOMAINS


class Method(keras.Model):
    """Networks and objective; subclass it to add a method. The trainer runs it without naming it.

    A subclass creates every network and every variable in ``__init__``, so that optimizers can be
    built before the first step. Its attribute names are the checkpoint format.

    It must have:

    - ``stride`` and ``smallest_side``: ``translate`` takes sides that are multiples of the stride,
      from the smallest side on. ``largest_side`` is infinite but for networks of one size.
    - ``forward``, ``generator_terms``, ``generator_weights`` and ``generator_variables``.
    - with a discriminator, ``discriminator_terms``, ``discriminator_weights`` and
      ``discriminator_variables``. Without, the defaults say that there is none.
    - ``translate`` for its ``directions``: ``("a2b",)`` for a one-sided method, ``()`` for one that
      only classifies.

    Attributes:
      directions: those that ``translate`` takes, of ``("a2b", "b2a")``.
      classifies: whether it learns from labels, so that ``classify`` predicts classes.
      averages_all: whether a moving average takes in the discriminators too.
      style_size: length of a style where one image has many translations, else 0.
      channels: {"a": 1 or 3, "b": 1 or 3} of the images.

    Args:
      config: ExperimentConfig; ``data`` gives channels, ``model`` sizes, ``weights`` the lambdas.

    Example (examples/add_a_method.py is a whole one):
      >>> class Paired(Method):
      ...     directions, stride, smallest_side = ("a2b",), 1, 1
      ...
      ...     def __init__(self, config, **kwargs):
      ...         super().__init__(config, **kwargs)
      ...         self.network = ConvBlock(self.channels["b"], 3, activation="tanh")
      ...         self.network.build((None, None, None, self.channels["a"]))
      ...
      ...     def translate(self, x, direction):
      ...         return self.network(x)
      ...
      ...     def forward(self, batch, seed, training=True):
      ...         return {"x_b": batch[1], "x_ab": self.network(batch[0], training=training)}
      ...
      ...     def generator_terms(self, outputs):
      ...         return {"reconstruction/b": l1(outputs["x_b"], outputs["x_ab"])}
      ...
      ...     @property
      ...     def generator_weights(self):
      ...         return self.weights_of("reconstruction")
      ...
      ...     @property
      ...     def generator_variables(self):
      ...         return unique_variables(self.network)
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
        self.built = True  # the subclass' __init__ makes every variable

    def save(self, *unused, **also_unused):
        """Refuses: a Keras file holds neither the configuration nor what rebuilds a method."""
        raise UserError(
            "a method is no Keras file: unit_tf.load(WORKDIR).save(FOLDER) keeps a translator, "
            "unit_tf.export and unit-export make a SavedModel, and training saves its checkpoints"
        )

    @property
    def targets(self):
        """The domains that images are translated into, of ``("a", "b")``."""
        return tuple(d for d in DOMAINS if f"{other(d)}2{d}" in self.directions)

    def weights_of(self, *families):
        """{"family": lambda} of these fields of ``config.weights``."""
        return {family: getattr(self.config.weights, family) for family in families}

    def rescale(self):
        """Gives new networks the start ``--model.initializer=default``, in place.

        Each layer of the generators and discriminators passes on a signal of unit variance then
        (layers/unit_variance.py), computed in float32. By default this does nothing.
        """

    def prepare_training(self):
        """Makes or loads what only training needs; before the optimizers and ``forward``.

        What a checkpoint is to hold of it belongs to ``training_state``.
        """

    @property
    def training_state(self):
        """Variables that only training needs, besides the discriminators; none by default.

        A checkpoint's state holds them. The files of weights beside it do not, nor does any
        translator that is saved, shipped or exported.
        """
        return []

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
        """The terms of the generators' objective.

        Args:
          outputs: of ``forward``.

        Returns:
          {"family/domain": float32 scalar}, exactly the families in ``generator_weights`` whose
          weight is not 0.
        """
        raise NotImplementedError

    def discriminator_terms(self, outputs):
        """Like ``generator_terms``, for ``discriminator_weights``; none by default."""
        del outputs
        return {}

    @property
    def generator_weights(self):
        """{"family": lambda} of the generators' objective; see ``weights_of``."""
        raise NotImplementedError

    def generator_weights_at(self, step):
        """``generator_weights`` at training step ``step`` (int64 scalar), where they change."""
        del step
        return self.generator_weights

    @property
    def discriminator_start(self):
        """Step before which the discriminators stay as they are; 0 by default."""
        return 0

    @property
    def discriminator_weights(self):
        """{"family": lambda} of the discriminators' objective; none by default."""
        return {}

    @property
    def generator_variables(self):
        """Variables that the generators' optimizer moves, each once; see ``unique_variables``."""
        raise NotImplementedError

    @property
    def discriminator_variables(self):
        """Variables that the discriminators' optimizer moves, each once; none by default."""
        return []

    def translate(self, x, direction):
        """The translation without noise, as users and exports see it.

        Args:
          x: float32 [N, H, W, C] in [-1, 1]; sides are multiples of ``stride``.
          direction: one of ``directions``.

        Returns:
          float32 [N, H, W, C'] in [-1, 1].
        """
        raise NotImplementedError

    def translate_styled(self, x, direction, style):
        """The translation in a given style; for methods with styles.

        Args:
          x: as in ``translate``; a single image is translated into every style, and encoded once.
          direction: one of ``directions``.
          style: float32 [N, style_size], of the domain translated into; N(0, I) in training.

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

    def translate_with_code(self, x, direction):
        """The translation and the code that it is made of, from one pass; students learn from both.

        Args:
          x, direction: as in ``translate``.

        Returns:
          (what ``translate`` returns, [N, H / stride, W / stride, c]); the code is None, as by
          default, where there is no such thing.
        """
        return self.translate(x, direction), None

    def reconstruct(self, x, domain):
        """Images decoded from their own codes without noise, by which health is watched.

        Args:
          x: float32 [N, H, W, C] in [-1, 1], sides as in ``translate``.
          domain: ``"a"`` or ``"b"``, where they come from.

        Returns:
          float [N, H, W, C] in [-1, 1]; None, as by default, where no such thing is learned.
        """
        del x, domain

    def real_logits(self, x, domain):
        """The discriminators' logits, high for real images, by which health is watched.

        Args:
          x: float [N, H, W, C] in [-1, 1].
          domain: ``"a"`` or ``"b"``, which they are to be images of.

        Returns:
          list of [N, h, w, 1], one a resolution; None, as by default, without adversarial terms.
        """
        del x, domain

    def call(self, x, direction=None):
        """``translate`` in ``direction`` or the first one; of methods without any, a's classes."""
        if not self.directions:
            return self.classify(x, "a")
        return self.translate(x, direction or self.directions[0])

    def preview(self, batch):
        """Images for the log's grid, without noise.

        Args:
          batch: as in ``forward``.

        Returns:
          {"column title": images}, left to right; by default each domain's images, and behind them
          their translations where there is such a direction.
        """
        columns = {}
        for d, x in zip(DOMAINS, batch[:2], strict=True):
            columns[d] = x
            if other(d) in self.targets:
                columns[f"{d}->{other(d)}"] = self.translate(x, f"{d}2{other(d)}")
        return columns

    def get_config(self):
        """Refuses: a method's sizes are its experiment's, which Keras cannot rebuild.

        Raises:
          NotImplementedError: names what to use.
        """
        raise NotImplementedError(
            f"{type(self).__name__}: Keras cannot save a method whole. Save its weights with "
            "save_weights and its experiment with config.to_json(), and make it again with "
            "build_method(config); single networks, as method.generator, can be saved."
        )


def unique_variables(*layers):
    """The layers' trainable variables, each once.

    Raises:
      ValueError: two of the layers own the same variable, which an optimizer would move twice.
    """
    variables = [v for layer in layers for v in layer.trainable_variables]
    if len({id(v) for v in variables}) != len(variables):
        raise ValueError("a shared variable is listed twice; take variables from its one owner")
    return variables
