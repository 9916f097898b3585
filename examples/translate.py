"""Translates one image with a trained translator.

  python examples/translate.py IMAGE OUTPUT [TRANSLATOR] [DIRECTION]

TRANSLATOR is a shipped name (default blue_marble: satellite images to relief maps) or the workdir
of a training; DIRECTION is a2b (default) or b2a. The result has the size of IMAGE.
"""

import sys

import unit_tf


def main(image, output, name="blue_marble", direction="a2b"):
    """Writes the translation of ``image`` to ``output``."""
    translator = unit_tf.load(name)
    translator.translate(image, direction=direction).save(output)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except unit_tf.UserError as error:  # a mistake of the caller's: its one line, no traceback
        print(error, file=sys.stderr)
        sys.exit(2)
