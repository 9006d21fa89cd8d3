"""Models of MLflow's flavors: each recipe trains one and saves it, in an environment with the packages that it names.

The modules import nothing but the standard library; a recipe imports its libraries itself.
"""

from collections.abc import Callable
from typing import NamedTuple


class Recipe(NamedTuple):
    """How a model is made.

    Attributes:
        save: trains it and saves it with MLflow in a directory.
        packages: what that needs besides MLflow, as requirements.
        needs: programs that building and serving need, such as `java`.
        refused: text of the error with which the build refuses the model; empty where it builds.
        backend: the backend that serves it; empty for any.
        reason: text of the reason why a faster backend does not; empty where there is none to name.
    """

    save: Callable[[str], None]
    packages: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    refused: str = ""
    backend: str = ""
    reason: str = ""
