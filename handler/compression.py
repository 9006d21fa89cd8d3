"""gzip for bodies (RFC 9110, section 8.4.1.3), where a caller sends it or asks for it. Imported when one does."""

import zlib

import msgspec

from handler.errors import MalformedBody, TooLarge, UnsupportedMedia
from handler.message import Request, Response

SMALLEST = 1_400
"""Bytes: what fits into one packet is not worth the time."""

LARGEST = 16_777_216
"""Bytes that a body may have once it is unpacked: a few kilobytes can hold any number of zeros, and the worst JSON of
this size (`dataframe_split` with millions of rows of an empty text) takes 0.9 GB to answer."""

_GZIP = 31  # zlib's window bits for gzip's own header
_FAST = 1


def unpacked(request: Request) -> Request:
    """The request with its body as it was before it was sent.

    Raises:
        UnsupportedMedia: it was packed in a way nobody here knows.
        MalformedBody: it is not gzip, or ends too soon.
        TooLarge: it is larger than LARGEST.
    """
    encoding = request.headers["content-encoding"].strip().lower()
    if encoding in {"", "identity"}:
        return request
    if encoding not in {"gzip", "x-gzip"}:
        raise UnsupportedMedia(f"the body's content encoding is {encoding[:100]!r}; send gzip, or none")
    packed = zlib.decompressobj(_GZIP)
    try:
        body = packed.decompress(request.body, LARGEST + 1)
    except zlib.error as error:
        raise MalformedBody(f"the body is not gzip: {error}") from None
    if len(body) > LARGEST:
        raise TooLarge(f"the body is over {LARGEST} bytes once it is unpacked; send fewer rows")
    if not packed.eof:
        raise MalformedBody("the body is gzip that ends too soon")
    return msgspec.structs.replace(request, body=body)


def packed(request: Request, response: Response) -> Response:
    """The response as gzip, if the caller takes that and it is large enough."""
    headers = {**response.headers, "vary": "accept-encoding"}
    if len(response.body) < SMALLEST or "content-encoding" in response.headers or not accepted(request):
        return msgspec.structs.replace(response, headers=headers)
    packing = zlib.compressobj(_FAST, wbits=_GZIP)
    body = packing.compress(response.body) + packing.flush()
    return msgspec.structs.replace(response, headers={**headers, "content-encoding": "gzip"}, body=body)


def accepted(request: Request) -> bool:
    """Whether `accept-encoding` names gzip, or everything, and not with the weight zero."""
    weights = {}
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip()] = parameters.replace(" ", "").partition("q=")[2] or "1"
    weight = weights.get("gzip", weights.get("*", "0"))
    return weight.strip("0.") != ""
