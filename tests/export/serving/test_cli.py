"""unit-serve-client against an endpoint on loopback that speaks TensorFlow Serving's protocols."""

import io
import re
import time

import numpy as np
import pytest
from PIL import Image

from unit_tf.data.scaling import scale_to_cover

PROTOCOLS = ["grpc", "rest"]
SIGNATURES = ["translate_bytes", "serving_default"]


def noise(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def save(path, seed=0, size=(24, 32), mode="RGB", **options):
    """Writes noise; gives the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (*size, len(mode)) if len(mode) > 1 else size
    Image.fromarray(noise(seed, *shape)).save(path, **options)
    return path


def negative(path):
    """What the stand-in makes of an image: uint8 [H, W, 3]."""
    from unit_tf.data.images import decode

    return 255 - decode(path, 3)


def tree(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("signature", SIGNATURES)
def test_every_kind_of_image_keeps_name_and_place(serve, client, tmp_path, protocol, signature):
    """Rotated, transparent, grey, palette, 16 bits: the server gets what it takes of each."""
    endpoint, source, out = serve(), tmp_path / "in", tmp_path / "out"
    rotated = Image.Exif()
    rotated[0x0112] = 6
    save(source / "plain.png", 1)
    save(source / "a" / "photo.jpg", 2, (40, 30))
    save(source / "a" / "turned.jpg", 3, exif=rotated)
    save(source / "a" / "b" / "é ü.webp", 4, lossless=True)
    save(source / "clear.png", 5, mode="RGBA")
    save(source / "grey.png", 6, mode="L")
    Image.fromarray(noise(7, 24, 32)).convert("P").save(source / "palette.gif")
    Image.fromarray(noise(8, 24, 64).view(np.uint16)).save(source / "deep.png")
    code, output, errors = client(
        server=endpoint.address(protocol), protocol=protocol, model="a2b", input=source,
        output=out, signature=signature, batch_size=3,
    )  # fmt: skip
    assert (code, errors) == (0, "")
    images = [path for path in source.rglob("*") if path.is_file()]
    assert tree(out) == sorted(str(p.relative_to(source).with_suffix(".png")) for p in images)
    for path in images:
        with Image.open((out / path.relative_to(source)).with_suffix(".png")) as image:
            np.testing.assert_array_equal(np.asarray(image), negative(path), str(path))
    assert output.startswith("8 of 8 images translated by a2b version 2; 0 failed; ")


@pytest.mark.parametrize("signature", ["translate_bytes", "serving_default"])
def test_deep_images_are_scaled_as_asked(serve, client, tmp_path, signature):
    deep, white = np.arange(64, dtype=np.uint16).reshape(8, 8), {"value_range": "0,63"}
    tmp_path.joinpath("in").mkdir()
    Image.fromarray(deep).save(tmp_path / "in/x.png")
    usual = {"server": serve().grpc, "model": "a2b", "signature": signature}
    for change, brightest in (({}, 0), (white, 255)):
        places = {"input": tmp_path / "in", "output": tmp_path / "out"}
        assert client(**usual, **places, **change)[0] == 0
        with Image.open(tmp_path / "out/x.png") as image:  # a negative
            assert 255 - np.asarray(image).min() == brightest


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("signature", ["translate_bytes", "serving_default"])
def test_images_are_scaled_as_asked(serve, client, tmp_path, protocol, signature):
    """As unit-translate --resize scales them, the size of its result, too."""
    endpoint = serve()
    source = save(tmp_path / "in" / "wide.png", 1, (30, 40))
    code, _, errors = client(
        server=endpoint.address(protocol), protocol=protocol, model="a2b", input=source.parent,
        output=tmp_path / "out", signature=signature, resize=12,
    )  # fmt: skip
    assert (code, errors) == (0, "")
    with Image.open(source) as image:
        scaled = scale_to_cover(np.asarray(image), (1, 1), 12)
    with Image.open(tmp_path / "out" / "wide.png") as image:
        assert image.size == (16, 12)
        np.testing.assert_array_equal(np.asarray(image), 255 - scaled)


def test_plain_files_travel_as_they_are(serve, client, tmp_path):
    """No second JPEG compression, no needless PNG."""
    sent, answered = [], []

    def translate_bytes(encoded):
        for one in encoded:
            file = io.BytesIO()
            Image.open(io.BytesIO(one)).save(file, "PNG", compress_level=1)
            sent.append(one)
            answered.append(file.getvalue())
        return np.array(answered, object)

    endpoint = serve({"serving_default": lambda images: images, "translate_bytes": translate_bytes})
    photo, flat = save(tmp_path / "in" / "a.jpg"), save(tmp_path / "in" / "b.png")
    assert client(server=endpoint.grpc, model="a2b", input=photo.parent, output=tmp_path)[0] == 0
    assert sent == [photo.read_bytes(), flat.read_bytes()]
    assert (tmp_path / "a.png").read_bytes() == answered[0]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("code", ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"])
def test_what_may_pass_is_tried_again(serve, client, status, tmp_path, protocol, code):
    endpoint = serve()
    endpoint.failures = [status(code, "busy"), status(code, "busy")]
    source = save(tmp_path / "x.png")
    usual = {"server": endpoint.address(protocol), "protocol": protocol, "model": "a2b",
             "input": source, "output": tmp_path / "out"}  # fmt: skip
    exit_code, output, errors = client(**usual, retries=2)
    assert (exit_code, errors) == (0, "")
    assert "1 requests, 2 retries; latency p50 " in output
    assert len(endpoint.requests) == 3
    endpoint.failures = [status(code, "busy"), status(code, "busy")]
    exit_code, output, errors = client(**usual, retries=1)
    assert exit_code == 2 and f"1 of 1 images failed: {source} (" in errors
    assert output.startswith("0 of 1 images translated by a2b version 2; 1 failed; ")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_other_failures_are_final(serve, client, status, tmp_path, protocol):
    endpoint = serve()
    endpoint.failures = [status("INTERNAL", "a bug")]
    code, _, errors = client(
        server=endpoint.address(protocol), protocol=protocol, model="a2b",
        input=save(tmp_path / "x.png"), output=tmp_path / "out",
    )  # fmt: skip
    assert code == 2 and "x.png (a bug)" in errors and len(endpoint.requests) == 1


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_deadline(serve, client, tmp_path, protocol):
    endpoint = serve()
    endpoint.delay = 8
    code, _, errors = client(
        server=endpoint.address(protocol), protocol=protocol, model="a2b", deadline=1, retries=1,
        input=save(tmp_path / "x.png"), output=tmp_path / "out",
    )  # fmt: skip
    assert code == 2 and "x.png (no answer within 1 s)" in errors
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_refused_image_fails_alone(serve, client, tmp_path, protocol, signature):
    """So does one that cannot be read here; both are named, and the rest is translated."""
    endpoint, source = serve(), tmp_path / "in"
    for i in range(6):
        save(source / f"{i}.png", i, (128, 128) if i == 2 else (16, 16))
    (source / "4.png").write_bytes((source / "4.png").read_bytes()[:300])
    code, output, errors = client(
        server=endpoint.address(protocol), protocol=protocol, model="a2b", input=source,
        output=tmp_path / "out", signature=signature, batch_size=6, concurrency=2,
    )  # fmt: skip
    assert code == 2
    assert tree(tmp_path / "out") == ["0.png", "1.png", "3.png", "5.png"]
    assert output.startswith("4 of 6 images translated by a2b version 2; 2 failed; ")
    assert re.fullmatch(
        r"unit-serve-client: 2 of 6 images failed: \S+2\.png \(too many pixels\), "
        r"\S+4\.png \(truncated or corrupt .*\)\n", errors,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("signature", "code"),
    [("translate_bytes", "INVALID_ARGUMENT"), ("serving_default", "FAILED_PRECONDITION")],
)
def test_neighbours_in_the_server_s_batch_do_no_harm(
    serve, client, status, tmp_path, signature, code
):
    """A server that merges requests refuses good images with bad ones; alone they pass."""

    def crowded(values):
        if endpoint.now > 1:
            raise status(code, "a neighbour does not fit")
        return values

    endpoint = serve(dict.fromkeys(SIGNATURES, crowded))
    endpoint.delay = 0.1
    for i in range(6):
        save(tmp_path / "in" / f"{i}.png", i)
    code, *_ = client(server=endpoint.grpc, model="a2b", input=tmp_path / "in",
                      output=tmp_path / "out", batch_size=2, signature=signature)  # fmt: skip
    assert code == 0 and len(tree(tmp_path / "out")) == 6


def test_at_most_twenty_failures_are_named(serve, client, tmp_path):
    for i in range(23):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / f"{i:02}.png").write_bytes(b"")
    code, _, errors = client(server=serve().rest, protocol="rest", model="a2b",
                             input=tmp_path / "in", output=tmp_path / "out")  # fmt: skip
    assert code == 2 and errors.count("empty file") == 20 and errors.endswith(" and 3 more\n")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_concurrency_is_real_and_bounded(serve, client, tmp_path, protocol):
    endpoint = serve()
    for i in range(12):
        save(tmp_path / "in" / f"{i}.png", i)
    endpoint.delay = 0.15
    usual = {"server": endpoint.address(protocol), "protocol": protocol, "model": "a2b",
             "input": tmp_path / "in", "batch_size": 2}  # fmt: skip
    code, output, _ = client(**usual, output=tmp_path / "three", concurrency=3)
    assert code == 0 and endpoint.most == 3
    found = re.search(r"12 of 12 .* ([\d.]+) s, ([\d.]+) images/s; 6 requests, 0 retries; "
                      r"latency p50 (\d+) ms p90 (\d+) ms p99 (\d+) ms", output)  # fmt: skip
    seconds, rate, p50, p90, p99 = map(float, found.groups())
    assert rate == pytest.approx(12 / seconds, rel=0.1)
    assert 150 <= p50 <= p90 <= p99 < 5000
    endpoint.most = 0
    assert client(**usual, output=tmp_path / "one", concurrency=1)[0] == 0
    assert endpoint.most == 1
    for name in tree(tmp_path / "one"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "three" / name).read_bytes()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_versions_and_labels(serve, client, tmp_path, protocol):
    endpoint, source = serve(), save(tmp_path / "x.png")
    for choice, version in ({}, 2), ({"version": 1}, 1), ({"label": "stable"}, 1):
        code, *_ = client(server=endpoint.address(protocol), protocol=protocol, model="a2b",
                          input=source, output=tmp_path / "out", **choice)  # fmt: skip
        assert (code, endpoint.requests[-1]) == (0, ("translate_bytes", version, 1))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_one_run_keeps_to_one_version(serve, client, tmp_path, protocol):
    """A version that is published meanwhile waits for the next run."""

    def publishing(encoded):
        endpoint.versions, endpoint.labels = (2, 3), {"stable": 3}
        return encoded

    for choice, version in ({}, 2), ({"label": "stable"}, 2):
        endpoint = serve(dict.fromkeys(SIGNATURES, publishing), versions=(2,))
        for i in range(4):
            save(tmp_path / "in" / f"{i}.png", i)
        client(server=endpoint.address(protocol), protocol=protocol, model="a2b", batch_size=1,
               concurrency=1, input=tmp_path / "in", output=tmp_path / "out", **choice)  # fmt: skip
        assert [request[1] for request in endpoint.requests] == [version] * 4


BAD = {
    ("model", "a2c"): "--model=a2c: not served by localhost:",
    ("version", 7): "--model=a2b --version=7: not served by localhost:",
    ("label", "canary"): "--label=canary: localhost:",
    ("signature", "translate_byte"): "--signature=translate_byte: not the model's; did you mean",
    ("server", "localhost:1"): "--server=localhost:1: cannot be reached by --protocol=",
    ("server", "http://localhost:8500"): "expected host:port",
    ("server", "localhost:99999"): "expected host:port",
    ("server", ""): None,
    ("model", ""): "--model is required",
    ("input", "nowhere"): "--input=nowhere: no such file or folder",
    ("protocol", "grcp"): "--protocol=grcp: not valid; did you mean grpc",
    ("batch_size", 0): "batch_size",
    ("concurrency", 0): "concurrency",
    ("retries", -1): "retries",
    ("deadline", 0): "deadline",
    ("value_range", "auto"): "--value_range=auto: expected LOW,HIGH",
    ("resize", "trained"): "--resize=trained",
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("change", BAD, ids=lambda change: "=".join(map(str, change)))
def test_wrong_flags_one_line_at_once(serve, client, tmp_path, monkeypatch, protocol, change):
    from unit_tf.export.serving import client_request

    monkeypatch.setattr(client_request, "PROTOCOLS", dict.fromkeys(PROTOCOLS, "localhost:1"))
    endpoint, started = serve(), time.monotonic()
    values = {"server": endpoint.address(protocol), "protocol": protocol, "model": "a2b",
              "input": save(tmp_path / "x.png"), "output": tmp_path / "out"}  # fmt: skip
    code, output, errors = client(**(values | dict([change])))
    assert (code, output, errors.count("\n")) == (2, "", 1)
    assert errors.startswith("unit-serve-client: ")
    assert (BAD[change] or "--server=localhost:1: cannot be reached") in errors
    assert time.monotonic() - started < 5 and not endpoint.requests
    assert not (tmp_path / "out").exists()


def test_version_and_label_exclude_each_other(client):
    code, _, errors = client(model="a2b", input="x", output="y", version=1, label="stable")
    assert code == 2 and "--version and --label" in errors


def test_results_of_one_name_are_refused(serve, client, tmp_path):
    save(tmp_path / "in" / "x.jpg")
    save(tmp_path / "in" / "x.webp")
    code, _, errors = client(server=serve().grpc, model="a2b", input=tmp_path / "in",
                             output=tmp_path / "out")  # fmt: skip
    assert code == 2 and "both would be written to" in errors


def test_one_image_may_name_a_png_and_nothing_else(serve, client, tmp_path):
    endpoint = serve()
    usual = {"server": endpoint.grpc, "model": "a2b", "input": save(tmp_path / "in/a.jpg")}
    assert client(**usual, output=tmp_path / "x.png")[0] == 0
    assert (tmp_path / "x.png").is_file()
    code, _, errors = client(**usual, output=tmp_path / "y.jpg")
    assert (code, errors.count("\n")) == (2, 1) and "y.jpg: results are .png; name" in errors
    assert not list(tmp_path.glob("y.*"))


def test_output_that_cannot_be_written(serve, client, tmp_path):
    save(tmp_path / "in" / "sub" / "x.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sub").write_text("in the way")
    for signature in SIGNATURES:
        code, _, errors = client(server=serve().grpc, model="a2b", input=tmp_path / "in",
                                 output=tmp_path / "out", signature=signature)  # fmt: skip
        assert code == 2 and "x.png: cannot be written (" in errors and errors.count("\n") == 1


def test_a_server_that_is_gone_ends_the_run(serve, client, status, tmp_path):
    endpoint = serve()
    endpoint.failures = [None] + [status("UNAVAILABLE", "going down")] * 100
    endpoint.delay = 0.05
    for i in range(30):
        save(tmp_path / "in" / f"{i:02}.png", i)
    code, output, errors = client(server=endpoint.grpc, model="a2b", input=tmp_path / "in",
                                  output=tmp_path / "out", batch_size=1, concurrency=1,
                                  retries=0)  # fmt: skip
    assert (code, output) == (2, "") and len(endpoint.requests) < 20
    assert "stopped answering (going down); 1 of 30 images were translated" in errors


def test_grpc_without_its_package_says_what_to_install(client, tmp_path, monkeypatch):
    from unit_tf.export.serving import client as module

    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    code, _, errors = client(model="a2b", input=save(tmp_path / "x.png"), output=tmp_path / "out")
    assert code == 2 and "pip install 'unit_tf[serving]'" in errors and errors.count("\n") == 1
