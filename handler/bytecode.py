"""Load modules from one file that holds their bytecode: a start opens it instead of sixty files.

`model/image/bytecode.py` writes the file where a function is put together. Without it, Python reads its cache of each
module, as ever.
"""

import marshal
import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, FileFinder, ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType

_HANDLER = os.path.dirname(os.path.abspath(__file__))
_ROOT = os.path.dirname(_HANDLER)
_ARCHIVE = os.path.join(_HANDLER, "__pycache__", f"{sys.implementation.cache_tag}.archive")


def use_archive() -> None:
    """Import the modules in the archive from it, if there is one for this Python."""
    try:
        archive = open(_ARCHIVE, "rb")  # noqa: SIM115 - later imports read it
    except OSError:
        return
    index: dict[str, tuple[int, int]] = marshal.load(archive)  # noqa: S302 - as trusted as the code beside it
    start = archive.tell()
    places = {f"{_ROOT}/{name}": place for name, place in index.items()}

    class Loader(SourceFileLoader):
        """Loads a module's code from the archive."""

        def get_code(self, _fullname: str) -> CodeType:
            first, size = places[self.path]
            code: CodeType = marshal.loads(os.pread(archive.fileno(), size, start + first))  # noqa: S302
            return code

    class Finder(FileFinder):
        """Finds a folder's modules in the archive, without a look at the folder; others as Python does."""

        def find_spec(self, fullname: str, target: ModuleType | None = None) -> ModuleSpec | None:
            path = f"{self.path}/{fullname.rpartition('.')[2]}"
            for source, folders in ((f"{path}.py", None), (f"{path}/__init__.py", [path])):
                if source in places:
                    spec = ModuleSpec(fullname, Loader(fullname, source), origin=source)
                    spec.submodule_search_locations = folders
                    spec.has_location = True
                    return spec
            return super().find_spec(fullname, target)

    for folder in {os.path.dirname(name) for name in places}:
        loaders = (ExtensionFileLoader, EXTENSION_SUFFIXES), (SourceFileLoader, [".py"])
        sys.path_importer_cache[folder] = Finder(folder, *loaders)
