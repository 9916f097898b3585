"""Trains the small classifier by which unit-evaluate scores faces of --data.source=avatars.

  python tools/train_attribute_classifier.py --output=unit_tf/evaluation/weights

Writes avatar_attributes.npz (half floats, without pickling) and its card, avatar_attributes.json.
Takes a few CPU-minutes. Its training faces are test faces of no attribute, whatever the data set's
seed; its held-out faces are test faces of the attribute that is asked for.
"""

import datetime
import io
import json
import pathlib
import sys

import numpy as np
from absl import flags as absl_flags
from PIL import Image

from unit_tf.cli import flags, quiet

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("output", None, "folder for the two files", flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "pairs", 1200, "training pairs of each attribute", lower_bound=1, flag_values=FLAGS
)
absl_flags.DEFINE_integer(
    "held_out_pairs", 500, "held-out pairs of each", lower_bound=1, flag_values=FLAGS
)
absl_flags.DEFINE_integer("steps", 3000, "training steps", lower_bound=1, flag_values=FLAGS)
absl_flags.DEFINE_integer("seed", 1, "of faces, weights and changes", flag_values=FLAGS)

BATCH, RATE = 64, 2e-3
# A face fades into its counterpart up to this share and is still labelled as itself: a trace of
# glasses is no pair of glasses.
MOST_GHOST = 0.35
UNKNOWN = -1.0  # a label that no loss is taken of


def face_labels(face):
    """1.0 or 0.0 for each attribute, or UNKNOWN; float32 [K].

    Args:
      face: avatar_faces.Face.
    """
    from unit_tf.data.sources.avatar_faces import ATTRIBUTES

    labels = {name: float(getattr(face, a.part) in a.present) for name, a in ATTRIBUTES.items()}
    if labels["Goatee"]:  # a beard may hide half of a smile
        labels["Smiling"] = UNKNOWN
    return np.array(list(labels.values()), np.float32)


def training_pairs(count, seed):
    """Returns ``count`` pairs of faces of each attribute. No test set ever holds one of them.

    Args:
      count: how many.
      seed: whole number.

    Returns:
      list of (Face with the attribute, Face without it).
    """
    from unit_tf.data.sources.avatar_faces import ATTRIBUTES, identity, part_of, sample_pairs

    def may_train(pair):
        return all(part_of(identity(f, name)) != "test" for name in ATTRIBUTES for f in pair)

    found = []
    for name in ATTRIBUTES:
        # About a third may.
        for part, wanted in (("a", (count + 1) // 2), ("b", count // 2)):
            sampled = sample_pairs(name, part, 8 * wanted + 64, seed)
            found += [pair for pair in sampled if may_train(pair)][:wanted]
    return found


def rendered(pairs, size):
    """uint8 [2, N, size, size, 3]: the faces with the attribute, and those without."""
    from unit_tf.data.sources.render_pool import render_faces

    faces = [pair[side] for side in (0, 1) for pair in pairs]
    return render_faces(faces, size).reshape(2, len(pairs), size, size, 3)


def changed(image, counterpart, rng):
    """A face as a translator might leave it: faint traces, soft, noisy, moved, off in colour.

    Args:
      image: uint8 [S, S, 3].
      counterpart: uint8 [S, S, 3], the same face on the other side of its pair.
      rng: numpy Generator.

    Returns:
      uint8 [S, S, 3].
    """
    side = len(image)
    ghost = rng.uniform(0, MOST_GHOST) * rng.integers(2)
    x = (1 - ghost) * image + ghost * counterpart
    x = x * rng.normal(1, 0.06, 3) + rng.normal(0, 6, 3)
    top, left = rng.integers(0, 7, 2)
    x = np.pad(x, ((3, 3), (3, 3), (0, 0)), "edge")[top : top + side, left : left + side]
    if rng.integers(2):
        x = x[:, ::-1]
    x = Image.fromarray(np.clip(np.rint(x), 0, 255).astype(np.uint8))
    if rng.integers(2):
        small = int(rng.integers(side * 7 // 16, side))
        x = x.resize((small, small), Image.Resampling.BOX).resize(
            (side, side), Image.Resampling.BILINEAR
        )
    if rng.random() < 0.3:
        x = _through_jpeg(x, int(rng.integers(30, 96)))
    noise = rng.normal(0, rng.uniform(0, 12) * rng.integers(2), image.shape)
    return np.clip(np.rint(x + noise), 0, 255).astype(np.uint8)


def _through_jpeg(image, quality):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    with Image.open(file) as read:
        return read.convert("RGB")


def changed_all(images, rng):
    """``changed`` of each face of uint8 [2, N, S, S, 3]; the same shape."""
    return np.stack([
        [changed(*pair, rng) for pair in zip(images[side], images[1 - side], strict=True)]
        for side in (0, 1)
    ])  # fmt: skip


def train(images, labels, steps, seed):
    """A trained network.

    Args:
      images: uint8 [2, N, S, S, 3] from ``rendered``.
      labels: float32 [2, N, K].
      steps: how many.
      seed: whole number.

    Returns:
      keras.Model of attribute_classifier.build_network.
    """
    import keras

    from unit_tf.evaluation.features.attribute_classifier import build_network

    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    network = build_network(labels.shape[-1])
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
    network.compile(keras.optimizers.Adam(rate), _masked_loss, jit_compile=False)
    for step in range(steps):
        sides, rows = rng.integers(0, 2, BATCH), rng.integers(0, images.shape[1], BATCH)
        batch = [
            changed(images[s, i], images[1 - s, i], rng) for s, i in zip(sides, rows, strict=True)
        ]
        x = np.stack(batch).astype(np.float32) / 127.5 - 1
        loss = network.train_on_batch(x, labels[sides, rows])
        if step % 500 == 499:
            print(f"step {step + 1}: mean loss {float(loss):.4f}", flush=True)
    return network


def _masked_loss(labels, logits):
    """Cross-entropy, mean over the known labels."""
    from keras import ops

    known = ops.cast(labels >= 0, logits.dtype)
    losses = ops.softplus(logits) - labels * logits
    return ops.sum(losses * known) / ops.maximum(ops.sum(known), 1)


def accuracies(classifier, pairs_of, change=None):
    """{attribute: share of held-out faces, of both sides, that are classified right}.

    Args:
      classifier: AttributeClassifier.
      pairs_of: {attribute: uint8 [2, N, S, S, 3]}.
      change: such as ``changed_all``, or None.
    """
    found = {}
    for column, name in enumerate(classifier.attributes):
        images = change(pairs_of[name]) if change else pairs_of[name]
        with_it, without = (classifier.probabilities(side)[:, column] for side in images)
        found[name] = float(((with_it > 0.5).mean() + (without <= 0.5).mean()) / 2)
    return found


def round_to_half(network):
    """Rounds the weights as the file does, so that what ships is what is measured."""
    for variable in network.weights:
        variable.assign(np.asarray(variable.value).astype(np.float16).astype(np.float32))


def measured(network, held_out_pairs, seed):
    """Accuracies on faces that no training sees, as entries of the card."""
    from unit_tf.data.sources.avatar_faces import ATTRIBUTES, sample_pairs
    from unit_tf.evaluation.features.attribute_classifier import (
        SIZE,
        AttributeClassifier,
    )

    classifier = AttributeClassifier(network, tuple(ATTRIBUTES), {})
    pairs_of = {
        name: rendered(sample_pairs(name, "test", held_out_pairs, seed), SIZE)
        for name in ATTRIBUTES
    }
    rng = np.random.default_rng(seed)
    return {
        "held_out_faces": 2 * held_out_pairs,
        "held_out_accuracy": accuracies(classifier, pairs_of),
        "held_out_accuracy_changed": accuracies(
            classifier, pairs_of, lambda images: changed_all(images, rng)
        ),
    }


def main():
    """Trains, measures and writes."""
    flags.require(FLAGS, "output")
    quiet.start_tensorflow()
    from unit_tf.export.provenance import git_commit

    from unit_tf.data.sources.avatar_faces import ATTRIBUTES
    from unit_tf.data.sources.avatar_images import package_versions
    from unit_tf.evaluation.features import attribute_classifier
    from unit_tf.files import atomic_path, write_text

    own = {name: FLAGS[name].value for name in ("pairs", "held_out_pairs", "steps", "seed")}
    shown = " ".join(f"--{name}={value}" for name, value in own.items())
    card = {
        "command": f"python tools/train_attribute_classifier.py {shown}",
        "commit": git_commit(),
        "date": datetime.date.today().isoformat(),
        "packages": package_versions(),
    }
    pairs = training_pairs(FLAGS.pairs, FLAGS.seed)
    labels = np.array([[face_labels(pair[side]) for pair in pairs] for side in (0, 1)])
    images = rendered(pairs, attribute_classifier.SIZE)
    network = train(images, labels, FLAGS.steps, FLAGS.seed)
    round_to_half(network)
    card |= {
        "training_faces": 2 * len(pairs),
        **measured(network, FLAGS.held_out_pairs, FLAGS.seed),
    }
    path = pathlib.Path(FLAGS.output) / attribute_classifier.SHIPPED.name
    with atomic_path(path) as temporary:
        attribute_classifier.save_classifier(network, list(ATTRIBUTES), temporary)
    write_text(attribute_classifier.card_path(path), json.dumps(card, indent=2) + "\n")
    print(json.dumps(card))


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
