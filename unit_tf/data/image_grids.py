"""Images side by side under column titles, for people to look at."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SMALLEST, LARGEST = 128, 512
MARGIN = 4
BACKGROUND, INK = (255, 255, 255), (0, 0, 0)


def image_grid(rows, titles):
    """A grid of images, such as input | translation | truth.

    Images keep their pixels: those below 128 are enlarged by a whole factor so that they can be
    compared by eye; only those above 512 are scaled down, so that the grid can be opened at all.
    Cells are as large as the largest image, and a smaller one stands in the middle of its cell.

    Args:
      rows: non-empty list of rows; a row has a uint8 [H, W, C] with C 1 or 3, of any size, or None
        for an empty cell, for each title.
      titles: column titles, in Pillow's default font.

    Returns:
      uint8 [H', W', 3].

    Raises:
      ValueError: no rows, or a row without a cell for each title.
    """
    if not rows or any(len(row) != len(titles) for row in rows):
        raise ValueError(f"expected rows of {len(titles)} cells: {', '.join(titles)}")
    cells = [[_as_image(image) for image in row] for row in rows]
    columns = zip(*cells, strict=True)
    widths = [_widest(column, title) for column, title in zip(columns, titles, strict=True)]
    heights = [_title_box("Ag")[1], *(max(_size(cell)[1] for cell in row) for row in cells)]
    x = np.cumsum([MARGIN] + [w + MARGIN for w in widths])
    y = np.cumsum([MARGIN] + [h + MARGIN for h in heights])
    canvas = Image.new("RGB", (int(x[-1]), int(y[-1])), BACKGROUND)
    pen = ImageDraw.Draw(canvas)
    for j, title in enumerate(titles):
        left = int(x[j]) + (widths[j] - _title_box(title)[0]) // 2
        pen.text((left, int(y[0])), title, fill=INK, font=ImageFont.load_default())
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            if cell is not None:
                left = x[j] + (widths[j] - cell.width) // 2
                top = y[i + 1] + (heights[i + 1] - cell.height) // 2
                canvas.paste(cell, (int(left), int(top)))
    return np.array(canvas)


def as_shown(image):
    """An image as it stands in a grid, which is the same made of these: all that needs be kept.

    Args:
      image: uint8 [H, W, C], C 1 or 3.

    Returns:
      uint8 [H', W', 3], no side above 512.
    """
    return np.array(_as_image(image))


def evenly_spaced(count, limit):
    """At most ``limit`` indices of ``range(count)``, first and last included, evenly spread."""
    return sorted({round(float(i)) for i in np.linspace(0, count - 1, min(count, limit))})


def spread(items, limit):
    """At most ``limit`` of a list's items, evenly spaced; all where it is None."""
    return [items[i] for i in evenly_spaced(len(items), limit or len(items))]


def _as_image(image):
    """An RGB image, scaled for the eye."""
    if image is None:
        return None
    scaled = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).convert("RGB")
    longest = max(scaled.size)
    if longest > LARGEST:
        scaled.thumbnail((LARGEST, LARGEST), Image.Resampling.BOX)
        return scaled
    factor = -(-SMALLEST // longest)
    return scaled.resize((scaled.width * factor, scaled.height * factor), Image.Resampling.NEAREST)


def _size(cell):
    return cell.size if cell else (0, 0)


def _widest(column, title):
    return max(_title_box(title)[0], *(_size(cell)[0] for cell in column))


def _title_box(text):
    """(width, height) that a title takes."""
    _, _, right, bottom = ImageFont.load_default().getbbox(text)
    return int(right) + 1, int(bottom) + 1
