"""Named experiments hold the papers' numbers and fit their networks."""

import re

import pytest

from unit_tf import presets
from unit_tf.config import ConfigError, ExperimentConfig
from unit_tf.data.registry import find_source
from unit_tf.models.size_checks import check_image_size
from unit_tf.presets import PRESETS
from unit_tf.resolve import resolve

# Section 4 and Table 3 of the paper, Eq. 3-8.
PAPER = {
    "model.method": "unit",
    "model.architecture": "table3",
    "model.width": 1.0,
    "model.num_blocks": 4,
    "model.num_shared": 1,
    "model.noise": 1.0,
    "model.same_start": False,
    "model.initializer": "default",
    "model.block_norm": "default",
    "model.dropout": 0.0,
    "model.up": "default",
    "model.discriminator_width": 0.0,
    "model.discriminator_depth": 0,
    "model.discriminator_kernel": 0,
    "model.discriminator_scales": 0,
    "model.discriminator_shared": 0,
    "weights.gan": 10.0,
    "weights.kl": 0.1,
    "weights.reconstruction": 100.0,
    "weights.cycle_kl": 0.1,
    "weights.cycle": 100.0,
    "weights.gan_start": 0,
    "weights.identity": 0.0,
    "weights.gan_objective": "bce",
    "optim.batch_size": 1,
    "optim.learning_rate": 1e-4,
    "optim.beta_1": 0.5,
    "optim.beta_2": 0.999,
    "optim.l2": 0.0,
    "optim.schedule": "constant",
    "optim.ema": 0.0,
    "run.steps": 100_000,
    "data.image_size": (256, 256),
    "data.channels": 3,
}


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_whole(name):
    """It resolves, is described in plain prose and its crop fits its networks."""
    config = resolve(name, {})
    model = config.model
    assert config.preset == name
    preset = PRESETS[name]
    assert len(preset.doc) > 40 and preset.doc.endswith(".")
    assert preset.task and preset.data and preset.runtime and preset.expected
    if find_source(config.data.source).labelled:
        assert config.data.image_size == (32, 32)
        assert not (config.data.flip and "flip" in find_source(config.data.source).reads)
        return
    check_image_size(
        model.architecture, config.data.image_size,
        model.discriminator_depth, model.discriminator_scales,
        kernel=model.discriminator_kernel,
    )  # fmt: skip


@pytest.mark.parametrize("name", PRESETS)
def test_what_a_preset_says_it_needs_are_its_own_settings(name):
    """The short command line that the documentation gives resolves."""
    needs = dict(flag.removeprefix("--").split("=") for flag in PRESETS[name].needs.split())
    changed = resolve(name, needs).differences(resolve(name, {}))
    assert {line.partition(":")[0] for line in changed} >= needs.keys()


def test_maps_is_the_papers():
    settings = dict(resolve("maps", {}).items())
    assert {name: settings[name] for name in PAPER} == PAPER
    assert (settings["data.source"], settings["data.tfds"]) == ("tfds", "cycle_gan/maps")


def test_the_cyclegan_row_has_no_sharing_no_kl_and_no_noise():
    """And is UNIT in all else."""
    changed = resolve("maps_cyclegan", {}).differences(resolve("maps", {}))
    assert changed == [
        "model.num_shared: 0 != 1", "model.noise: 0.0 != 1.0",
        "weights.kl: 0.0 != 0.1", "weights.cycle_kl: 0.0 != 0.1",
    ]  # fmt: skip


def test_the_no_cycle_row_has_no_cycle():
    changed = resolve("maps_no_cycle", {}).differences(resolve("maps", {}))
    assert changed == ["weights.cycle_kl: 0.0 != 0.1", "weights.cycle: 0.0 != 100.0"]


DIGITS = [name for name in PRESETS if PRESETS[name].overrides.get("data.source") == "labelled"]


def test_domain_adaptation_is_appendix_bs():
    """Data, tables and no cycle; each method between each pair that the paper has it on."""
    wanted = {"mnist_usps": ("mnist", "usps"), "usps_mnist": ("usps", "mnist"),
              "svhn_mnist": ("svhn_cropped", "mnist")}  # fmt: skip
    methods = {"da": "unit_da", "cogan": "cogan", "dann": "dann", "source_only": "source_only"}
    form = re.compile(r"(da|cogan|dann|source_only)_([a-z]+_[a-z]+)(_augmented|_labelled)?")
    for name in DIGITS:
        method, pair, _ = form.fullmatch(name).groups()
        config = resolve(name, {})
        assert (config.data.labelled_a, config.data.labelled_b) == wanted[pair]
        assert config.model.method == methods[method]
        tables = ("table6",) if "svhn" in name else ("table5_relu",)
        assert config.model.architecture in tables
        assert config.model.coordinates == (name == "da_svhn_mnist")
        assert config.data.domain_channels("a") == (3 if "svhn" in name else 1)
        if method == "da":
            assert config.weights.cycle == config.weights.cycle_kl == 0 < config.weights.feature


TILES = [name for name in PRESETS if name.endswith("_mnist_tiles")]


def test_digits_over_tiles_are_trained_as_mnist_to_usps():
    """But for the data; and it is the four methods of Table 2's rows."""
    assert TILES == [f"{m}_mnist_tiles" for m in ("da", "cogan", "dann", "source_only")]
    for name in TILES:
        config = resolve(name, {})
        other = resolve(name.replace("tiles", "usps"), {})
        assert config.model == other.model and config.weights == other.weights
        assert config.optim == other.optim and config.run.steps == other.run.steps
        assert config.data.source == "mnist_over_tiles"
        assert [config.data.domain_channels(domain) for domain in "ab"] == [3, 3]


def test_munit2018_is_the_rewrites():
    """LSGAN, weights 1, 10, 10; KL mean(mu^2) at 0.01 is mu^2/2 at 0.02; rate halved."""
    config = resolve("munit2018", {})
    weights, optim = config.weights, config.optim
    assert (weights.gan, weights.reconstruction, weights.cycle) == (1, 10, 10)
    assert (weights.kl, weights.cycle_kl, weights.kl_reduction) == (0.02, 0.02, "mean")
    assert (config.model.num_shared, weights.gan_objective) == (0, "lsgan")
    assert (optim.schedule, optim.decay_steps, optim.decay_factor) == ("step", 100_000, 0.5)
    assert (optim.l2, optim.learning_rate, optim.batch_size) == (1e-4, 1e-4, 1)
    assert config.run.steps == 1_000_000


@pytest.mark.parametrize(
    ("name", "method", "channels", "side"),
    [("emoji_3d", "unit", 3, 128), ("sketch_to_emoji", "munit", 1, 64)],
)
def test_emoji_are_read_by_their_root(name, method, channels, side):
    """As tools/prepare_emoji.sh writes them: line drawings are grey."""
    config = resolve(name, {"data.root": "emoji"})
    assert (config.data.source, config.data.root) == ("folder", "emoji")
    assert (config.model.method, config.data.image_size) == (method, (side, side))
    assert config.data.domain_channels("a") == channels
    assert config.data.domain_channels("b") == 3


@pytest.mark.parametrize(
    ("overrides", "source"),
    [
        ({"data.dir_a": "summer", "data.dir_b": "winter"}, "folder"),
        ({"data.dir_a": "summer"}, "folder"),
        ({"data.root": "summer2winter"}, "folder"),
        ({"data.tfds": "cycle_gan/maps"}, "tfds"),
        ({"data.dir_a": "x", "data.source": "tfds", "data.tfds": "y"}, "tfds"),
        ({"data.dir_a": ""}, "blue_marble"),
        ({}, "blue_marble"),
    ],
)
def test_naming_data_chooses_their_source(overrides, source):
    """Unless the source is named too."""
    config = resolve("blue_marble", overrides)
    assert config.data.source == source
    assert config.model == resolve("blue_marble", {}).model


def test_what_the_presets_source_alone_reads_is_dropped_with_it():
    """blue_marble sets a map's width, which folders would refuse."""
    folders = {"data.dir_a": "summer", "data.dir_b": "winter"}
    data = resolve("blue_marble", folders).data
    assert (data.source, data.map_width, data.tile_size) == ("folder", 2700, 0)
    with pytest.raises(ConfigError, match="--data.map_width=900: not read with --data.source=fol"):
        resolve("blue_marble", {**folders, "data.map_width": 900})


def test_labelled_presets_name_splits_with_the_same_flags():
    data = resolve("source_only_mnist_usps", {"data.dir_a": "train[:10%]"}).data
    assert (data.source, data.dir_a) == ("labelled", "train[:10%]")


@pytest.mark.parametrize("source", ["folder", "blue_marble"])
def test_another_source_drops_the_presets_places(source):
    """maps names tensorflow-datasets' splits, which are no folders."""
    data = resolve("maps", {"data.source": source}).data
    assert (data.source, data.dir_b, data.tfds) == (source, "", "")
    assert resolve("maps", {"data.source": "tfds"}).data.dir_b == "testB"


def test_a_users_settings_win_over_the_presets():
    config = resolve("maps_cyclegan", {"model.num_shared": "2", "data.image_size": "64"})
    assert (config.model.num_shared, config.data.image_size) == (2, (64, 64))
    assert config.weights.kl == 0


def test_no_preset_is_the_defaults():
    """But for the range of deep images, which a new training decides and an old one has not."""
    config = resolve("", {})
    assert config.data.value_range == "auto"
    assert config.replace({"data.value_range": ""}) == ExperimentConfig()


def test_resolve_validates():
    with pytest.raises(ConfigError, match="num_shared=9: at most"):
        resolve("maps", {"model.num_shared": 9})


@pytest.mark.parametrize(
    ("name", "hint"), [("map", "did you mean maps"), ("zz", "valid: photos, maps, ")]
)
def test_unknown_presets_are_refused(name, hint):
    with pytest.raises(ConfigError, match=f"--preset={name}: no such preset; {hint}"):
        presets.preset_config(name)
