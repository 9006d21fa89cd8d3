"""CityHash64, version 1.0 (Geoff Pike and Jyrki Alakuijala, 2011); version 1.1 gives other numbers. `_city.h` in C."""

_WORD = (1 << 64) - 1
_K0, _K1, _K2, _K3 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F, 0xC949D7C7509E6557
_MIXER = 0x9DDFEA08EB382D69


def city(text: bytes) -> int:
    """Return the hash of a text in UTF-8, 64 bits."""
    length = len(text)
    words = _Words(text)
    if length <= 16:  # noqa: PLR2004 - the algorithm's limits
        return _city_short(text, words)
    if length <= 64:  # noqa: PLR2004
        return _city_medium(words, length)
    x, y, z = words[0], words[length - 16] ^ _K1, words[length - 56] ^ _K0
    v, w = words.weak(length - 64, length, y), words.weak(length - 32, length * _K1, _K0)
    z += _folded(v[1]) * _K1
    x = _rotated(z + x, 39) * _K1
    y = _rotated(y, 33) * _K1
    for start in range(0, (length - 1) // 64 * 64, 64):
        turned = _rotated(x + y + v[0] + words[start + 16], 37) * _K1 & _WORD ^ w[1]
        y = _rotated(y + v[1] + words[start + 48], 42) * _K1 & _WORD ^ v[0]
        x = _rotated(z ^ w[0], 33)
        v = words.weak(start, v[1] * _K1, turned + w[0])
        w = words.weak(start + 32, x + w[1], y)
        z = turned
    return _mixed(_mixed(v[0], w[0]) + _folded(y) * _K1 + z, _mixed(v[1], w[1]) + x)


class _Words:
    """The words of a text, by their first byte."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    def __getitem__(self, start: int) -> int:
        return int.from_bytes(self._text[start : start + 8], "little")

    def weak(self, start: int, low: int, high: int) -> tuple[int, int]:
        """Return four words and two seeds in two words."""
        first, last = low + self[start], self[start + 24]
        total = first + self[start + 8] + self[start + 16]
        high = _rotated(high + first + last, 21) + _rotated(total, 44) + first
        return total + last & _WORD, high & _WORD


def _city_short(text: bytes, words: _Words) -> int:
    length = len(text)
    if length > 8:  # noqa: PLR2004
        last = words[length - 8]
        return _mixed(words[0], _rotated(last + length, length)) ^ last
    if length >= 4:  # noqa: PLR2004
        first, last = (int.from_bytes(part, "little") for part in (text[:4], text[-4:]))
        return _mixed(length + (first << 3), last)
    if not length:
        return _K2
    low, high = text[0] + (text[length >> 1] << 8), length + (text[-1] << 2)
    return _folded(low * _K2 ^ high * _K3) * _K2 & _WORD


def _city_medium(words: _Words, length: int) -> int:
    if length <= 32:  # noqa: PLR2004
        first, second, last = words[0] * _K1, words[8], words[length - 8] * _K2
        low = _rotated(first - second, 43) + _rotated(last, 30) + words[length - 16] * _K0
        return _mixed(low, first + _rotated(second ^ _K3, 20) - last + length)
    start = words[0] + (length + words[length - 16]) * _K0
    head = _half(start, words[24], words[8], words[16])
    start = words[16] + words[length - 32]
    tail = _half(start, words[length - 8], words[length - 24], words[length - 16])
    both = _folded((head[0] + tail[1]) * _K2 + (tail[0] + head[1]) * _K0)
    return _folded(both * _K0 + head[1]) * _K2 & _WORD


def _half(start: int, last: int, middle: int, following: int) -> tuple[int, int]:
    """Return two words for half of a text of 33 to 64 bytes."""
    total = start + middle
    high = _rotated(start + last, 52) + _rotated(start, 37) + _rotated(total, 7)
    total += following
    return total + last, high + _rotated(total, 31)


def _rotated(word: int, bits: int) -> int:
    """Rotate 64 bits to the right."""
    word &= _WORD
    return (word >> bits | word << 64 - bits) & _WORD


def _folded(word: int) -> int:
    word &= _WORD
    return word ^ word >> 47


def _mixed(low: int, high: int) -> int:
    """Return two words in one."""
    inner = _folded((low ^ high) * _MIXER)
    return _folded((high ^ inner) * _MIXER) * _MIXER & _WORD
