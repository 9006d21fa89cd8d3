"""Every test model by name."""

from custom import CUSTOM
from libraries import LIBRARIES
from tensors import TENSORS

MODELS = {**LIBRARIES, **CUSTOM, **TENSORS}
