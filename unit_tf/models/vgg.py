"""VGG16 up to its highest features, for the perceptual term. It is read, never trained or saved."""

import pathlib

import keras
import tensorflow as tf

FETCHED = "imagenet"  # the word for Keras' own download
LAYER = "block5_conv3"
SMALLEST = 16  # sides are halved four times
# What Keras' weights were trained on: BGR in [0, 255] without the mean colour.
_MEAN_BGR = (103.939, 116.779, 123.68)


def load_vgg_features(weights):
    """relu5_3 of VGG16 as a function of images.

    Args:
      weights: file with Keras' VGG16 weights without its classifier (``.h5``), or ``"imagenet"``
        to let Keras fetch them.

    Returns:
      function: [N, H, W, 1 or 3] in [-1, 1] -> float32 [N, H/16, W/16, 512].

    Raises:
      ValueError: the file is missing, or holds other weights; one line.
    """
    path = pathlib.Path(weights).expanduser()
    if weights != FETCHED and not path.is_file():
        raise ValueError(f"no such file; {FETCHED} lets Keras fetch it")
    try:
        whole = keras.applications.VGG16(
            include_top=False, weights=FETCHED if weights == FETCHED else None
        )
        if weights != FETCHED:
            whole.load_weights(path)
    except Exception as error:  # h5py, Keras and urllib have no common one
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"not Keras' VGG16 weights without classifier ({reason})") from None
    network = keras.Model(whole.input, whole.get_layer(LAYER).output)
    network.trainable = False

    def features(x):
        x = tf.cast(x, tf.float32)
        rgb = tf.image.grayscale_to_rgb(x) if x.shape[-1] == 1 else x
        return network((rgb[..., ::-1] + 1.0) * 127.5 - tf.constant(_MEAN_BGR), training=False)

    return features
