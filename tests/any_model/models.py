"""Every test model by name."""

from custom import CUSTOM
from libraries import LIBRARIES
from signatures import SIGNATURES
from tensors import TENSORS

MODELS = {**LIBRARIES, **CUSTOM, **SIGNATURES, **TENSORS}
