"""All test models by name."""

from zoo.boosters import BOOSTERS
from zoo.custom import CUSTOM
from zoo.libraries import LIBRARIES
from zoo.signatures import SIGNATURES
from zoo.tensors import TENSORS

MODELS = {**LIBRARIES, **BOOSTERS, **CUSTOM, **SIGNATURES, **TENSORS}
