"""Which sizes of images fit which networks."""

import pytest

from unit_tf.models.size_checks import check_image_size


@pytest.mark.parametrize(
    ("name", "size", "fits"),
    [
        ("table3", (100, 100), "next that fit: 96x96 or 104x104"),
        ("table3", (32, 32), "at least 40; next that fit: 40x40"),
        ("table3", (41, 256), "next that fit: 40x256 or 48x256"),
        ("table3", (256, 1), "next that fit: 256x40"),
        ("resnet2017", (255, 256), "multiples of 4, at least 4; next that fit: 252x256 or 256x256"),
        ("munit2018", (66, 30), "at least 64; next that fit: 64x64 or 68x64"),
    ],
)
def test_sizes_that_do_not_fit(name, size, fits):
    """Both sides are named, below and above; what is named fits."""
    with pytest.raises(
        ValueError, match=f"^{size[0]}x{size[1]}: {name} needs multiples of"
    ) as error:
        check_image_size(name, size)
    message = str(error.value)
    assert fits in message and "\n" not in message
    for proposal in message.partition("next that fit: ")[2].split(" or "):
        check_image_size(name, tuple(int(side) for side in proposal.split("x")))


def test_sizes_follow_the_discriminator_that_was_asked_for():
    """A depth or number of scales other than the architecture's own."""
    check_image_size("table3", (8, 8), depth=2)
    check_image_size("munit2018", (16, 16), scales=1)
    check_image_size("table3", (8, 8), adversarial=False)
    check_image_size("munit2018", (36, 36), kernel=3)
    with pytest.raises(ValueError, match="at least 24"):
        check_image_size("table3", (16, 16), depth=3, scales=2)
    with pytest.raises(ValueError, match="at least 64"):
        check_image_size("munit2018", (16, 16))
    with pytest.raises(ValueError, match="at least 16"):
        check_image_size("resnet2017", (12, 12), depth=4, kernel=4)
