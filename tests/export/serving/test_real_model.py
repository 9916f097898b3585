"""unit-serve-client against an exported SavedModel, over both protocols and both signatures."""

import functools

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from unit_tf.export.saved_model import LoadedModel


@pytest.fixture(scope="module")
def load():
    """Callable: folder -> the SavedModel in it, loaded once."""
    return functools.cache(lambda folder: tf.saved_model.load(str(folder)))


@pytest.fixture
def endpoint(tiny, saved, load, serve):
    folder = saved(tiny).path
    loaded = load(folder)
    run = loaded.signatures

    def floats(value):
        return run["serving_default"](image=tf.constant(value))["translated"].numpy()

    def strings(value):
        found = run["translate_bytes"](image_bytes=tf.constant(list(value)))
        return found["translated_bytes"].numpy()

    endpoint = serve({"serving_default": floats, "translate_bytes": strings})
    endpoint.loaded, endpoint.folder = loaded, folder
    return endpoint


@pytest.mark.parametrize("signature", ["serving_default", "translate_bytes"])
@pytest.mark.parametrize("protocol", ["grpc", "rest"])
def test_good_images_are_translated_and_the_bad_one_is_named(
    endpoint, client, images, tmp_path, protocol, signature
):
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for i, image in enumerate(images):
        Image.fromarray(image[: 30 + i]).save(source / f"{i}.png")
    data = (source / "0.png").read_bytes()
    (source / "broken.png").write_bytes(data[: len(data) // 2])
    server = getattr(endpoint, protocol)
    code, _, err = client(
        server=server, protocol=protocol, model="a2b", input=source, output=out, signature=signature
    )
    assert code == 2 and "broken.png" in err
    assert sorted(path.name for path in out.iterdir()) == ["0.png", "1.png"]
    model = LoadedModel(endpoint.folder)
    for i, image in enumerate(images):
        expected = model.run(image=image[None, : 30 + i].astype(np.float32) / 255)["translated"]
        found = np.asarray(Image.open(out / f"{i}.png"))
        np.testing.assert_allclose(found, expected[0, ..., 0] * 255, atol=0.51)
