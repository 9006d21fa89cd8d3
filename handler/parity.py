"""The proof in a bundle's manifest, typed for what makes and reports it."""

from typing import Any, TypedDict


class Calls(TypedDict):
    """How many calls a proof has made, with how many rows."""

    calls: int
    rows: int


class LeftOut(TypedDict):
    """A row that was not asked, and the reason."""

    row: dict[str, Any]
    reason: str


class Refusal(TypedDict):
    """A faster backend, with its options where it was tried, and why it is not used."""

    backend: str
    reason: str


class Parity(TypedDict, total=False):
    """The proof: how the bundle's answers compare with MLflow's. A remote bundle has few of these fields.

    Attributes:
        state: `proved`, `proved but for what varies` or `unproved`.
        rows: how many rows were compared.
        cases: how many rows there are of each case.
        identical_rows: rows with the same answer to the last bit, or refused by both.
        greatest_difference: of two numbers, relative as the tolerance is.
        unstable_rows: rows that differ where MLflow's own answers alone and in a batch differ as well.
        unicode_rows: rows that differ and contain a character that two Pythons' Unicode tables classify differently.
        asked: the calls that were made, of `mlflow` and of the `bundle`.
        not_asked: rows that were left out.
        reference: the version of the model's own `python`, and which `versions` serve the bundle.
        refused: the faster backends.
    """

    state: str
    rows: int
    cases: dict[str, int]
    identical_rows: int
    greatest_difference: float
    unstable_rows: int
    unicode_rows: int
    asked: dict[str, Calls | None]
    not_asked: list[LeftOut]
    reference: dict[str, str]
    refused: list[Refusal]
