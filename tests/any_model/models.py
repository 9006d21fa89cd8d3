"""Every test model by name."""

from boosters import BOOSTERS
from custom import CUSTOM
from libraries import LIBRARIES
from signatures import SIGNATURES
from tensors import TENSORS

MODELS = {**LIBRARIES, **BOOSTERS, **CUSTOM, **SIGNATURES, **TENSORS}
