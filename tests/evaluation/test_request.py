"""What a request refuses before anything is read: files and limits, each in one line."""

import subprocess
import sys

import pytest

from unit_tf.config import UserError
from unit_tf.evaluation.request import EvaluationRequest


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"vgg_weights": "absent.npz"}, "--vgg_weights=absent.npz: no such file"),
        ({"vgg_weights": "absent.h5"}, "--vgg_weights=absent.h5: no such file"),
        ({"vgg_weights": "x.pth"}, "--vgg_weights=x.pth: expected a file .npz or .h5"),
        ({"vgg_weights": "ImageNet"}, "--vgg_weights=ImageNet: expected a file .npz or .h5"),
        ({"lpips_weights": "x.pth"}, "--lpips_weights=x.pth: expected a file .npz"),
        ({"classifier": "absent.keras"}, "--classifier=absent.keras: no such file"),
        ({"classifier": "x.h5"}, "--classifier=x.h5: expected a file .keras"),
        ({"classifier": "imagenet"}, "--classifier=imagenet: expected a file .keras"),
        ({"lpips_weights": "{file}"}, "--lpips_weights: needs --vgg_weights"),
        ({"inception_weights": "absent.h5"}, "--inception_weights=absent.h5: no such file"),
        (
            {"inception_weights": "x.npz"},
            "--inception_weights=x.npz: expected a file .h5, or the word imagenet",
        ),
        ({"limit": "x"}, "--limit=x: expected a whole number, 1 or more"),
        ({"limit": 1.5}, "--limit=1.5: expected a whole number, 1 or more"),
        ({"limit": True}, "--limit=True: expected a whole number, 1 or more"),
        ({"seed": -1}, "--run.seed=-1: expected a whole number, 0 or more"),
        ({"data": "photos"}, "data='photos': expected {'section.field': value}"),
        ({"data": {"model.width": 1}}, "--model.width: not for data, which takes data.* alone"),
        ({"data": {"test_dir_a": "x"}}, "--test_dir_a: no such setting; did you mean data.test_d"),
        ({"classifier": "~nobody-of-this-name/x.keras"}, "--classifier=~nobody-of-this-name/x.ker"),
        ({"limit": 0}, "--limit=0: expected a whole number, 1 or more"),
        ({"resize": -1}, "--resize=-1: expected trained, or the pixels of the shorter side"),
        (
            {"limit": 1, "inception_weights": "imagenet"},
            "--limit=1: FID and KID (--inception_weights) need 2 or more",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path, fields, message):
    (tmp_path / "there.npz").touch()
    fields = {k: tmp_path / "there.npz" if v == "{file}" else v for k, v in fields.items()}
    with pytest.raises(UserError) as caught:
        EvaluationRequest("runs/x", **fields).check()
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)


def test_the_word_that_fetches_is_no_file():
    words = {"vgg_weights": "imagenet", "inception_weights": "imagenet"}
    EvaluationRequest("runs/x", **words, limit=2).check()


def test_paths_need_not_be_text(tmp_path):
    for name in ("vgg.h5", "lpips.npz", "it.keras", "inception.h5"):
        (tmp_path / name).touch()
    EvaluationRequest(
        tmp_path, vgg_weights=tmp_path / "vgg.h5", lpips_weights=tmp_path / "lpips.npz",
        classifier=tmp_path / "it.keras", inception_weights=tmp_path / "inception.h5",
    ).check()  # fmt: skip


def test_it_needs_neither_numpy_nor_tensorflow():
    code = (
        "import sys; from unit_tf.evaluation.request import EvaluationRequest\n"
        "EvaluationRequest('x').check()\n"
        "assert not {'tensorflow', 'keras', 'numpy'} & set(sys.modules)\n"
        "import unit_tf.evaluation.evaluate_workdir\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
