"""The one reader of flags: what is parsed, what is refused, and how a command ends."""

import importlib.metadata
import os
import shlex
import subprocess
import sys

import pytest
from absl import flags as absl_flags

from unit_tf import config as config_lib
from unit_tf.cli import flags
from unit_tf.config import ExperimentConfig, UserError


@pytest.fixture
def values():
    """Flags of a command that has settings, a name and a switch."""
    values = flags.new_flags()
    absl_flags.DEFINE_string("name", "", "what to call it", flag_values=values)
    absl_flags.DEFINE_string("kind", "plain", "which kind", flag_values=values)
    absl_flags.DEFINE_bool("switch", False, "on or off", flag_values=values)
    absl_flags.DEFINE_integer("count", None, "how many", lower_bound=1, flag_values=values)
    absl_flags.DEFINE_float("size", None, "how large", lower_bound=0, flag_values=values)
    flags.define_config_flags(values)
    return values


@pytest.fixture
def run(values, monkeypatch, capsys):
    """(*arguments, main) -> exit code, stdout, stderr."""
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")

    def run(*arguments, main=lambda: 0):
        code = flags.run(main, values, "What it does.\n\n  an example", ["/bin/it", *arguments])
        return code, *capsys.readouterr()

    return run


def test_every_setting_is_a_flag(values):
    """Unset at first, so that a preset's value is not overridden by a default."""
    names = config_lib.field_names()
    assert set(names) <= set(values)
    assert flags.config_overrides(values(["it"]) and values) == {}


def test_given_settings_are_overrides(run, values):
    arguments = ("--model.width=0.5", "--data.flip=false", "--data.image_size", "48x64", "--name=n")
    assert run(*arguments) == (0, "", "")
    found = flags.config_overrides(values)
    assert found == {"model.width": "0.5", "data.flip": False, "data.image_size": "48x64"}
    config = ExperimentConfig().replace(found)
    assert (config.model.width, config.data.flip, config.data.image_size) == (0.5, False, (48, 64))


@pytest.mark.parametrize(
    ("argument", "value"),
    [("--data.flip", True), ("--nodata.flip", False), ("--data.flip=true", True),
     ("--data.flip=0", False), ("--data.flip=no", False), ("--data.flip=Yes", True)],
)  # fmt: skip
def test_booleans(run, values, argument, value):
    run(argument)
    assert flags.config_overrides(values) == {"data.flip": value}


def test_a_name_that_is_not_utf_8_is_printed_as_it_is(values, capfdbinary):
    argv = ["/bin/it"]
    assert flags.run(lambda: print("caf\udce9.png"), values, "What it does.", argv) == 0
    assert capfdbinary.readouterr().out == b"caf\xe9.png\n"


def test_settings_of_a_command_without_them():
    """A command that defines no settings has no overrides."""
    values = flags.new_flags()
    values(["it"])
    assert flags.config_overrides(values) == {}


def test_help_names_every_flag_with_its_default_and_choices(run):
    """In order, flags without a section first; and main does not run."""
    code, out, err = run("--help", main=lambda: pytest.fail("main ran"))
    assert (code, err) == (0, "")
    assert out.startswith("What it does.\n\n  an example\n\nflags:\n")
    lines = [line.strip() for line in out.split("flags:\n")[1].splitlines()]
    names = [line.partition(":")[0] for line in lines]
    assert names == [
        f"--{n}" for n in ("count", "help", "kind", "name", "size", "switch", "version")
    ] + [f"--{n}" for n in sorted(config_lib.field_names())]
    assert "--kind: which kind (default plain)" in lines
    assert "--name: what to call it" in lines
    assert any(
        line.startswith("--model.architecture: ")
        and "(table3|resnet2017|munit2018|" in line
        and line.endswith("); default table3")
        for line in lines
    )
    assert any(line.endswith("default 256x256") for line in lines)
    assert any(line.startswith("--data.dir_a") and line.endswith("default ''") for line in lines)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--modle.width=1"], "--modle.width: no such flag; did you mean model.width"),
        (["--nam=x"], "--nam: no such flag; did you mean name"),
        (["--qqqq"], "--qqqq: no such flag; see --help"),
        (["--model.width"], "model.width"),
        (["--switch=maybe"], "--switch=maybe: expected true or false\n"),
        (["--count=3.5"], "--count=3.5: expected a whole number\n"),
        (["--noswitch=3"], "--noswitch=3"),
        (["--data.flip=maybe"], "--data.flip=maybe: expected true or false"),
        (["--count=1e-2"], "--count=1e-2: expected a whole number"),
        (["--count=many"], "--count=many: "),
        (["--count=0"], "--count=0: "),
        (["--size=nan"], "--size=nan: expected a number\n"),
        (["--size=x"], "--size=x: expected a number\n"),
        (["--size=-1"], "--size=-1: "),
        (["--help=maybe"], "--help=maybe"),
        (["stray"], "'stray': not a flag; every setting is --name=value"),
        (["--name=x", "one", "two"], "'one': not a flag"),
        (["--", "--name=x"], "'--name=x': not a flag"),
        (["-"], "'-': not a flag"),
        ([""], "'': not a flag"),
        (["--flagfile=/no/such/file"], "/no/such/file"),
    ],
    ids=" ".join,
)
def test_bad_command_lines(run, arguments, part):
    """Code 2, one line on stderr that starts with the command's name, and main does not run."""
    code, out, err = run(*arguments, main=lambda: pytest.fail("main ran"))
    assert (code, out) == (2, "")
    assert err.startswith("it: ") and err.count("\n") == 1 and err.endswith("\n")
    assert part in err


@pytest.mark.parametrize("flag", ["name", "many", "data.cache_dir", "data.dir_a"])
@pytest.mark.parametrize("path", ["~nosuchuser/faces", "here,~nosuchuser"])
def test_an_unknown_home(run, values, flag, path):
    absl_flags.DEFINE_list("many", [], "several", flag_values=values)
    code, out, error = run(f"--{flag}={path}")
    assert (code, out) == (2, "")
    assert error == f"it: --{flag}={path}: no such user, {path.rpartition(',')[2]}\n"


def test_a_known_home(run):
    assert run("--data.dir_a=~/faces,~", "--name=a~b")[0] == 0


@pytest.mark.parametrize(("result", "code"), [(None, 0), (0, 0), (1, 1), (143, 143)])
def test_exit_codes_of_main(run, result, code):
    assert run(main=lambda: result) == (code, "", "")


def test_user_errors_are_one_line(run):
    def main():
        raise UserError("no such image")

    assert run(main=main) == (2, "", "it: no such image\n")


def test_ctrl_c(run):
    def main():
        raise KeyboardInterrupt

    assert run(main=main) == (130, "", "it: stopped\n")


def test_internal_failures_keep_their_traceback(run):
    """A ValueError of the code is no error of the user's."""

    def main():
        raise ValueError("internal")

    with pytest.raises(ValueError, match="internal"):
        run(main=main)


@pytest.mark.parametrize("arguments", ["", "--help"])
def test_nobody_reads_the_output(arguments):
    """``| head`` ends a command without a word, as it ends other programs."""
    code = """if True:
        import sys
        from unit_tf.cli import flags
        values = flags.new_flags()
        sys.exit(flags.run(lambda: print("x" * 100_000), values, "y" * 100_000, sys.argv))
    """
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-c", code, *arguments.split()]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_without_an_output():
    """Closed, as daemons have it: print does nothing then, nor does it need to."""
    code = "import sys; from unit_tf.cli import flags; assert sys.stdout is None; "
    code += "sys.exit(flags.run(lambda: print('x'), flags.new_flags(), '', ['x']))"
    command = f"exec {shlex.quote(sys.executable)} -c {shlex.quote(code)} >&-"
    done = subprocess.run(command, shell=True, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_broken_pipe_of_our_own_is_an_internal_failure(run):
    def main():
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run(main=main)


def test_require(run, values):
    """The first that is missing is named."""
    assert run("--kind=x", main=lambda: flags.require(values, "kind")) == (0, "", "")
    code, _, err = run(main=lambda: flags.require(values, "kind", "name"))
    assert (code, err) == (2, "it: --name is required; see --help\n")


def test_choice(run, values):
    valid = ("plain", "fancy")
    assert run("--kind=fancy")[0] == 0
    assert flags.choice(values, "kind", valid) == "fancy"
    code, _, err = run("--kind=fanci", main=lambda: flags.choice(values, "kind", valid))
    assert (code, err) == (2, "it: --kind=fanci: not valid; did you mean fancy?\n")


def test_integers_may_have_an_exponent(run, values):
    assert run("--count=1e2", "--run.steps=1e5") == (0, "", "")
    assert values["count"].value == 100
    assert ExperimentConfig().replace(flags.config_overrides(values)).run.steps == 100_000


@pytest.mark.parametrize("short", ["-h", "--h", "-help"])
def test_short_help(run, short):
    code, out, err = run(short, main=lambda: pytest.fail("main ran"))
    assert (code, err) == (0, "") and out.startswith("What it does.")
    assert "  --help: print this and stop" in out.splitlines() and "--h:" not in out


def test_version(run):
    code, out, err = run("--version", main=lambda: pytest.fail("main ran"))
    assert (code, out, err) == (0, f"unit_tf {importlib.metadata.version('unit_tf')}\n", "")


SMALL = "import os, sys; from unit_tf.cli import flags, quiet; "


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize("main", ["print('x')", "print('x', flush=True)", "print('x' * 100_000)"])
def test_a_full_device_for_the_output_is_one_line(main):
    code = f"{SMALL} sys.exit(flags.run(lambda: {main}, flags.new_flags(), '', ['it']))"
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    told = "it: standard output: cannot be written to: no space left on device\n"
    assert (done.returncode, done.stderr) == (2, told)


def test_without_a_stderr():
    """Nothing fails over it, and no file that is opened later takes what belongs there."""
    code = f"{SMALL}\ndef main():\n  with quiet.filtered_stderr(): print('x', file=sys.stderr)\n"
    code += "  assert os.open('.', 0) > 2\n  print('done')\n"
    code += "sys.exit(flags.run(main, flags.new_flags(), '', ['it']))"
    command = f"exec {shlex.quote(sys.executable)} -c {shlex.quote(code)} 2>&-"
    done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n")
