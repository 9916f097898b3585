"""The web export: a folder of static files that translates images in the browser.

OUTPUT/web holds the page (``page/`` beside this file, as it is), ``models.json``, the models and
the part of LiteRT.js that the page needs. Every address in it is relative, so any static server
can serve it under any path. This module imports no TensorFlow before ``write_web`` runs.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import typing

from unit_tf.config import UserError, user_path
from unit_tf.files import write_text
from unit_tf.training.workdir import PRETRAINED

PAGE = pathlib.Path(__file__).parent / "page"
CORE, WASM_UTILS = "@litertjs/core", "@litertjs/wasm-utils"
# The version that the page was tested with.
INSTALL = "npm install --prefix DIR @litertjs/core@2.5.3"

# Single-threaded, with and without relaxed SIMD; with threads, where the server isolates the page.
# The package's other one needs JSPI, and the page does not ask for it.
WASM = tuple(
    f"litert_wasm{variant}_internal.{kind}"
    for variant in ("", "_compat", "_threaded")
    for kind in ("js", "wasm")
)
_NEEDED = {
    CORE: ("package.json", "dist/index.js", *(f"wasm/{name}" for name in WASM)),
    WASM_UTILS: ("package.json", "dist/index.js"),
}
_BARE_IMPORT = re.compile(
    r"""^((?:import|export)\b[^;"']*?\bfrom\s*|import\s*)(["'])(?![./])([^"']+)\2""", re.M
)
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*\n?", re.M)


class LiteRT(typing.NamedTuple):
    """The unpacked npm packages of LiteRT.js.

    Attributes:
      core: folder of @litertjs/core.
      wasm_utils: folder of @litertjs/wasm-utils.
    """

    core: pathlib.Path
    wasm_utils: pathlib.Path


class WebModel(typing.NamedTuple):
    """A model for the page.

    Attributes:
      direction: ``"a2b"`` or ``"b2a"``.
      path: the .tflite file: float32 ``image`` [1, H, W, C] -> ``translated`` [1, H, W, C'], both
        in [0, 1].
      image_size: (H, W).
      channels_in: C, 1 or 3.
      channels_out: C', 1 or 3.
      quantization: what its weights are, for instance ``"float32"``.
      style_size: numbers in its second input ``style``, float32 [1, style_size]; 0 of none.
      drawing: a name in data.spec.POLARITIES where its images may be drawn on a pad, else None.
      gpu: whether the page may run it by WebGPU, in float32: one of floats and of one size.
    """

    direction: str
    path: pathlib.Path
    image_size: tuple
    channels_in: int
    channels_out: int
    quantization: str
    style_size: int = 0
    drawing: str | None = None
    gpu: bool = True

    @property
    def file(self):
        """Its name in the folder of models."""
        height, width = self.image_size
        return f"{self.direction}_{height}x{width}_{self.quantization}.tflite"

    def entry(self):
        """What models.json says of it, for page/models.js."""
        height, width = self.image_size
        return {
            "file": self.file,
            "bytes": self.path.stat().st_size,
            "direction": self.direction,
            "height": height,
            "width": width,
            "channels_in": self.channels_in,
            "channels_out": self.channels_out,
            "quantization": self.quantization,
            "style_size": self.style_size,
            "drawing": self.drawing,
            "gpu": self.gpu,
        }


def refuse_page(method, directions):
    """Raises UserError where the page has nothing to show of a method.

    Args:
      method: its name.
      directions: those that it translates in; one is enough.
    """
    if not directions:
        raise UserError(
            f"--formats=web: method {method} does not translate, and the page does nothing else; "
            "give saved_model, tflite or both"
        )


def litert_folders(text):
    """Finds LiteRT.js where ``--web.litert`` says, and checks that it is all there.

    Args:
      text: folder of the npm package @litertjs/core, or a node_modules folder or npm prefix with
        it. @litertjs/wasm-utils must lie where npm puts it.

    Returns:
      LiteRT.

    Raises:
      UserError: something is missing, or is not as this exporter knows it.
    """
    given = user_path("--web.litert", text)
    if not given.is_dir():
        raise _fault(text, "no such folder")
    places = (given, *(given / above / CORE for above in ("", "node_modules", "lib/node_modules")))
    core = next((place for place in places if _package(place).get("name") == CORE), None)
    if core is None:
        raise _fault(text, f"holds no npm package {CORE}")
    utils = (core.parent / "wasm-utils", core / "node_modules" / WASM_UTILS)
    wasm_utils = next((place for place in utils if _package(place)), utils[0])
    for name, folder in ((CORE, core), (WASM_UTILS, wasm_utils)):
        for file in _NEEDED[name]:
            if not (folder / file).is_file():
                raise _fault(text, f"{name} lacks {folder / file}")
    imports = _bare_imports(core) | _bare_imports(wasm_utils)
    if imports != {WASM_UTILS}:
        raise _fault(text, f"imports {', '.join(sorted(imports))}, not {WASM_UTILS} alone")
    return LiteRT(core, wasm_utils)


def page_title(workdir, preset):
    """The heading of a translator's page: a shipped one's name, else its preset's.

    Args:
      workdir: pathlib.Path, the translator's folder.
      preset: str.
    """
    return workdir.name if workdir.parent == PRETRAINED else preset or "unit_tf"


def write_web(output, models, litert, title):
    """Writes the folder OUTPUT/web; one that is there is replaced, at once and only when done.

    Args:
      output: pathlib.Path of a folder; made if need be.
      models: non-empty list of WebModel, in the order the page shows them.
      litert: LiteRT, from ``litert_folders``.
      title: the page's heading.

    Returns:
      pathlib.Path of OUTPUT/web.
    """
    from unit_tf.export.saved_model import staging_folder  # imports TensorFlow

    final = pathlib.Path(output) / "web"
    with staging_folder(output) as folder:
        shutil.copytree(PAGE, folder, copy_function=shutil.copyfile)
        _copy_litert(litert, folder / "litert")
        (folder / "models").mkdir()
        for model in models:
            shutil.copyfile(model.path, folder / "models" / model.file)
        site = {"title": title, "models": [model.entry() for model in models]}
        write_text(folder / "models.json", json.dumps(site, indent=2) + "\n")
        _put_in_place(folder, final, folder.parent / "replaced")
    return final


def _fault(text, what):
    return UserError(f"--web.litert={text}: {what}; `{INSTALL}` gets it, then --web.litert=DIR")


def _package(folder):
    """The folder's package.json as a dict; empty if it has none."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        return json.loads((folder / "package.json").read_text(encoding="utf-8"))
    return {}


def _bare_imports(package):
    """The packages that a package's module imports by name."""
    source = (package / "dist/index.js").read_text(encoding="utf-8")
    return {match[3] for match in _BARE_IMPORT.finditer(source)}


def _copy_litert(litert, folder):
    """Copies what the page loads of LiteRT.js, its two modules made to work without a bundler."""
    (folder / "wasm").mkdir(parents=True)
    for name in WASM:
        shutil.copyfile(litert.core / "wasm" / name, folder / "wasm" / name)
    notice = ["LiteRT.js, https://github.com/google-ai-edge/LiteRT"]
    for package, file in ((litert.core, "core.js"), (litert.wasm_utils, "wasm-utils.js")):
        source = (package / "dist/index.js").read_text(encoding="utf-8")
        write_text(folder / file, _as_plain_module(source))
        about = _package(package)
        notice.append(f"{about['name']} {about.get('version')}, {about.get('license')}: {file}")
        for path in (*package.glob("LICENSE*"), *package.glob("NOTICE*")):
            shutil.copyfile(path, folder / f"{path.name}.{file.removesuffix('.js')}")
    notice.append("Apache-2.0: https://www.apache.org/licenses/LICENSE-2.0")
    write_text(folder / "NOTICE", "\n".join(notice) + "\n")


def _as_plain_module(source):
    """A package's module, importing files. Workers know no import maps that could do this."""
    source = _BARE_IMPORT.sub(r"\1\2./wasm-utils.js\2", source)
    # The licence asks that changed files say so.
    changed = "// Changed by unit_tf: imports name files, and no source map is named.\n"
    return changed + _SOURCE_MAP.sub("", source)


def _put_in_place(new, final, aside):
    """Renames ``new`` to ``final``; what stood there is put aside, and back if that fails."""
    try:
        if os.path.lexists(final):
            final.rename(aside)
        new.rename(final)
    except BaseException:
        if os.path.lexists(aside) and not os.path.lexists(final):
            aside.rename(final)
        raise
