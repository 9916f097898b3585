"""Which attributes a face shows, as a small network that ships with the package sees it.

It knows faces of ``--data.source=avatars`` and no photographs. tools/train_attribute_classifier.py
trained it on faces that are test faces of no data set; the JSON file beside its weights says how,
and how often it is right.
"""

import json
import pathlib
import typing

import keras
import numpy as np
import tensorflow as tf

from unit_tf.weight_files import read_npz

SHIPPED = pathlib.Path(__file__).parent / "weights" / "avatar_attributes.npz"
SIZE = 64
FILTERS = (16, 32, 48, 64)
AT_A_TIME = 64


class AttributeClassifier(typing.NamedTuple):
    """A network, the attributes that it knows and its card.

    Attributes:
      network: keras.Model, float32 [N, 64, 64, 3] in [-1, 1] -> logits [N, K].
      attributes: K names.
      card: dict, how it was trained and what it scored; see the tool.
    """

    network: keras.Model
    attributes: tuple[str, ...]
    card: dict

    def probabilities(self, images):
        """How likely each attribute is there.

        Args:
          images: non-empty sequence of RGB images [H_i, W_i, 3], uint8 or float in [0, 1]; resized
            to 64x64, bilinear and antialiased.

        Returns:
          float32 [N, K], each in [0, 1], in the order of ``attributes``.
        """
        found = []
        for start in range(0, len(images), AT_A_TIME):
            batch = tf.stack([_prepared(image) for image in images[start : start + AT_A_TIME]])
            found.append(tf.sigmoid(self.network(batch, training=False)).numpy())
        return np.concatenate(found)

    def probability(self, image, attribute):
        """How likely one attribute is there in one image, a float in [0, 1]."""
        return float(self.probabilities([image])[0, self.attributes.index(attribute)])


def build_network(count):
    """The untrained network.

    Four strided convolutions and one dense layer, so that it knows where on a face it looks.

    Args:
      count: number of attributes.

    Returns:
      keras.Model, float32 [N, 64, 64, 3] in [-1, 1] -> logits [N, count].
    """
    x = inputs = keras.Input((SIZE, SIZE, 3))
    for i, filters in enumerate(FILTERS):
        x = keras.layers.Conv2D(
            filters, 3, strides=2, padding="same", activation="relu",
            kernel_initializer="he_normal", name=f"conv_{i}",
        )(x)  # fmt: skip
    x = keras.layers.Dropout(0.3, name="dropout")(keras.layers.Flatten(name="flatten")(x))
    return keras.Model(inputs, keras.layers.Dense(count, name="logits")(x))


def load_classifier(path=SHIPPED):
    """Reads a classifier and its card; nothing in the files is unpickled.

    Args:
      path: .npz as ``save_classifier`` writes it, with the .json beside it.

    Returns:
      AttributeClassifier.

    Raises:
      ValueError: a file is missing or holds something else; names it.
    """
    arrays, card = read_npz(path), _read_card(card_path(path))
    names = arrays.get("attributes", np.zeros(()))
    if names.ndim != 1 or names.dtype.kind != "U" or not names.size:
        raise ValueError(f"{path}: no names of attributes; expected a classifier of attributes")
    network = build_network(len(names))
    for variable in network.weights:
        name = _key(variable)
        array = arrays.get(name, np.zeros(()))
        fits = array.shape == tuple(variable.shape) and array.dtype.kind == "f"
        if not fits or not np.isfinite(array).all():
            raise ValueError(f"{path}: not a classifier of attributes; first misfit: {name}")
        variable.assign(array.astype(np.float32))
    network.trainable = False
    return AttributeClassifier(network, tuple(map(str, names)), card)


def save_classifier(network, attributes, path):
    """Writes the weights as half floats; the caller renames the file into its place.

    Args:
      network: from ``build_network``.
      attributes: names, in the order of its outputs.
      path: .npz to write.
    """
    arrays = {_key(v): np.asarray(v.value).astype(np.float16) for v in network.weights}
    np.savez_compressed(path, attributes=np.array(attributes), **arrays)


def card_path(path):
    """The JSON file that belongs to a classifier's weights."""
    return pathlib.Path(path).with_suffix(".json")


def _key(variable):
    return "/".join(variable.path.split("/")[-2:])


def _prepared(image):
    """float32 [64, 64, 3] in [-1, 1]."""
    x = tf.cast(image, tf.float32) / (255.0 if image.dtype == np.uint8 else 1.0)
    if x.shape[:2] != (SIZE, SIZE):
        x = tf.image.resize(x, (SIZE, SIZE), antialias=True)
    return 2 * x - 1


def _read_card(path):
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ValueError(f"{path}: not a readable card ({str(reason).lower()})") from None
    accuracy = card.get("held_out_accuracy") if isinstance(card, dict) else None
    if not isinstance(accuracy, dict):
        raise ValueError(f"{path}: held_out_accuracy is missing; expected a classifier's card")
    return card
