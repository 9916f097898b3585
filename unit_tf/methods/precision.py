"""The precision that a method's networks compute in, for training and inference."""

from unit_tf.layers.dtypes import dtype_policy

__all__ = ["dtype_policy"]
