"""All of a trainer's variables by name, for other programs than TensorFlow's checkpoints."""

from unit_tf.lowering.program_folder import STEP


def named_variables(trainer):
    """{"network/encoder_a/conv0/conv/kernel": Keras variable, ...}, each once.

    All but the networks' weights are numbered, since Keras names optimizers and seeds after what
    else the process has made.

    Args:
      trainer: Trainer.

    Returns:
      dict: the step, the networks' weights, their statistics and seeds, and the optimizers' state.

    Raises:
      ValueError: two weights share a path.
    """
    method = trainer.method
    found = {STEP: trainer.step}
    for variable in method.trainable_variables:
        if found.setdefault(f"network/{variable.path}", variable) is not variable:
            raise ValueError(f"two variables share the path {variable.path}")
    numbered = {"untrained": method.non_trainable_variables}
    for player in ("generator_optimizer", "discriminator_optimizer"):
        optimizer = getattr(trainer, player)
        numbered[player] = optimizer.variables if optimizer else ()
    for group, variables in numbered.items():
        found.update({f"{group}/{i:04d}/{v.name}": v for i, v in enumerate(variables)})
    return found
