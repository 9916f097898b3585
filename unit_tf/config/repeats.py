"""In which settings two trainings may differ and still be one experiment. Standard library only."""

# Settings of where data lie, which no result depends on.
PLACES = ("data.tfds_dir", "data.usps_dir", "data.cache_dir")
# Those in which trainings of one experiment may differ whose scores are averaged. How deep values
# are read is among them as older trainings say nothing of it; the experiments' images have 8 bits.
FREE_IN_REPEATS = (
    *PLACES, "data.max_megapixels", "data.value_range", "run.steps", "run.seed",
    "run.checkpoint_every", "run.keep_checkpoints", "run.log_every", "run.image_every",
    "run.health_every", "run.score_every", "run.on_alarm", "run.deterministic",
    "run.minutes", "run.memory_gb", "run.subpixel",
)  # fmt: skip
