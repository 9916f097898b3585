"""The small network that unit-compress trains to imitate a translator."""

from unit_tf.presets.base import Preset

PRESETS = {
    "student": Preset(
        "A small network without norms that imitates a trained translator in one direction, on "
        "the teacher's own images and without pairs. unit-compress chooses its width for a budget "
        "of multiply-adds; by itself it needs a folder that Translator.save wrote.",
        {
            "model.method": "student",
            "model.num_blocks": 6,
            "model.discriminator_width": 0.5,
            "model.discriminator_depth": 4,
            # A discriminator that tells the two apart wins: docs/deploy.md has both, measured.
            "weights.gan": 0,
            "weights.gan_objective": "lsgan",
            "optim.batch_size": 4,
            "optim.learning_rate": 1e-3,
            "optim.schedule": "linear",
            "optim.decay_start": 8_000,
            "optim.decay_steps": 8_000,
            "optim.ema": 0.999,
            "run.steps": 16_000,
        },
        task="a smaller translator",
        data="those of its teacher",
        needs="--model.teacher=SAVED --data.dir_a=A --data.dir_b=B",
        follows_steps=True,
    ),
}
