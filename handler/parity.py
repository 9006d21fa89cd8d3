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


class Loss(TypedDict):
    """How far the answers of a quantised network are from MLflow's.

    Attributes:
        rows: how many rows were compared: those without missing numbers and without numbers from 10**6 on.
        identical_rows: rows with the same answer to the last bit.
        greatest_difference: of two numbers, relative to the largest of the answer.
        mean_difference: of each row's greatest difference.
        labels_changed: rows in which a label, or the largest of several numbers, is another one; None for vectors.
    """

    rows: int
    identical_rows: int
    greatest_difference: float
    mean_difference: float
    labels_changed: int | None


class Quantized(TypedDict):
    """What was quantised: operators by kind, the graph's `bytes` before and after, and the loss."""

    operators: dict[str, int]
    bytes: list[int]
    example: Loss
    probing: Loss


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
        quantized: what was quantised after the proof, and what that costs; missing where nothing was.
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
    quantized: Quantized
