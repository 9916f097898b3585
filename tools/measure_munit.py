"""What preset munit_digits learns, beside ablations and UNIT: the table in docs/results.md.

  python tools/measure_munit.py --output=runs/munit --data.tfds_dir=DIR
  python tools/measure_munit.py --output=runs/munit --data.tfds_dir=DIR --rows=munit --seeds=0,1,2

Each training is unit-train's, in OUTPUT/ROW_SEED, and goes on where it was stopped. What it scores
is left in --results and not measured again; the table is of all that lies there. Every
--section.field is given to all trainings. OUTPUT/classifier.keras reads digits of B, and serves
unit-evaluate's --classifier too.

Of held-out grey digits (A), translated into colours (B):

  kept       share that the classifier reads as the digit that was translated. It was trained on B's
             training half with its labels, and nothing else ever sees these.
  colours    mean difference from the example's two colours, as a fraction of the range; a
             translation's colours are fitted to it by the source's grey levels
  diversity  mean pixel distance of 19 pairs of translations of each of 100 digits. UNIT has no
             styles: its pairs differ by the noise of its code, as in training.
"""

import json
import pathlib
import statistics
import subprocess
import sys

from absl import flags as absl_flags

from unit_tf import config as config_lib
from unit_tf.cli import flags, quiet
from unit_tf.config import PLACES
from unit_tf.resolve import resolve

PRESET = "munit_digits"
ROWS = {
    "munit": ("MUNIT", {}),
    "no_image": ("MUNIT without image reconstruction", {"weights.reconstruction": 0}),
    "no_content": ("MUNIT without content reconstruction", {"weights.content": 0}),
    "no_style": ("MUNIT without style reconstruction", {"weights.style": 0}),
    # The same trunk; the weights of preset munit2018.
    "unit": (
        "UNIT",
        {
            "model.method": "unit", "weights.cycle": 10, "weights.kl": 0.02,
            "weights.cycle_kl": 0.02,
        },
    ),
}  # fmt: skip
COLUMNS = {
    "kept": "kept", "kept_guided": "kept, guided", "colour_error": "colours' error, guided",
    "diversity": "diversity",
}  # fmt: skip
CONTENTS, INPUTS, PAIRS, AT_A_TIME = 1000, 100, 19, 250

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("output", None, "folder of the trainings", flag_values=FLAGS)
absl_flags.DEFINE_string("results", "results/munit", "folder of records", flag_values=FLAGS)
absl_flags.DEFINE_list("rows", list(ROWS), "rows to train", flag_values=FLAGS)
absl_flags.DEFINE_list("seeds", ["0"], "seeds", flag_values=FLAGS)
flags.define_config_flags(FLAGS)


class Drawer:
    """Translations a->b of one training, in the range of the networks.

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

        # A takes B's part too: only a->b is looked at, and it is drawn from A alone.
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
    draw, rng = Drawer(method), np.random.default_rng(0)
    x = to_float(grey)
    kept = classify(draw(x, draw.styles(rng, len(x)), rng)) == labels
    guided = {"kept_guided": None, "colour_error": None}
    if method.style_size:
        translated = draw(x, draw.encode_style(to_float(coloured)), rng)
        errors = colour_errors(translated, grey, examples_colours(len(x)))
        guided = {
            "kept_guided": float(np.mean(classify(translated) == labels)),
            "colour_error": float(np.mean(errors)),
        }
    distances = []
    for image in x[:INPUTS]:
        many = np.repeat(image[None], 2 * PAIRS, 0)
        drawn = draw(many, draw.styles(rng, len(many)), rng)
        distances.append(paired_distance(drawn, pixel_distance))
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
        drawn = [coloured_digits.coloured(g, *coloured_digits.draw_colours(rng)) for g in grey]
        model.fit(np.stack(drawn) / np.float32(255), labels, batch_size=64, verbose=0)
    return model


def train(row, seed, workdir):
    """One training, in a process of its own; returns its exit code."""
    settings = {**flags.config_overrides(FLAGS), **ROWS[row][1], "run.seed": seed}
    command = [sys.executable, "-m", "unit_tf.cli.train", f"--preset={PRESET}"]
    command += [f"--workdir={workdir}", *(f"--{k}={v}" for k, v in settings.items())]
    return subprocess.run(command, check=False).returncode


def write_record(name, record):
    """Adds where and when a record was made, and writes it."""
    from unit_tf.export.provenance import provenance

    from unit_tf.files import write_text

    path = pathlib.Path(FLAGS.results).expanduser() / f"{name}.json"
    write_text(path, json.dumps({**record, **provenance()}, indent=2) + "\n")


def table(records):
    """Markdown: a line for each row, means over its seeds.

    Args:
      records: list of dict, as ``write_record`` writes them.
    """
    titles = ["real images of B", *(title for title, _ in ROWS.values())]
    lines = [f"| | {' | '.join(COLUMNS.values())} | steps | seeds |"]
    lines.append("|" + " --- |" * (len(COLUMNS) + 3))
    for title in titles:
        found = [r for r in records if r["title"] == title]
        if found:
            cells = [_cell([r["scores"][key] for r in found]) for key in COLUMNS]
            cells += [str(found[0].get("steps", "")), str(len(found))]
            lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *origins(records)])


def origins(records):
    """A line for each way in which rows came about."""
    kinds = {}
    for r in records:
        key = tuple(str(r.get(name)) for name in ("commit", "date", "hardware", "tensorflow"))
        given = " ".join(f"--{k}={v}" for k, v in r.get("overrides", {}).items())
        kinds.setdefault((*key, given), []).append(r["title"])
    return [
        f"{', '.join(dict.fromkeys(titles))}: commit {commit}, {date}, {hardware}, "
        f"TensorFlow {version}{given and ', '}{given}."
        for (commit, date, hardware, version, given), titles in kinds.items()
    ]


def _cell(values):
    if None in values:
        return ""
    spread = f" ± {statistics.stdev(values):.4f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.4f}{spread}"


def chosen(names, valid, flag):
    """Names of a list flag, each once.

    Raises:
      UserError: one is not valid.
    """
    for name in names:
        if name not in valid:
            raise config_lib.UserError(
                f"--{flag}={name}: not valid{config_lib.nearest(name, valid)}"
            )
    return list(dict.fromkeys(names))


def main():
    """Trains and measures what is missing, and prints the table; returns the exit code."""
    flags.require(FLAGS, "output")
    rows = chosen(FLAGS.rows, list(ROWS), "rows")
    seeds = [
        config_lib.parse_value("seeds", config_lib.lookup("run.seed"), seed) for seed in FLAGS.seeds
    ]
    given = flags.config_overrides(FLAGS)
    config = resolve(PRESET, given)
    results, output = (pathlib.Path(p).expanduser() for p in (FLAGS.results, FLAGS.output))
    quiet.start_tensorflow()
    from unit_tf.data.datasets import open_data
    from unit_tf.inference.load import load

    data = open_data(config.data, held_out_only=True)
    classify = load_classifier(output / "classifier.keras", config)
    if not (results / "real.json").exists():
        write_record("real", {"title": "real images of B", "scores": references(data, classify)})
    for seed in seeds:
        for row in rows:
            name = f"{row}_{seed}"
            if (results / f"{name}.json").exists():
                continue
            code = train(row, seed, output / name)
            if code:  # it has said why
                return code
            loaded = load(output / name)
            record = {
                "title": ROWS[row][0], "seed": seed, "steps": loaded.step,
                "scores": scores(loaded.method, data, classify),
                "overrides": {k: v for k, v in given.items() if k not in PLACES},
            }  # fmt: skip
            write_record(name, record)
    print(table([json.loads(path.read_text()) for path in sorted(results.glob("*.json"))]))
    return 0


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
