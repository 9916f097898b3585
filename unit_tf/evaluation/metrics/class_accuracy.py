"""Scores of predicted classes."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

CELL = 40
ENLARGED, CAPTION = 128, 16


def confusion(labels, predicted, classes=10):
    """How often each class was read as each.

    Args:
      labels: int array [N], the truth.
      predicted: int array [N].
      classes: how many there are.

    Returns:
      int64 [classes, classes]; row: truth, column: prediction.
    """
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (np.asarray(labels), np.asarray(predicted)), 1)
    return counts


def accuracies(counts):
    """(share of all that is right, [share of each class, None for one that never comes])."""
    rows = counts.sum(1)
    each = [int(c) / int(n) if n else None for c, n in zip(np.diag(counts), rows, strict=True)]
    return int(np.trace(counts)) / max(1, int(rows.sum())), each


def confusion_image(counts):
    """A confusion matrix to look at: truth downwards, prediction to the right.

    Args:
      counts: from ``confusion``.

    Returns:
      uint8 [H, W, 3]; the darker a cell, the larger its share of its row.
    """
    side = CELL * (len(counts) + 1)
    image = Image.new("RGB", (side, side), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(13)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)

    def cell(row, column, text, fill="white", ink="black"):
        left, top = column * CELL, row * CELL
        pen.rectangle([left, top, left + CELL - 1, top + CELL - 1], fill=fill)
        pen.text((left + CELL / 2, top + CELL / 2), str(text), ink, font, anchor="mm")

    for k in range(len(counts)):
        cell(0, k + 1, k)
        cell(k + 1, 0, k)
        for j in range(len(counts)):
            level = int(255 - 200 * shares[k, j])
            ink = "white" if level < 140 else "black"
            cell(k + 1, j + 1, counts[k, j], (level, level, 255), ink)
    return np.asarray(image)


def captioned(image, caption):
    """A small image, enlarged by a whole factor, over a line of text.

    Args:
      image: uint8 [H, W, C], C 1 or 3.
      caption: what to write below it, in Pillow's default font.

    Returns:
      uint8 [H', W', 3].
    """
    small = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).convert("RGB")
    factor = -(-ENLARGED // max(small.size))
    size = small.width * factor, small.height * factor
    canvas = Image.new("RGB", (size[0], size[1] + CAPTION), "white")
    canvas.paste(small.resize(size, Image.Resampling.NEAREST))
    place = size[0] / 2, size[1] + CAPTION / 2
    ImageDraw.Draw(canvas).text(place, caption, "black", ImageFont.load_default(13), anchor="mm")
    return np.asarray(canvas)
