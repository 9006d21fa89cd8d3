"""Solve triangular systems of equations; a matrix is a list of its lines, each up to the diagonal."""

from handler.backends.compiled.functions import dot

Lower = list[list[float]]


def forward(lower: Lower, values: list[float]) -> list[float]:
    """Solve a system with a lower triangular matrix."""
    found: list[float] = []
    for line, value in zip(lower, values, strict=True):
        found.append((value - dot(line[:-1], found)) / line[-1])
    return found


def backward(lower: Lower, values: list[float]) -> list[float]:
    """Solve a system with the transpose of a lower triangular matrix."""
    found = list(values)
    for index in reversed(range(len(found))):
        later = range(index + 1, len(found))
        found[index] -= sum([lower[place][index] * found[place] for place in later])
        found[index] /= lower[index][index]
    return found


def cholesky(matrix: list[list[float]]) -> Lower:
    """Return the lower triangular factor of a symmetric positive definite matrix."""
    lower: Lower = []
    for index, line in enumerate(matrix):
        new = forward(lower, line[:index])
        lower.append([*new, (line[index] - dot(new, new)) ** 0.5])
    return lower
