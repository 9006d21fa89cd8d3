"""All test models by name."""

from collections.abc import Callable

from zoo.boosters import BOOSTERS
from zoo.case import Case
from zoo.custom import CUSTOM
from zoo.libraries import LIBRARIES
from zoo.signatures import SIGNATURES
from zoo.tensors import TENSORS

MODELS: dict[str, Callable[[], Case]] = {**LIBRARIES, **BOOSTERS, **CUSTOM, **SIGNATURES, **TENSORS}
