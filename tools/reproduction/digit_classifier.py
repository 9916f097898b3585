"""A classifier of coloured digits, which nothing that is measured has seen."""


def load_classifier(path, config):
    """A classifier of coloured digits, trained once.

    Args:
      path: where it lies, or is to.
      config: ExperimentConfig of the data.

    Returns:
      uint8 [N, 32, 32, 3] -> int [N].
    """
    import keras
    import numpy as np

    from unit_tf.files import atomic_path

    if not path.exists():
        model = train_classifier(config)
        with atomic_path(path) as temporary:
            model.save(temporary)
    model = keras.models.load_model(path)
    return lambda images: np.argmax(model.predict(images / np.float32(255), verbose=0), -1)


def train_classifier(config):
    """Three passes over B's training half, each in new colours; a Keras model with a softmax."""
    import keras
    import numpy as np

    from unit_tf.data.sources import coloured_digits
    from unit_tf.data.sources.labelled import read_split
    from unit_tf.data.sources.prepared import open_builder

    keras.utils.set_random_seed(0)
    builder = open_builder("--data.source=coloured_digits, data set", "mnist", config.data.tfds_dir)
    grey, labels = read_split(builder, "pad", 1, f"train{coloured_digits.HALVES['b']}", True)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(32, 5, activation="relu"), layers.MaxPooling2D(),
            layers.Conv2D(64, 5, activation="relu"), layers.MaxPooling2D(),
            layers.Flatten(), layers.Dropout(0.3), layers.Dense(10, activation="softmax"),
        ]
    )  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy")
    rng = np.random.default_rng(0)
    for _ in range(3):
        images = [coloured_digits.coloured(g, *coloured_digits.draw_colours(rng)) for g in grey]
        model.fit(np.stack(images) / np.float32(255), labels, batch_size=64, verbose=0)
    return model
