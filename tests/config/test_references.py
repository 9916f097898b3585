"""Things named as package.module:name."""

import json

import pytest

from unit_tf.config.references import load_reference


def test_a_name_is_imported():
    assert load_reference("json:dumps") is json.dumps


def test_the_thing_itself_is_its_own_reference():
    assert load_reference(json.dumps) is json.dumps


@pytest.mark.parametrize(
    ("reference", "error"), [("json:nothing", AttributeError), ("no_such_module:x", ImportError)]
)
def test_what_is_not_there(reference, error):
    with pytest.raises(error):
        load_reference(reference)
