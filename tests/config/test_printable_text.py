import pytest

from unit_tf.config import UserError, name_some, plural, printable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a b/Grüße 猫.png", "a b/Grüße 猫.png"),
        ("one\ntwo\r.png", r"one\ntwo\r.png"),
        ("\x1b[31mred\x1b[0m\x07\x7f\x9b.png", r"\x1b[31mred\x1b[0m\x07\x7f\x9b.png"),
        ("\u2028\u202egnp.exe", r"\u2028\u202egnp.exe"),
        ("caf\udce9.png", "caf\udce9.png"),
        ("9\u202fAM 👩\u200d💻.png", "9\u202fAM 👩\u200d💻.png"),  # macOS' screenshots, an emoji
        (r"back\nslash", r"back\nslash"),
    ],
)
def test_only_what_moves_the_cursor_is_escaped(name, shown):
    assert printable(name) == shown


def test_every_error_for_the_user_is_one_line():
    assert (
        str(UserError("--input=a\nb\x1b[2J: no such file")) == r"--input=a\nb\x1b[2J: no such file"
    )


@pytest.mark.parametrize(
    ("count", "text"), [(2, "0, 1"), (3, "0, 1, 2"), (4, "0, 1, 2 and 1 more")]
)
def test_of_many_names_some_are_shown(count, text):
    assert name_some(list(range(count)), 3) == text


def test_names_stay_on_their_line():
    assert name_some(["a\n", "b"], 1) == r"a\n and 1 more"


def test_one_has_no_plural():
    assert [plural(n, "image") for n in range(3)] == ["0 images", "1 image", "2 images"]
