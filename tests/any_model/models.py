"""Every test model by name."""

from custom import CUSTOM
from libraries import LIBRARIES

MODELS = {**LIBRARIES, **CUSTOM}
