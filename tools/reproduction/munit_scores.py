"""What a translator of grey digits into coloured ones is worth: munit.py says what is measured."""

CONTENTS, INPUTS, PAIRS, AT_A_TIME = 1000, 100, 19, 250


class Sampler:
    """Translations a->b of one training, in styles that are sampled or given.

    Args:
      method: Munit or Unit.
    """

    def __init__(self, method):
        self.method = method

    def encode_style(self, x):
        """float32 [N, style_size] of images of B."""
        return self.method.encode_style(x, "b")

    def _noisy(self, x, rng):
        import tensorflow as tf

        # A takes B's part too: only a->b is looked at, and it is translated from A alone.
        same = tf.repeat(x, self.method.channels["b"], axis=-1)
        seed = tf.constant(rng.integers(0, 2**31 - 1, 2), tf.int32)
        return self.method.forward((x, same), seed).translated["a"]

    def styles(self, rng, count):
        """float32 [count, style_size] from N(0, I); None without styles."""
        size = self.method.style_size
        return rng.standard_normal((count, size), "float32") if size else None

    def __call__(self, x, styles, rng):
        """uint8 [N, 32, 32, 3] of float32 [N, 32, 32, 1] in [-1, 1]."""
        import numpy as np

        from unit_tf.data.images import to_uint8

        parts = []
        for i in range(0, len(x), AT_A_TIME):
            rows = slice(i, i + AT_A_TIME)
            if styles is None:
                parts.append(self._noisy(x[rows], rng))
            else:
                parts.append(self.method.translate_styled(x[rows], "a2b", styles[rows]))
        return to_uint8(np.concatenate(parts))


def held_out(data):
    """(grey uint8 [N, 32, 32, 1], labels [N], coloured uint8 [N, 32, 32, 3], labels [N])."""
    import numpy as np

    a, b = data.test_a[:CONTENTS], data.test_b[:CONTENTS]
    return (
        np.stack([t.load() for t in a]), np.array([t.label for t in a]),
        np.stack([t.load() for t in b]), np.array([t.label for t in b]),
    )  # fmt: skip


def scores(method, data, classify):
    """What one training is worth.

    Args:
      method: its Method.
      data: Data of coloured_digits.
      classify: uint8 [N, 32, 32, 3] -> classes [N].

    Returns:
      {"kept", "kept_guided", "colour_error", "diversity"}, floats; those of examples' styles None
      for a method without styles.
    """
    import numpy as np

    from unit_tf.data.images import to_float
    from unit_tf.evaluation.metrics.diversity import paired_distance, pixel_distance

    grey, labels, coloured, _ = held_out(data)
    sampler, rng = Sampler(method), np.random.default_rng(0)
    x = to_float(grey)
    kept = classify(sampler(x, sampler.styles(rng, len(x)), rng)) == labels
    guided = {"kept_guided": None, "colour_error": None}
    if method.style_size:
        translated = sampler(x, sampler.encode_style(to_float(coloured)), rng)
        errors = colour_errors(translated, grey, examples_colours(len(x)))
        guided = {
            "kept_guided": float(np.mean(classify(translated) == labels)),
            "colour_error": float(np.mean(errors)),
        }
    distances = []
    for image in x[:INPUTS]:
        many = np.repeat(image[None], 2 * PAIRS, 0)
        translated = sampler(many, sampler.styles(rng, len(many)), rng)
        distances.append(paired_distance(translated, pixel_distance))
    return {"kept": float(np.mean(kept)), **guided, "diversity": float(np.mean(distances))}


def examples_colours(count):
    """[(ink, paper)] of the first held-out images of B."""
    from unit_tf.data.sources.coloured_digits import held_out_colours

    return [held_out_colours(i) for i in range(count)]


def colour_errors(images, grey, colours):
    """Mean difference of each image's two colours from given ones, as a fraction of 255."""
    import numpy as np

    from unit_tf.evaluation.metrics.two_colours import colours_of

    found = [colours_of(p, g[..., 0]) for p, g in zip(images, grey, strict=True)]
    return np.abs(np.array(found) - np.array(colours)).mean((1, 2)) / 255


def references(data, classify):
    """The same figures of real images: what can be reached, and what chance gives."""
    import numpy as np

    from unit_tf.evaluation.metrics.diversity import paired_distance, pixel_distance

    _, _, coloured, labels = held_out(data)
    colours = np.array(examples_colours(CONTENTS))
    chance = np.abs(colours - np.roll(colours, 1, 0)).mean() / 255
    even = coloured[: 2 * (len(coloured) // 2)]
    return {
        "kept": float(np.mean(classify(coloured) == labels)), "kept_guided": None,
        "colour_error": float(chance), "diversity": paired_distance(even, pixel_distance),
    }  # fmt: skip
