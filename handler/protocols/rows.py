"""Batches that services of AWS hand over: items of a Distributed Map, and messages of a queue.

No path here begins with a slash, so none can be asked for over HTTP.
"""

from handler.message import Request, Response
from handler.predictor import Predictor
from handler.problem import problem
from handler.protocols import Route


def items(request: Request, predictor: Predictor) -> Response:
    """As `handler.bulk.items` answers it, which is imported when the first batch comes."""
    from handler.bulk import items

    return items.answer(request, predictor)


def messages(request: Request, predictor: Predictor) -> Response:
    """As `handler.bulk.messages` answers it, which is imported when the first messages come."""
    from handler.bulk import messages

    return messages.answer(request, predictor)


ROUTES = (Route("POST", "rows/items", items, problem), Route("POST", "rows/messages", messages, problem))
