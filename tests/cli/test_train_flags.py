"""unit-train up to the first step: bad input, --help and --dry_run, the first two without TF."""

import json
import re
import subprocess
import sys

import pytest

from unit_tf.cli import train
from unit_tf.config import ExperimentConfig, UserError
from unit_tf.resolve import resolve
from unit_tf.training.workdir import PRETRAINED

# arguments -> parts of the one line on stderr
REFUSED = {
    "--presett=maps": ["--presett: no such flag; did you mean preset?"],
    "--preset=map": ["--preset=map: no such preset; did you mean maps"],
    "--preset=qqq": ["--preset=qqq: no such preset; valid: photos, maps, "],
    "--model.widht=2": ["--model.widht: no such flag; did you mean model.width"],
    "--model.architecture=resnet": ["--model.architecture=resnet: not valid; did you mean resnet"],
    "--model.method=gan": ["--model.method=gan: not valid", "unit"],
    "--model.width=wide": ["--model.width=wide: expected a finite number"],
    "--model.width=99": ["--model.width=99.0: must be at least", "at most 8"],
    "--model.width": ["model.width"],
    "--run.steps=1e-5": ["--run.steps=1e-5: expected a whole number"],
    "--data.flip=maybe": ["--data.flip=maybe"],
    "--nodry_run=3": ["--nodry_run=3"],
    "--model.num_shared=5": ["--model.num_shared=5: at most --model.num_blocks=4"],
    "maps": ["'maps': not a flag; every setting is --name=value"],
    "--preset=maps extra": ["'extra': not a flag"],
    "--preset=maps": ["--workdir is required; see --help"],
    "--data.image_size=100": ["--data.image_size=100x100: table3 needs multiples of 8",
                              "next that fit: 96x96 or 104x104"],
    "--data.image_size=32": ["at least 40; next that fit: 40x40"],
    "--preset=munit2018 --data.image_size=62x128": ["munit2018 needs multiples of 4, at least 64",
                                                    "next that fit: 64x128"],
    "--preset=munit_perceptual --model.vgg=vgg.h5": ["--model.vgg=vgg.h5: no such file; imagenet"],
    "--preset=photos --run.minutes=20 --run.steps=5": ["--run.steps=5: not together with",
                                                       "--run.minutes=20"],
    "--run.minutes=-1": ["--run.minutes=-1.0: must be at least 0"],
    "--run.memory_gb=4": ["--run.memory_gb=4: not read without --run.minutes"],
    "--data.image_size=64y": ["--data.image_size=64y: expected a size such as 256 or 480x640"],
}  # fmt: skip


@pytest.mark.parametrize("arguments", REFUSED)
def test_bad_input(refused, tmp_path, monkeypatch, arguments):
    """Code 2 and one line that helps; nothing is written."""
    monkeypatch.chdir(tmp_path)
    workdir = [] if arguments == "--preset=maps" else ["--workdir=new"]
    line = refused(train, *workdir, *arguments.split())
    assert all(part in line for part in REFUSED[arguments]), line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", ["96x96", "104x104", "40x40"])
def test_proposed_sizes_are_accepted(run_command, size):
    """What the message names goes on to the next complaint."""
    result = run_command(train, f"--data.image_size={size}")
    assert (result.code, result.err) == (2, "unit-command: --workdir is required; see --help\n")


# Runs the command and reports, on the last line of stdout, what it imported and used.
PROBE = """
import json, resource, sys
from unit_tf.cli import flags, train
code = flags.run(train.main, train.FLAGS, train.__doc__, ["unit-train", *sys.argv[1:]])
heavy = [m for m in ("tensorflow", "keras", "numpy", "PIL", "h5py") if m in sys.modules]
user = resource.getrusage(resource.RUSAGE_SELF).ru_utime
print(json.dumps({"code": code, "heavy": heavy, "user": user}))
"""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("--help", 0), ("--presett=maps", 2), ("--preset=map", 2), ("--model.width=wide", 2),
        ("stray", 2), ("--data.image_size=100", 2), ("--preset=maps", 2),
    ],
)  # fmt: skip
def test_answers_without_tensorflow(tmp_path, arguments, code):
    """--help and every complaint about flags come at once: under a second of CPU time."""
    process = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments.split()],
        capture_output=True, text=True, cwd=tmp_path, check=True,
    )  # fmt: skip
    report = json.loads(process.stdout.splitlines()[-1])
    assert report.pop("user") < 1
    assert report == {"code": code, "heavy": []}
    assert process.stderr.count("\n") == (1 if code else 0)
    assert "Traceback" not in process.stderr


FOLDERS_PROBE = """
import sys
import unit_tf
from unit_tf.cli import flags, train

def command(*places):
    argv = ["unit-train", "--workdir=new", *places]
    print(flags.run(train.main, train.FLAGS, train.__doc__, argv))

command("--data.dir_a=absent", "--data.dir_b=there")
command("--data.dir_a=there", "--data.dir_b=there")
calls = {
    "train": lambda: unit_tf.train("", "new", data__dir_a="absent", data__dir_b="there"),
    "evaluate": lambda: unit_tf.evaluate(
        "blue_marble", output="new", data={"data.test_dir_a": "absent"}
    ),
    "load": lambda: unit_tf.load("absent"),
}
for name, call in calls.items():
    try:
        call()
    except unit_tf.UserError as error:
        print(name, error)
print([name for name in ("tensorflow", "keras") if name in sys.modules])
"""


def test_folders_are_looked_at_before_tensorflow_is_imported(tmp_path):
    """A mistyped one and a bad image are named at once, by the command and from Python."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "x.png").touch()
    process = subprocess.run(
        [sys.executable, "-c", FOLDERS_PROBE],
        capture_output=True, text=True, cwd=tmp_path, check=True,
    )  # fmt: skip
    assert process.stderr.splitlines() == [
        "unit-train: --data.dir_a=absent: no such folder or list",
        "unit-train: 1 of 1 images cannot be used: there/x.png (empty file); --data.skip_bad "
        "leaves them out",
    ]
    assert process.stdout.splitlines() == [
        "2", "2",
        "train --data.dir_a=absent: no such folder or list",
        "evaluate --data.test_dir_a=absent: no such folder or list",
        "load --workdir=absent: no such folder; shipped translators: "
        + ", ".join(sorted(path.name for path in PRETRAINED.iterdir())),
        "[]",
    ]  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_the_process_exits_with_the_code(tmp_path):
    """As users run it, with the exit status of the operating system."""
    process = subprocess.run(
        [sys.executable, "-m", "unit_tf.cli.train", "--model.widht=1"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert process.returncode == 2
    assert process.stdout == ""
    assert re.fullmatch(
        r"train\.py: --model\.widht: no such flag; did you mean .*\n", process.stderr
    )


def test_help(run_command):
    """Usage, every preset and every setting; nothing else is asked for."""
    result = run_command(train, "--help")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Trains a pair of translators")
    for word in (
        "--preset: ",
        "--workdir: ",
        "--dry_run: ",
        "blue_marble_quick",
        "--optim.beta_1: ",
    ):
        assert word in result.out


TINY = ("--model.width=0.0625", "--model.num_blocks=2", "--data.image_size=48x40",
        "--data.channels_b=1")  # fmt: skip


def test_dry_run_prints_the_resolved_experiment(run_command, tmp_path, monkeypatch):
    """The JSON is the preset with the user's settings, readable again; no workdir is needed."""
    monkeypatch.chdir(tmp_path)
    result = run_command(train, "--dry_run", "--preset=maps_cyclegan", "--run.steps=7", *TINY)
    assert result.code == 0, result.err
    text, brace, table = result.out.partition("\n}\n")
    config = ExperimentConfig.from_json(text + brace)
    overrides = dict(argument[2:].split("=") for argument in (*TINY, "--run.steps=7"))
    assert config == resolve("maps_cyclegan", overrides)
    assert config.data.image_size == (48, 40)
    assert table.startswith("| layer ")
    assert result.err == ""
    assert list(tmp_path.iterdir()) == []


def test_what_minutes_do_not_choose(run_command, monkeypatch):
    """The command says which flags it was given."""
    from unit_tf.training import run

    def fake(config, workdir, *hooks, given, prepare):
        raise UserError(" ".join(sorted(given)))

    monkeypatch.setattr(run, "train", fake)
    result = run_command(train, "--preset=maps", "--workdir=w", "--run.minutes=3", *TINY)
    names = [argument[2:].partition("=")[0] for argument in ("--run.minutes=3", *TINY)]
    assert result.err == f"unit-command: {' '.join(sorted(names))}\n"


def test_dry_run_probes_nothing(run_command, monkeypatch):
    """It says that a training would choose."""
    monkeypatch.setattr(train, "build_method", lambda config: None)
    monkeypatch.setattr(train, "network_table", lambda method: "")
    result = run_command(train, "--dry_run", "--preset=maps", "--run.minutes=3", *TINY)
    assert result.err.startswith("--run.minutes=3: a training would probe this machine")
    assert ExperimentConfig.from_json(result.out).run.minutes == 3


def test_dry_run_reads_what_it_would_start_from(run_command):
    """It prints which translator it would start from; one that does not fit is refused."""
    new = ("--dry_run", "--preset=photos", "--data.root=x")
    shipped = (*new, "--run.init_from=topography")
    result = run_command(train, *shipped, "--run.init_discriminator=false")
    assert result.code == 0, result.err
    start = r"starting with the networks of \S*topography, step \d+; the discriminators are new\n"
    assert re.fullmatch(start, result.err)
    result = run_command(train, *shipped, "--model.width=0.5")
    assert (result.code, result.out) == (2, "")
    assert "--run.init_from=topography: has other networks, model.width is 0.25" in result.err
    result = run_command(train, *new, "--run.init_from=nowhere")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("unit-command: --run.init_from=nowhere: ")


def test_dry_run_of_a_training_under_way_needs_no_translator(run_command, tmp_path):
    """It goes on from its own checkpoint, and the translator may be gone."""
    arguments = ("--dry_run", "--preset=photos", "--data.root=x", "--run.init_from=nowhere")
    (tmp_path / "checkpoints" / "000000010").mkdir(parents=True)
    result = run_command(train, *arguments, f"--workdir={tmp_path}")
    assert (result.code, result.err) == (0, "")
    result = run_command(train, *arguments, f"--workdir={tmp_path / 'new'}")
    assert result.code == 2


def test_dry_run_counts_every_parameter_once(run_command):
    """Rows add up to the networks' sums, those to the whole; shared layers stand once."""
    result = run_command(train, "--dry_run", "--preset=maps", *TINY)
    layers, _, networks = result.out.partition("\n}\n")[2].partition("\n\n")
    rows = [[c.strip() for c in line.split("|")[1:-1]] for line in layers.splitlines()[2:]]
    sums = {}
    for layer, _, shape, count in rows:
        size = 1
        for side in shape.split("x"):
            size *= int(side)
        assert size == int(count.replace(",", "")), layer
        network = layer.partition("/")[0]
        sums[network] = sums.get(network, 0) + size
    shown = [[c.strip() for c in line.split("|")[1:-1]] for line in networks.splitlines()[2:]]
    shown = {name: int(count.replace(",", "")) for name, count in shown}
    assert shown.pop("all") == sum(sums.values())
    assert shown == sums
    assert len({(layer, weight) for layer, weight, *_ in rows}) == len(rows)
    # Table 3 at 1/16: one shared residual block, 32 x 32 + 32 twice; 7x7 kernels of 3 and 1.
    assert sums["encoder_shared"] == sums["generator_shared"] == 2 * (32 * 32 + 32)
    assert sums["encoder_a"] - sums["encoder_b"] == 7 * 7 * 2 * 4
    assert sums["generator_a"] - sums["generator_b"] == (4 + 1) * 2


def test_flags_do_not_stay_from_one_run_to_the_next(run_command):
    """The fixture's promise, on which the tests above stand."""
    run_command(train, "--model.width=wide")
    result = run_command(train)
    assert result.err == "unit-command: --workdir is required; see --help\n"


def test_a_word_about_the_images_comes_first(run_command, tmp_path, monkeypatch, save_image):
    from unit_tf.training import run

    def stop(*unused):
        raise run.Diverged("step 1")

    monkeypatch.setattr(run, "_open", stop)
    arguments = ["--data.image_size=40", f"--workdir={tmp_path / 'run'}"]
    for name in "ab":
        save_image(tmp_path / name / "0.png", (40, 48))
        arguments.append(f"--data.dir_{name}={tmp_path / name}")
    result = run_command(train, *arguments)
    looked, stopped = result.err.splitlines()
    assert looked.startswith("a look at up to 16 images of each: A 40x48, brightness 1")
    assert (result.code, stopped) == (1, "unit-train: step 1")
    # Not where the folder is another experiment's, which is said in one line.
    (tmp_path / "run").mkdir()
    stored = ExperimentConfig().replace({"run.seed": 7})
    (tmp_path / "run/config.json").write_text(stored.to_json())
    result = run_command(train, *arguments)
    assert result.code == 2 and result.err.count("\n") == 1 and "another experiment" in result.err
