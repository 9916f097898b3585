"""Two logical CPU devices in every test process, so that replicas can be tested without a GPU.

They must be made before TensorFlow runs its first op. Nothing else changes: ops run on the first.
"""

import contextlib
import gc
import importlib.util
import os
import pathlib
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# XLA compiles for a few steps here: its optimising takes longer than they do.
os.environ.setdefault(
    "XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
)

import numpy as np  # noqa: E402
import pytest  # noqa: E402
from PIL import Image  # noqa: E402

from unit_tf.cli import quiet  # noqa: E402
from unit_tf.config import ConfigError  # noqa: E402

# Tracing makes so many objects that Python's collector, as it is tuned, takes a tenth of the time.
gc.set_threshold(20_000, 20, 20)


TESTS = pathlib.Path(__file__).parent
ARTIFACTS = pathlib.Path(os.environ.get("UNIT_TEST_ARTIFACTS") or TESTS.parent / ".cache/artifacts")
BROWSER_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--window-size=1280,960",
    # A camera of its own, that nobody is asked for; a host that is neither https nor localhost.
    "--use-fake-device-for-media-stream=device-count=2", "--use-fake-ui-for-media-stream",
    "--host-resolver-rules=MAP insecure.test 127.0.0.1",
)  # fmt: skip
ROOT = TESTS.parent
# Files of half a minute and more, the longest first. But test_run_lowered.py uses programs that
# test_lowered_training.py makes: at the same time, one process would wait for the other.
LONG = (
    "tools/lowering/test_lowered_training.py",
    "training/test_loop.py", "training/test_strategy.py", "tools/lowering/test_run_lowered.py",
    "export/test_tflite.py", "training/test_accumulation.py", "export/test_styles.py",
    "export/test_classifiers.py", "training/test_checkpoints.py", "training/test_trainer.py",
    "examples/test_add_a_method.py", "test_distribution.py",
)  # fmt: skip


def pytest_collection(session):
    """Prepares TensorFlow where tests will run: xdist's own process only hands them out."""
    if getattr(session.config.option, "dist", "no") != "no":
        return
    quiet.start_tensorflow()
    import tensorflow as tf

    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
    )
    # A graph runs a few times here, and rewriting it first takes longer than that.
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


@pytest.hookimpl(trylast=True)  # behind what leaves tests out
def pytest_collection_modifyitems(items):
    """Puts long files first: one at the end would leave the others idle."""

    def place(item):
        name = item.path.relative_to(TESTS).as_posix()
        return LONG.index(name) if name in LONG else len(LONG)

    items.sort(key=place)


def pytest_collection_finish():
    """All that has been imported by now stays; the collector need not look at it again."""
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def kernels_stay():
    """A seed makes TensorFlow forget its kernels, and to make them again takes time.

    It forgets them because a kernel may hold a generator's state. None does here: all draws are
    stateless, and one that is not would no longer begin anew with the seed, which tests notice.
    """
    from tensorflow.python import pywrap_tfe
    from tensorflow.python.eager import context

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pywrap_tfe, "TFE_ContextClearCaches", lambda _: None)
        yield
    context.context().clear_kernel_cache()


@pytest.fixture(autouse=True)
def names_begin_anew():
    """Keras numbers the names of its optimizers, and every new name costs a kernel a variable."""
    from keras.src.utils import naming

    naming.reset_uids()


@pytest.fixture(scope="session")
def load_script():
    """load_script("tools/name.py") gives it as a fresh module: tools and examples are no packages.

    The path is below the repository's root.
    """

    def load(path):
        path = ROOT / path
        spec = importlib.util.spec_from_file_location(f"script_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="session")
def eagerly():
    """``with eagerly():`` runs functions without compiling them: faster for a few steps."""
    import tensorflow as tf

    @contextlib.contextmanager
    def eager():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tf, "function", lambda f=None, *_, **__: f or (lambda g: g))
            yield

    return eager


@pytest.fixture
def eager_steps(eagerly):
    """The same for a whole test."""
    with eagerly():
        yield


SIDES = {"mnist": (28, 28, 1), "usps": (16, 16, 1), "svhn_cropped": (32, 32, 3)}
COUNTS = {
    "mnist": {"train": 12, "test": 4},
    "usps": {"train": 9, "test": 5},
    "svhn_cropped": {"train": 3, "test": 6, "extra": 15},
}


def _write_digits(
    folder, name, relabel=lambda split, labels: labels, shape=None, classes=10, counts=None
):
    """A data set in which image i of a split has label i % 10 and is 20 * (i % 10) throughout."""
    import tensorflow_datasets as tfds

    shape = shape or SIDES[name]
    size = [side or 8 for side in shape]
    examples = {}
    for split, count in (counts or COUNTS[name]).items():
        labels = relabel(split, [i % classes for i in range(count)])
        images = [np.full(size, 20 * (i % 10), np.uint8) for i in range(count)]
        pairs = zip(images, labels, strict=True)
        examples[split] = [(i, {"image": x, "label": y}) for i, (x, y) in enumerate(pairs)]
    tfds.dataset_builders.store_as_tfds_dataset(
        name=name,
        version="1.0.0",
        features=tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(shape=shape),
                "label": tfds.features.ClassLabel(num_classes=classes),
            }
        ),
        split_datasets=examples,
        data_dir=folder,
    )
    return folder


@pytest.fixture(scope="session")
def refusal():
    """refusal(call, *arguments) -> the message of the ConfigError that it raises: one line."""

    def refusal(call, *arguments):
        with pytest.raises(ConfigError) as caught:
            call(*arguments)
        message = str(caught.value)
        assert "\n" not in message
        return message

    return refusal


@pytest.fixture(scope="session")
def write_digits():
    """write_digits(folder, name, ...) prepares a small tensorflow-datasets data set; the folder."""
    pytest.importorskip("tensorflow_datasets")
    return _write_digits


@pytest.fixture(scope="session")
def small_digits(write_digits, tmp_path_factory):
    """A folder with all of SIDES, small, as tensorflow-datasets prepares them."""
    folder = tmp_path_factory.mktemp("tfds")
    for name in SIDES:
        write_digits(folder, name)
    return folder


@pytest.fixture(scope="session")
def write_cycle_gan(load_script):
    """write_cycle_gan(folder, archive, name, images) prepares cycle_gan/name; the folder."""
    pytest.importorskip("tensorflow_datasets")
    return load_script("tests/tfds_files.py").write_cycle_gan


@pytest.fixture(scope="session")
def write_celeb_a(load_script):
    """write_celeb_a(folder, archive, splits, attributes) prepares celeb_a; the folder."""
    pytest.importorskip("tensorflow_datasets")
    return load_script("tests/tfds_files.py").write_celeb_a


@pytest.fixture(scope="session")
def write_pairs():
    """write_pairs(root, side) writes trainA, trainB, testA, testB of three images; the root.

    Of few levels: the search for the best constant colour takes seconds among all 256^3.
    """

    def write(root, side, wider=3):
        rng = np.random.default_rng(0)
        for name in ("trainA", "trainB", "testA", "testB"):
            (root / name).mkdir()
            for i in range(3):
                pixels = rng.integers(96, 160, (side, side + wider, 3), np.uint8)
                Image.fromarray(pixels).save(root / name / f"{i}.png")
        return root

    return write


@pytest.fixture(scope="session")
def teacher(tmp_path_factory):
    """Folder of a tiny UNIT that a student may imitate, as Translator.save writes it."""
    from unit_tf.config import ExperimentConfig
    from unit_tf.inference.load import build_float32
    from unit_tf.inference.saved_translators import save_translator

    folder = tmp_path_factory.mktemp("students") / "teacher"
    size = {"model.architecture": "resnet2017", "model.width": 1 / 16, "model.num_blocks": 1}
    config = ExperimentConfig().replace({**size, "data.image_size": 16})
    save_translator(build_float32(config), config, 7, folder)
    return folder


@pytest.fixture(scope="session")
def draw_head():
    """draw_head(seed) gives a Pillow image RGB 160x160: blobs, unlike those of any other seed."""

    def draw(seed):
        blobs = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
        return Image.fromarray(blobs).resize((160, 160), Image.Resampling.BICUBIC)

    return draw


@pytest.fixture(scope="session")
def paste_head():
    """paste_head(head, left, top, side) gives uint8 [300, 420, 3], or of another size: in noise."""

    def paste(head, left, top, side, size=(420, 300)):
        noise = np.random.default_rng(9).integers(0, 256, (size[1], size[0], 3), np.uint8)
        image = Image.fromarray(noise)
        image.paste(head.resize((side, side), Image.Resampling.BICUBIC), (left, top))
        return np.array(image)

    return paste


@pytest.fixture(scope="session")
def artifacts():
    """Folder for what a person may want to look at after the tests."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    return ARTIFACTS


@pytest.fixture(scope="session")
def open_chromium(tmp_path_factory):
    """(flags) -> context: (driver of a headless Chromium of its own, folder of its downloads)."""

    @contextlib.contextmanager
    def opened(*flags):
        webdriver = pytest.importorskip("selenium.webdriver", reason="needs pip install selenium")
        options, downloads = webdriver.ChromeOptions(), tmp_path_factory.mktemp("downloads")
        options.binary_location = shutil.which("chromium") or ""
        service = webdriver.ChromeService(shutil.which("chromedriver"))
        if not options.binary_location or not service.path:
            pytest.skip("needs Chromium: apt-get install chromium chromium-driver")
        profile = tmp_path_factory.mktemp("profile")
        for flag in (*BROWSER_FLAGS, *flags, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        with webdriver.Chrome(options, service) as driver:
            allow = {"behavior": "allow", "downloadPath": str(downloads)}
            driver.execute_cdp_cmd("Browser.setDownloadBehavior", allow)
            yield driver, downloads

    return opened


@pytest.fixture(scope="module")
def chromium(open_chromium):
    """(driver of a headless Chromium with a profile of its own, folder of its downloads)."""
    with open_chromium() as opened:
        yield opened
