"""Which faces there are: facts of their names alone, without an image."""

import dataclasses

import pytest

from unit_tf.data.sources.avatar_faces import (
    ATTRIBUTES,
    NONE,
    UNSEEN,
    identity,
    is_readable,
    sample_pairs,
)

COUNT = 300
GOLDEN = (
    "SHORT_FLAT", "RED", "DARK_BROWN", "SQUINT", "FLAT_NATURAL", "DEFAULT", "TWINKLE", "NONE",
    "PRESCRIPTION_1", "BLAZER_SWEATER", "BLUE_02", "#B9D7EA",
)  # fmt: skip


def sample(attribute, part, count=COUNT, seed=0):
    return sample_pairs(attribute, part, count, seed)


def identities(attribute, pairs):
    return [identity(face, attribute) for face, _ in pairs]


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_pair_differs_in_the_attribute_alone(attribute):
    """And has it in the first face alone."""
    part, present, absent, _ = ATTRIBUTES[attribute]
    pairs = sample(attribute, "test")
    for pair in pairs:
        first, second = map(dataclasses.asdict, pair)
        assert {name for name in first if first[name] != second[name]} == {part}
    assert {getattr(first, part) for first, _ in pairs} == set(present)
    assert {getattr(second, part) for _, second in pairs} == set(absent)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_domains_and_test_share_no_face(attribute):
    """Whatever the seed, and no face comes twice."""
    seen = {}
    for part in ("a", "b", "test"):
        for seed in (0, 1):
            found = identities(attribute, sample(attribute, part, seed=seed))
            assert len(set(found)) == COUNT
            seen.setdefault(part, set()).update(found)
    assert not seen["a"] & seen["b"]
    assert not (seen["a"] | seen["b"]) & seen["test"]


def test_clothes_and_background_do_not_make_another_face():
    face, other = sample("Smiling", "a", 1)[0]
    dressed = dataclasses.replace(other, clothing="x", clothing_color="x", background="x")
    assert identity(face, "Smiling") == identity(dressed, "Smiling")
    for part in ("hair", "hair_color", "skin_color", "eyes", "eyebrows", "nose", "glasses"):
        changed = dataclasses.replace(face, **{part: "x"})
        assert identity(changed, "Smiling") != identity(face, "Smiling")


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_hair_and_mouth_can_be_told_from_the_skin(attribute):
    """In both faces of a pair, or neither would be of its domain's distribution."""
    pairs = sample(attribute, "a")
    assert all(is_readable(face) for pair in pairs for face in pair)
    hair, skin = next(iter(UNSEEN))
    assert not is_readable(dataclasses.replace(pairs[0][0], hair_color=hair, skin_color=skin))


def test_a_beard_never_frames_the_mouth_of_smiling():
    assert {face.beard for pair in sample("Smiling", "b") for face in pair} == set(NONE)


@pytest.mark.parametrize("part", ["glasses", "beard"])
def test_what_is_not_the_attribute_is_as_frequent_in_both_domains(part):
    """One in four. 0.05 is five standard deviations of 2,000."""
    for domain in (0, 1):
        pairs = sample("Blond_Hair", "ab"[domain], 2000)
        faces = [pair[domain] for pair in pairs]
        share = sum(getattr(face, part) != "NONE" for face in faces) / len(faces)
        assert share == pytest.approx(0.25, abs=0.05)


def test_more_faces_begin_with_the_fewer():
    assert sample("Goatee", "a", 40)[:25] == sample("Goatee", "a", 25)
    assert sample("Goatee", "a", 25) != sample("Goatee", "a", 25, seed=1)


def test_a_seed_means_the_same_faces_for_ever():
    """Scores that are written down are of these."""
    face, _ = sample("Eyeglasses", "test", 1)[0]
    assert dataclasses.astuple(face) == GOLDEN
