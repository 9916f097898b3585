"""What a training takes: parameters, multiply-adds, CPU time of a step and memory.

method_costs.py measures several trainings in turns. Each has a process of its own, in which these
functions run: begin, then take as often as wanted, then end.
"""

import math
import time

WARM = 3  # steps: the first ones compile, and use up batches that were read ahead
_STATE = {}  # of this process' one training


def begin(config):
    """Builds a training, with its data, and takes its first steps.

    Args:
      config: ExperimentConfig.
    """
    from unit_tf.cli import quiet

    quiet.start_tensorflow()
    from unit_tf.data.datasets import open_data
    from unit_tf.data.pipeline import training_dataset
    from unit_tf.training.build_trainer import build_trainer, make_step
    from unit_tf.training.strategy import build_strategy
    from unit_tf.training.tensorflow_settings import prepare_tensorflow

    prepare_tensorflow(config.run)
    strategy = build_strategy(config.run)
    trainer = build_trainer(config, strategy)
    batches = iter(training_dataset(open_data(config.data), config))
    _STATE.update(trainer=trainer, batches=batches, step=make_step(trainer, strategy))
    take(WARM)


def take(count):
    """Takes steps and waits for the last; returns CPU seconds of one of them.

    Args:
      count: how many.
    """
    begun = time.process_time()
    for _ in range(count):
        logs = _STATE["step"](_STATE["batches"])
    float(logs["total/generator"])
    return (time.process_time() - begun) / count


def end():
    """Counts what the training holds and computes, after its last step.

    Returns:
      {"parameters": that a step changes, "translator_parameters": that a translation a to b needs,
      "multiply_adds": of a step, "peak_memory": of this process in bytes, "directions": how many}.
    """
    import tensorflow as tf

    from unit_tf.inference.multiply_adds import graph_multiply_adds
    from unit_tf.training.budget.candidate_probe import peak_memory

    memory = peak_memory()  # before another graph is made
    trainer, step, batches = (_STATE[name] for name in ("trainer", "step", "batches"))
    method = trainer.method
    trained = [*method.generator_variables]
    if trainer.discriminator_optimizer is not None:
        trained += method.discriminator_variables
    image = tf.zeros([1, *trainer.config.data.image_size, method.channels["a"]])
    translate = tf.function(lambda x: method.translate(x, "a2b"), autograph=False)
    return {
        "parameters": _elements(trained),
        "translator_parameters": _elements(
            translate.get_concrete_function(image).graph.trainable_variables
        ),
        "multiply_adds": graph_multiply_adds(step.get_concrete_function(batches).graph),
        "peak_memory": memory,
        "directions": len(method.directions),
    }


def _elements(variables):
    return sum(math.prod(variable.shape) for variable in variables)
