"""unit-serve-client as a process of its own: what it imports, Ctrl-C, encryption."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

PROTOCOLS = ["grpc", "rest"]


def save(path, seed=0):
    """Writes noise; gives the path."""
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (24, 32, 3), np.uint8)).save(path)
    return path


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_ctrl_c_ends_at_once_and_leaves_no_half_file(serve, tmp_path, protocol):
    endpoint = serve()
    for i in range(8):
        save(tmp_path / "in" / f"{i}.png", i)
    endpoint.delay = 60
    process = subprocess.Popen(
        [sys.executable, "-m", "unit_tf.export.serving.cli", f"--protocol={protocol}",
         f"--server={endpoint.address(protocol)}", "--model=a2b", f"--input={tmp_path / 'in'}",
         f"--output={tmp_path / 'out'}", "--deadline=60"],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not endpoint.requests and process.poll() is None:
        time.sleep(0.05)
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "cli.py: stopped\n")
    assert time.monotonic() - started < 10
    assert not (tmp_path / "out").exists()


def run_python(code, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False,
        env=os.environ | environment,
    )  # fmt: skip


START = """
import json, sys
from unit_tf.cli import flags
from unit_tf.export.serving import cli
code = flags.run(cli.main, cli.FLAGS, cli.__doc__, ["unit-serve-client", *sys.argv[1:]])
print(json.dumps([code, sorted({"tensorflow", "numpy", "grpc"} & set(sys.modules))]))
"""


@pytest.mark.parametrize(("argument", "code"), [("--help", 0), ("--modle=x", 2), ("--model=x", 2)])
def test_help_and_wrong_flags_import_nothing(argument, code):
    done = run_python(START, argument)
    assert json.loads(done.stdout.splitlines()[-1]) == [code, []]
    assert ("--batch_size: " in done.stdout) == (code == 0)


def test_rest_needs_no_tensorflow(serve, tmp_path):
    endpoint = serve()
    source = save(tmp_path / "x.png")
    done = run_python(
        START, "--protocol=rest", f"--server={endpoint.rest}", "--model=a2b", f"--input={source}",
        f"--output={tmp_path / 'out'}",
    )  # fmt: skip
    assert (done.stderr, json.loads(done.stdout.splitlines()[-1])) == ("", [0, ["numpy"]])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_tls(serve, tmp_path, protocol):
    """With an authority of the user's own; without it the server is not believed."""
    if not shutil.which("openssl"):
        pytest.skip("makes a certificate with openssl: apt-get install openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-days", "2", "-keyout", key, "-out", certificate], check=True, capture_output=True,
    )  # fmt: skip
    endpoint, source = serve(tls=(key, certificate)), save(tmp_path / "x.png")
    arguments = [f"--protocol={protocol}", f"--server={endpoint.address(protocol)}", "--model=a2b",
                 f"--input={source}", f"--output={tmp_path / 'out'}", "--tls"]  # fmt: skip
    name = {"grpc": "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "rest": "REQUESTS_CA_BUNDLE"}[protocol]
    done = run_python(START, *arguments, **{name: str(certificate)})
    assert done.stdout.startswith("1 of 1 images translated"), done.stderr
    done = run_python(START, *arguments)
    assert json.loads(done.stdout)[0] == 2 and "cannot be reached" in done.stderr
    assert done.stderr.startswith("unit-serve-client: --server=localhost:")
    assert done.stderr.count("\n") == 1
