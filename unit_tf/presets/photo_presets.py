"""The paper's image tasks, section 4, with the networks and weights of the released 2017 code.

The paper shows images of these and gives no score. CycleGAN's two sets stand beside them, as
tensorflow-datasets fetches them.
"""

from unit_tf.presets.base import Preset
from unit_tf.presets.unit_presets import FOLDERS, RELEASED_2017

_IMAGES = {**RELEASED_2017, "run.steps": 500_000}
_STREET_SIZE = "480x640"
_STREETS = {
    **_IMAGES,
    "data.image_size": _STREET_SIZE,
    "model.dropout": 0.5,
    "model.discriminator_scales": 3,
    "model.discriminator_depth": 4,
}
# Heads are smaller than the crop or larger; the tenth that is left over moves it about.
_ANIMALS = {**_IMAGES, "data.image_size": 216, "data.resize": 240}
_FACES = {
    **_IMAGES,
    "data.source": "celeb_a",
    "data.image_size": 128,
    "data.resize": 132,
    "model.discriminator_shared": 4,
    "run.steps": 2_000_000,
}
_CYCLE_GAN = {**_IMAGES, "data.source": "tfds", "data.image_size": 256}

PRESETS = {
    "streets_640x480": Preset(
        "Street scenes, section 4 and Figure 3: sunny to rainy, day to night, summery to snowy. As "
        "released: crops of 640x480, three discriminators, dropout; on one GPU. The paper's "
        "driving videos are not public.",
        _STREETS,
        task="streets in another weather or light",
        data="yours",
        needs=FOLDERS,
    ),
    "synthia_cityscapes": Preset(
        "Synthetic to real streets, section 4 and Figure 3: SYNTHIA (A) and Cityscapes (B). The "
        "paper does not say the size; as released: crops of 640x480, one discriminator, no "
        "dropout; on one GPU.",
        {**_IMAGES, "data.image_size": _STREET_SIZE},
        task="synthetic streets to real ones",
        data="SYNTHIA and Cityscapes, from their makers",
        needs=FOLDERS,
    ),
    "dogs": Preset(
        "Dog breeds, section 4 and Figure 4: heads of two breeds of ImageNet. As released: crops "
        "of 216x216; on one GPU. tools/crop_heads.py cuts heads out of photographs.",
        _ANIMALS,
        task="one dog breed to another",
        data="yours: heads",
        needs=FOLDERS,
    ),
    "cats": Preset(
        "Cat species, section 4 and Figure 5: heads of two species of ImageNet, as house cats and "
        "tigers. As released: crops of 216x216; on one GPU. tools/crop_heads.py cuts heads out of "
        "photographs.",
        _ANIMALS,
        task="one cat species to another",
        data="yours: heads",
        needs=FOLDERS,
    ),
    "faces": Preset(
        "Face attributes, section 4 and Figure 6: CelebA's faces with an attribute (A) and without "
        "it (B). As released: the middle square at 132x132, crops of 128x128, four shared layers "
        "in the discriminators; on one GPU. The paper's attributes are Blond_Hair, Eyeglasses, "
        "Goatee and Smiling. tensorflow-datasets fetches celeb_a (1.4 GB), which Google Drive "
        "often refuses; or give --data.tfds_dir.",
        _FACES,
        task="faces with an attribute to faces without",
        data="CelebA, fetched",
        needs="--data.attribute=Smiling",
    ),
    "yosemite": Preset(
        "CycleGAN's summer (A) and winter (B) in Yosemite with the same networks; not in the "
        "paper. On one GPU.",
        {**_CYCLE_GAN, "data.tfds": "cycle_gan/summer2winter_yosemite"},
        task="summer to winter",
        data="CycleGAN's set, fetched",
    ),
    "horse2zebra": Preset(
        "CycleGAN's horses (A) and zebras (B) with the same networks; not in the paper. On one "
        "GPU.",
        {**_CYCLE_GAN, "data.tfds": "cycle_gan/horse2zebra"},
        task="horses to zebras",
        data="CycleGAN's set, fetched",
    ),
}
