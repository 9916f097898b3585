import json
import pathlib
import subprocess
import sys

import pytest
from unit_tf.export.web import writer
from unit_tf.export.web.writer import WebModel, litert_folders, write_web

from unit_tf.config import UserError
from unit_tf.training.workdir import PRETRAINED

CORE = "node_modules/@litertjs/core"


@pytest.fixture
def models(tmp_path):
    """Two models of three bytes, one a direction."""
    found = []
    for direction, channels in (("a2b", (3, 1)), ("b2a", (1, 3))):
        path = tmp_path / f"{direction}.tflite"
        path.write_bytes(direction.encode())
        found.append(WebModel(direction, path, (24, 32), *channels, "float32"))
    return found


@pytest.mark.parametrize("inside", ["", "node_modules", CORE])
def test_found_wherever_npm_or_the_user_put_it(sham, inside):
    found = litert_folders(str(sham / inside))
    assert found.core == sham / CORE
    assert found.wasm_utils == sham / "node_modules/@litertjs/wasm-utils"


@pytest.mark.parametrize("missing, said", [
    ("", "no such folder"),
    (f"{CORE}/package.json", "holds no npm package @litertjs/core"),
    (f"{CORE}/dist/index.js", "@litertjs/core lacks {}"),
    (f"{CORE}/wasm/litert_wasm_compat_internal.wasm", "@litertjs/core lacks {}"),
    ("node_modules/@litertjs/wasm-utils/dist/index.js", "@litertjs/wasm-utils lacks {}"),
])  # fmt: skip
def test_missing_piece_is_one_line_with_the_remedy(sham, missing, said):
    gone = sham / missing
    gone.rename(sham.parent / "gone")
    with pytest.raises(UserError) as error:
        litert_folders(str(sham))
    line = str(error.value)
    assert line.startswith(f"--web.litert={sham}: {said.format(gone)}; ")
    assert "`npm install --prefix DIR @litertjs/core@2.5.3`" in line and "\n" not in line


@pytest.mark.parametrize("source", ["", 'import a from "@litertjs/wasm-utils";\nimport "three";'])
def test_another_litert_js_than_this_one_is_refused(sham, source):
    """Rather than a page that cannot load."""
    (sham / CORE / "dist/index.js").write_text(source)
    with pytest.raises(UserError, match=r"imports .*, not @litertjs/wasm-utils alone"):
        litert_folders(str(sham))


def test_flag_is_checked_without_tensorflow(sham):
    code = (
        "import sys; from unit_tf.export.web import writer; writer.litert_folders(sys.argv[1]);"
        "sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(sham)], check=False).returncode == 0


@pytest.mark.parametrize(
    ("workdir", "preset", "title"),
    [(PRETRAINED / "blue_marble", "photos", "blue_marble"),
     (pathlib.Path("runs/blue_marble"), "photos", "photos"),
     (pathlib.Path("runs/mine"), "", "unit_tf")],
)  # fmt: skip
def test_titles(workdir, preset, title):
    assert writer.page_title(workdir, preset) == title


def test_content(sham, models, tmp_path, tree):
    (sham / CORE / "LICENSE").write_text("terms")
    web = write_web(tmp_path / "out", models, litert_folders(sham), 'B & "W"')
    assert web == tmp_path / "out/web" and tree(web.parent)[0] == "web"
    files = tree(web)
    assert set(tree(writer.PAGE)) < set(files) and not [f for f in files if f.endswith(".map")]
    assert (web / "models/b2a_24x32_float32.tflite").read_bytes() == b"b2a"
    assert {f"litert/wasm/{name}" for name in writer.WASM} < set(files)
    core = (web / "litert/core.js").read_text()
    assert 'from "./wasm-utils.js"' in core and "sourceMappingURL" not in core
    assert core.startswith("// Changed by unit_tf")
    assert "@litertjs/core 2.5.3, Apache-2.0: core.js" in (web / "litert/NOTICE").read_text()
    assert (web / "litert/LICENSE.core").read_text() == "terms"
    site = json.loads((web / "models.json").read_text())
    assert site["title"] == 'B & "W"'
    assert site["models"][0] == {
        "file": "a2b_24x32_float32.tflite", "bytes": 3, "direction": "a2b", "height": 24,
        "width": 32, "channels_in": 3, "channels_out": 1, "quantization": "float32",
        "style_size": 0, "drawing": None, "gpu": True,
    }  # fmt: skip
    drawn = WebModel(*models[0][:6], style_size=8, drawing="black_on_white").entry()
    assert (drawn["style_size"], drawn["drawing"]) == (8, "black_on_white")


def test_real_packages_leave_no_bare_import(litert, models, tmp_path):
    web = write_web(tmp_path / "out", models, litert, "real")
    for file in ("core.js", "wasm-utils.js"):
        text = (web / "litert" / file).read_text()
        assert "sourceMappingURL" not in text and 'from "@' not in text


def test_an_earlier_folder_is_replaced_whole(sham, models, tmp_path, tree):
    for title in ("old", "new"):
        web = write_web(tmp_path / "out", models, litert_folders(sham), title)
        assert json.loads((web / "models.json").read_text())["title"] == title
        assert tree(web.parent)[0] == "web" and "web/left.txt" not in tree(web.parent)
        (web / "left.txt").touch()


def lose_a_model(models, monkeypatch):
    models[1].path.unlink()


def refuse_to_rename(models, monkeypatch):
    rename = pathlib.Path.rename

    def once(path, target):
        if pathlib.Path(target).name == "web" and path.name != "replaced":
            raise OSError("refused")
        return rename(path, target)

    monkeypatch.setattr(pathlib.Path, "rename", once)


@pytest.mark.parametrize("harm", [lose_a_model, refuse_to_rename])
@pytest.mark.parametrize("before", [True, False])
def test_stopped_half_way_leaves_what_was_there(
    sham, models, tmp_path, tree, harm, before, monkeypatch
):
    output = tmp_path / "out"
    output.mkdir()
    if before:
        write_web(output, models, litert_folders(sham), "old")
    files = tree(output)
    harm(models, monkeypatch)
    with pytest.raises(OSError):
        write_web(output, models, litert_folders(sham), "new")
    assert tree(output) == files
