import json
import pathlib
import subprocess
import sys

import pytest
from PIL import Image
from unit_tf.export import (
    export_request,
    float16_range,
    manifest,
    parity,
    publish,
    quantize,
    warmup,
)
from unit_tf.export.web import writer

from unit_tf.config import ExperimentConfig

pytestmark = pytest.mark.usefixtures("convert_once")


@pytest.fixture
def workdir(tiny, workdir_of):
    """A folder with a configuration; loading gives the tiny method."""
    return workdir_of(tiny)


def test_every_format_and_direction_one_line_each(call, workdir, tmp_path, tree, capfd):
    out = tmp_path / "out"
    assert call(f"--workdir={workdir}", f"--output={out}") == 0
    lines = capfd.readouterr().out.splitlines()
    expected = [
        out / part.format(direction)
        for direction in ("a2b", "b2a")
        for part in ("serving/{}/1", "tflite/{}_32x32_float32.tflite")
    ]
    assert [pathlib.Path(line.split("  ")[0]) for line in lines] == expected
    assert all(path.exists() for path in expected)
    assert all(" MB  " in line and "  max difference " in line for line in lines)
    assert [" ms on 2 threads" in line for line in lines] == [False, True] * 2
    assert not [path for path in tree(out) if ".writing" in path or "/." in path]
    assert list(manifest.read(out)) == sorted(str(path.relative_to(out)) for path in expected)


@pytest.mark.usefixtures("compare_few")
def test_chosen_format_direction_and_size(call, workdir, tmp_path, tree, capfd):
    out = tmp_path / "out"
    arguments = ["--formats=tflite", "--direction=b2a", "--image_size=20x36"]
    assert call(f"--workdir={workdir}", f"--output={out}", *arguments) == 0
    assert tree(out) == ["manifest.json", "tflite", "tflite/b2a_20x36_float32.tflite"]
    captured = capfd.readouterr()
    assert captured.out.count("\n") == 1 and "on random images" in captured.out
    assert captured.err.splitlines() == [
        "comparing on random images: --data.dir_a: not given; name a folder of images, "
        "or give --data.root"
    ]


@pytest.mark.usefixtures("compare_few")
def test_what_no_gpu_should_run_is_said_and_stands_in_the_manifest(
    call, workdir, tmp_path, capfd, monkeypatch
):
    refused = float16_range.Gpu(False, "x/y reaches 7e+04", 7e4, "x/y")
    monkeypatch.setattr(float16_range, "fit_float16", lambda *_: refused)
    arguments = ["--formats=tflite", "--direction=a2b", "--tflite.quantization=float32,dynamic"]
    assert call(f"--workdir={workdir}", f"--output={tmp_path / 'out'}", *arguments) == 0
    lines = [line for line in capfd.readouterr().err.splitlines() if "GPU" in line]
    path = "tflite/a2b_32x32_float32.tflite"
    assert lines == [f"{path}: for CPUs alone, no GPU should run it: x/y reaches 7e+04"]
    entries = manifest.read(tmp_path / "out")
    assert entries[path]["gpu"] == refused.about()
    assert entries["tflite/a2b_32x32_dynamic.tflite"]["gpu"]["suited"] is None
    assert entries[path]["parity"]["compiled_model"]["max_difference"] < 1e-4


def test_int8_is_calibrated_on_the_named_images(call, workdir, tmp_path, images, tree, capfd):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for i, image in enumerate(images):
            Image.fromarray(image).save(tmp_path / folder / f"{i}.png")
    places = [f"--data.dir_{d}={tmp_path / d}" for d in "ab"]
    usual = [f"--workdir={workdir}", f"--output={tmp_path / 'out'}", "--formats=tflite"]
    wanted = ["--tflite.quantization=int8_float_norm,float16", "--direction=a2b"]
    assert call(*usual, *wanted) == 2
    assert capfd.readouterr().err.splitlines() == [
        "unit-export: --tflite.quantization=int8_float_norm: needs the training images to "
        "calibrate on; --data.dir_a: not given; name a folder of images, or give --data.root"
    ]
    assert not (tmp_path / "out").exists()
    assert call(*usual, *wanted, *places) == 0
    captured = capfd.readouterr()
    assert captured.err == "" and captured.out.count("on 32 training crops of a") == 2
    names = ["a2b_32x32_float16.tflite", "a2b_32x32_int8_float_norm.tflite"]
    assert tree(tmp_path / "out/tflite") == names


def test_a_page_needs_litert_and_a_fixed_size(call, workdir, tmp_path, capfd):
    usual = [f"--workdir={workdir}", f"--output={tmp_path / 'out'}", "--formats=web"]
    for arguments, message in {
        (): "--web.litert is required for --formats=web",
        ("--web.litert=/absent",): "--web.litert=/absent",
        ("--image_size=dynamic",): "--image_size=dynamic: a page needs a fixed size",
    }.items():
        assert call(*usual, *arguments) == 2
        (line,) = capfd.readouterr().err.splitlines()
        assert message in line
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("compare_few")
def test_web_is_made_of_tflite_models(call, workdir, tmp_path, capfd, monkeypatch):
    made = []
    page = tmp_path / "out/web"

    def write(*arguments):
        made.append(arguments)
        page.mkdir()
        return page

    monkeypatch.setattr(publish, "write_web", write)
    monkeypatch.setattr(writer, "litert_folders", lambda text: writer.LiteRT(text, text))
    arguments = ["--formats=web", "--web.litert=x", "--tflite.quantization=float16,float32"]
    out = tmp_path / "out"
    assert call(f"--workdir={workdir}", f"--output={out}", *arguments) == 0
    assert capfd.readouterr().out.splitlines()[-1] == f"{page}  0.00 MB"
    assert "web" in manifest.read(out)
    ((folder, models, litert, title),) = made
    assert (folder, litert, title) == (out, writer.LiteRT("x", "x"), "unit_tf")
    assert [(m.direction, m.path.name, m.channels_in, m.channels_out) for m in models] == [
        ("a2b", "a2b_32x32_float16.tflite", 3, 1),
        ("b2a", "b2a_32x32_float16.tflite", 1, 3),
    ]
    assert all(model.gpu for model in models)


def test_failed_parity_exits_1_with_one_line(call, workdir, tmp_path, tree, capsys, monkeypatch):
    def export(job):
        raise parity.ExportError(f"{job.output}/x: differs by 1")
        yield

    monkeypatch.setitem(publish.WRITERS, "saved_model", export)
    out = tmp_path / "out"
    assert call(f"--workdir={workdir}", f"--output={out}") == 1
    captured = capsys.readouterr()
    assert captured.out == "" and tree(out) == []
    assert captured.err.splitlines()[-1] == f"unit-export: {out}/x: differs by 1"


def test_images_that_were_named_must_be_there(call, workdir, tmp_path, capfd):
    """Rather than random ones, which serve where nothing was named."""
    usual = [f"--workdir={workdir}", f"--output={tmp_path / 'out'}", "--data.root=/absent"]
    assert call(*usual) == 2
    assert capfd.readouterr().err == "unit-export: --data.root=/absent: no such folder\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("in_the_way", ["tflite", "serving", "tflite/a2b_32x32_float32.tflite/x"])
def test_what_is_in_the_way_is_named_before_any_work(
    call, workdir, tmp_path, capfd, in_the_way, tree
):
    blocked = tmp_path / "out" / in_the_way
    blocked.parent.mkdir(parents=True)
    blocked.write_text("")
    before = tree(tmp_path / "out")
    assert call(f"--workdir={workdir}", f"--output={tmp_path / 'out'}") == 2
    captured = capfd.readouterr()
    (line,) = [line for line in captured.err.splitlines() if "random" not in line]
    assert f"--output={tmp_path / 'out'}: cannot be written to: " in line
    assert str(blocked).removesuffix("/x") in line and captured.out == ""
    assert tree(tmp_path / "out") == before


def test_a_foreign_manifest_is_left_alone(call, workdir, tmp_path, capfd):
    (tmp_path / "manifest.json").write_text('{"name": "my app"}')
    assert call(f"--workdir={workdir}", f"--output={tmp_path}") == 2
    assert "not a manifest that unit-export wrote" in capfd.readouterr().err


@pytest.mark.usefixtures("compare_few")
def test_without_the_serving_extra_it_says_what_is_missing(
    call, workdir, tmp_path, capfd, monkeypatch
):
    monkeypatch.setattr(warmup, "is_available", lambda: False)
    arguments = ["--formats=saved_model", "--direction=a2b"]
    assert call(f"--workdir={workdir}", f"--output={tmp_path / 'out'}", *arguments) == 0
    first = capfd.readouterr().err.splitlines()[0]
    assert "no warm-up requests" in first and "unit_tf[serving]" in first
    assert not (tmp_path / "out/serving/a2b/1/assets.extra").exists()


def test_the_flags_name_what_there_is():
    """The tables are written out in export_request.py, which answers without TensorFlow."""
    assert export_request.QUANTIZATIONS == tuple(quantize.QUANTIZATIONS)
    assert export_request.FORMATS == (*publish.WRITERS, "web")


BAD = {
    "--formats=savedmodel": "'savedmodel' is not valid; did you mean saved_model?",
    "--formats=": "'' is not valid; valid: saved_model, tflite, web",
    "--tflite.quantization=int4": "'int4' is not valid; did you mean int8?",
    "--formats=tflite,onnx": "'onnx' is not valid",
    "--direction=ab": "--direction=ab: not valid; did you mean a2b",
    "--image_size=big": "--image_size=big: expected a size such as 256 or 480x640",
    "--web.drawing_a=pen": "--web.drawing_a=pen: not valid; valid: auto, black_on_white, white_on",
    "--web.drawing_b=none": "--web.drawing_b=none: only a page has a drawing pad; add --form",
    "--image_size=0": "--image_size=0x0: must be at least 1",
    "--image_sise=3": "no such flag; did you mean image_size",
    "--workdir=nowhere": "--workdir=nowhere: no such folder",
    "--workdir=": "--workdir is required",
    "--output=": "--output is required",
    "--output=config.json": "config.json is not a folder",
    "--output=config.json/x": "config.json is not a folder",
}

PROGRAM = """
import json, sys
from unit_tf.cli import flags
from unit_tf.export import cli
codes = []
for arguments in json.loads(sys.argv[1]):
    for name in cli.FLAGS:
        cli.FLAGS[name].unparse()
    codes.append(flags.run(cli.main, cli.FLAGS, cli.__doc__, ["unit-export", *arguments]))
assert not {"tensorflow", "keras", "numpy"} & set(sys.modules)
print(json.dumps(codes))
"""


def test_bad_values_one_line_exit_2_before_tensorflow(tmp_path, tree):
    (tmp_path / "config.json").write_text(ExperimentConfig().to_json())
    usual = ["--workdir=.", "--output=out"]
    lines = json.dumps([["--help"]] + [[*usual, bad] for bad in BAD])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, lines], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *help_lines, codes = done.stdout.splitlines()
    assert json.loads(codes) == [0] + [2] * len(BAD)
    assert any(line.startswith("  --image_size: ") for line in help_lines)
    for line, (bad, message) in zip(done.stderr.splitlines(), BAD.items(), strict=True):
        assert line.startswith("unit-export: ") and message in line, bad
    assert tree(tmp_path) == ["config.json"]
