"""Read conda.yaml and python_env.yaml: the version of Python, and conda's packages by their names on PyPI."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from model.environment.requirement_lines import distribution_name
from model.errors import ModelError

CONDA, PYTHON_ENV = "conda.yaml", "python_env.yaml"

_NAMES = {
    "matplotlib-base": "matplotlib",
    "opencv": "opencv-python-headless",
    "py-opencv": "opencv-python-headless",
    "py-xgboost": "xgboost",
    "py-xgboost-cpu": "xgboost",
    "python-graphviz": "graphviz",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "tensorflow-base": "tensorflow",
    "tensorflow-cpu": "tensorflow",
    "tensorflow-gpu": "tensorflow",
}
"""Distributions on PyPI whose conda packages have other names."""

_NOT_PYTHON = frozenset(
    (
        *("abseil-cpp", "anaconda", "arrow-cpp", "aws-sdk-cpp", "binutils", "blas", "blosc", "boost", "boost-cpp"),
        *("brotli", "bzip2", "c-ares", "ca-certificates", "cairo", "cmake", "compilers", "conda", "cpython", "cuda"),
        *("cudatoolkit", "cudnn", "curl", "dbus", "double-conversion", "expat", "ffmpeg", "fontconfig", "freetype"),
        *("fribidi", "gcc", "gettext", "gflags", "gfortran", "git", "glib", "glog", "gmp", "gnutls", "graphite2"),
        *("graphviz", "grpc-cpp", "gsl", "gxx", "harfbuzz", "hdf5", "icc-rt", "icu", "intel-openmp", "jpeg", "jq"),
        *("khronos-opencl-icd-loader", "krb5", "lame", "lcms2", "ld-impl-linux-64", "ld-impl-linux-aarch64", "lerc"),
        *("llvm-openmp", "lz4-c", "m4", "magma", "make", "mesalib", "mkl", "mkl-fft", "mkl-include", "mkl-random"),
        *("mkl-service", "mpc", "mpfr", "mpich", "nasm", "nccl", "ncurses", "nettle", "ninja", "nodejs", "nspr"),
        *("nss", "numpy-base", "oniguruma", "openblas", "openh264", "openjdk", "openjpeg", "openmp", "openmpi"),
        *("openssl", "orc", "pandoc", "pcre", "pcre2", "perl", "pip", "pixman", "pthread-stubs", "pybind11-abi"),
        *("pybind11-global", "python", "python-abi", "python-gil", "pytorch-mutex", "qt", "qt-main", "r-base", "re2"),
        *("readline", "s2n", "sleef", "snappy", "spirv-tools", "sqlite", "svt-av1", "tbb", "tesseract", "tk"),
        *("unixodbc", "vc", "vc14-runtime", "vs2015-runtime", "wincertstore", "x264", "x265", "xerces-c"),
        *("xorg-libx11", "xorg-libxau", "xorg-libxdmcp", "xz", "yaml", "yaml-cpp", "zeromq", "zfp", "zlib"),
        *("zlib-ng", "zstd"),
    )
)
"""Packages of conda that no model imports; some of the names are strangers' on PyPI."""

_LIBRARIES = re.compile(
    r"(?:lib(?!clang$|rosa$|cst$|sass$|svm)|_|r-|m2w64-|xorg-|font|cuda-|ucrt|nvidia-|gst-)|.*-cpp$"
)
"""Names of conda's system libraries; those of Python packages that begin alike are left."""


_SPECIFIER = re.compile(r"(?:[<>]=?|[=!~]=)\d+(?:\.\d+)*(?:(?:a|b|c|rc)\d*)?(?:\.?(?:post|dev)\d+)*(?:\.\*)?")
"""A version specifier of PEP 440, but for its rarer forms; conda has others, such as 2022g."""


class Conda(NamedTuple):
    """The packages of a conda environment: pip's requirements, and conda's own as requirements of PyPI."""

    pip: list[str]
    own: list[str]


def read_conda(path: Path) -> Conda:
    """Return the packages of a conda.yaml; of those that are named twice, pip's, which come last, or else the last.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        described = yaml.safe_load(path.read_text(encoding="utf-8-sig")) or {}
        dependencies = described.get("dependencies") or []
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError) as error:
        raise ModelError(f"{path} is damaged: {' '.join(str(error).split())}") from None
    pip: list[str] = []
    own: dict[str, str] = {}
    for entry in dependencies:
        if isinstance(entry, dict):
            pip += [str(line).strip() for line in entry.get("pip") or []]
        elif line := _from_conda(str(entry)):
            own[distribution_name(line)] = line
    named = {distribution_name(line) for line in pip}
    return Conda(pip, [line for name, line in own.items() if name not in named])


def conda_python(path: Path) -> str:
    """Return the version of Python that a conda.yaml or python_env.yaml names, "" where it names none."""
    try:
        described: Any = yaml.safe_load(path.read_text(encoding="utf-8-sig")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return ""
    if not isinstance(described, dict):
        return ""
    for entry in described.get("dependencies") or []:
        if isinstance(entry, str) and (match := re.match(r"python\s*=+\s*([\d.]*\d)", entry)):
            return match[1]
    return _text(described.get("python"))


def saved_python(folder: Path, pyfunc: dict[str, Any]) -> str:
    """Return the version of Python that a model was saved on, "" where nothing says so."""
    if version := _text(pyfunc.get("python_version")):
        return version
    return conda_python(folder / PYTHON_ENV) or conda_python(folder / CONDA)


def _text(version: Any) -> str:
    """Return a version of Python as it was written: without quotes, YAML reads 3.10 as the number 3.1."""
    return "3.10" if version == 3.1 else str(version or "")  # noqa: PLR2004 - there never was a model of Python 3.1


def _from_conda(entry: str) -> str | None:
    pattern = r"(?:[\w./-]+::)?([A-Za-z0-9][\w.-]*)\s*((?:[<>=!~]=?|==)\s*[^\s=]+)?(?:=\S*)?"
    match = re.fullmatch(pattern, entry.strip())
    if not match or (name := distribution_name(match[1])) in _NOT_PYTHON or _LIBRARIES.match(match[1].lower()):
        return None
    version = (match[2] or "").replace(" ", "")
    if release := re.fullmatch(r"==?([\d.]*\d)(?:\.\*)?", version):
        # Conda's 1.4 means 1.4.x, and its 1.4.1 is 1.4.1.post1 on PyPI where that is how it was released.
        version = f"=={release[1]}.*"
    elif re.match(r"=[^=]", version):
        version = f"={version}"
    if not all(_SPECIFIER.fullmatch(part) for part in version.split(",") if part):
        version = ""
    return _NAMES.get(name, match[1]) + version
