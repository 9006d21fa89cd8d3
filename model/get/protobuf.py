"""Read the version of TensorFlow from a SavedModel, without TensorFlow.

The format: https://protobuf.dev/programming-guides/encoding/; the messages: tensorflow/core/protobuf/saved_model.proto.
"""

_PATH = (2, 1, 5)
"""The fields SavedModel.meta_graphs, MetaGraphDef.meta_info_def and MetaInfoDef.tensorflow_version."""

_FIXED = {1: 8, 5: 4}  # bytes of a wire type


def tensorflow_version(message: bytes) -> str:
    """Return the version that wrote a `saved_model.pb`; empty if it does not say so."""
    try:
        for field in _PATH:
            message = _field(message, field)
        return message.decode()
    except (IndexError, KeyError, UnicodeDecodeError):
        return ""


def _field(message: bytes, wanted: int) -> bytes:
    """Return the first field of a number that has a length.

    Raises:
        IndexError: there is none.
        KeyError: the message is none.
    """
    place = 0
    while True:
        key, place = _number(message, place)
        kind = key & 7
        if kind == 0:
            _, place = _number(message, place)
            continue
        length = _FIXED[kind] if kind != 2 else -1  # noqa: PLR2004 - of a length
        if length < 0:
            length, place = _number(message, place)
            if key >> 3 == wanted:
                return message[place : place + length]
        place += length


def _number(message: bytes, place: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, and the place after it."""
    number = shift = 0
    while True:
        byte = message[place]
        number |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:  # noqa: PLR2004 - the highest bit says that more follow
            return number, place
