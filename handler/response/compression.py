"""gzip for request and response bodies (RFC 9110, section 8.4.1.3); imported when a caller sends or accepts it."""

import zlib

import msgspec

from handler.errors import MalformedBody, TooLarge, UnsupportedMedia
from handler.message import Request, Response

SMALLEST = 1_400
"""The fewest bytes to compress: a smaller body fits into one packet anyway."""

LARGEST = 16_777_216
"""The most bytes of a decompressed body: a few kilobytes can hold any number of zeros. The worst JSON of this size
(`dataframe_split` with millions of rows of an empty text) takes 0.9 GB of memory."""

_GZIP = 31  # zlib's window bits for gzip's header
_FAST = 1
_CHUNK = 65_536


def decompress_body(request: Request, limit: int = LARGEST) -> Request:
    """Return the request with its body decompressed.

    Args:
        request: the request.
        limit: the most bytes of the decompressed body.

    Raises:
        UnsupportedMedia: the content encoding is not gzip.
        MalformedBody: the body is not valid gzip, or is truncated.
        TooLarge: the decompressed body exceeds `limit`.
    """
    encoding = request.headers["content-encoding"].strip().lower()
    if encoding in {"", "identity"}:
        return request
    if encoding not in {"gzip", "x-gzip"}:
        raise UnsupportedMedia(f"the content encoding {encoding[:100]!r} is not supported; send gzip, or none")
    gzip = zlib.decompressobj(_GZIP)
    try:
        body = gzip.decompress(request.body, limit + 1)
    except zlib.error as error:
        raise MalformedBody(f"the body is not valid gzip: {error}") from None
    if len(body) > limit:
        raise TooLarge(f"the decompressed body exceeds {limit} bytes; send fewer rows")
    if not gzip.eof:
        raise MalformedBody("the body is truncated gzip")
    return msgspec.structs.replace(request, body=body)


def decompressed_size(body: bytes, limit: int) -> int:
    """Return how many bytes a gzip body has once it is decompressed, at most `limit`, without keeping them."""
    gzip, size = zlib.decompressobj(_GZIP), 0
    try:
        while body and size < limit:
            size += len(gzip.decompress(body, _CHUNK))
            body = gzip.unconsumed_tail
    except zlib.error:  # `decompress_body` reports it
        pass
    return min(size, limit)


def compress(request: Request, response: Response) -> Response:
    """Return the response with its body as gzip, if the caller accepts that and the body is large enough."""
    headers = {**response.headers, "vary": "accept-encoding"}
    if len(response.body) < SMALLEST or "content-encoding" in response.headers or not accepts_gzip(request):
        return msgspec.structs.replace(response, headers=headers)
    gzip = zlib.compressobj(_FAST, wbits=_GZIP)
    body = gzip.compress(response.body) + gzip.flush()
    return msgspec.structs.replace(response, headers={**headers, "content-encoding": "gzip"}, body=body)


def accepts_gzip(request: Request) -> bool:
    """Return whether `accept-encoding` has gzip or `*` with a weight above zero."""
    weights = {}
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip()] = parameters.replace(" ", "").partition("q=")[2] or "1"
    weight = weights.get("gzip", weights.get("*", "0"))
    return weight.strip("0.") != ""
