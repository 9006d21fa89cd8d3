"""MLflow's scoring protocol: https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/"""

from handler.message import Request, Response
from handler.predictor import Predictor
from handler.problem import problem
from handler.protocols import Route


def ping(_request: Request, _predictor: Predictor) -> Response:
    """`GET /ping`, `GET /health`: that there is an answer is the answer."""
    return Response(200, {"content-type": "application/json"}, b"\n")


ROUTES = (
    Route("GET", "/ping", ping, problem),
    Route("GET", "/health", ping, problem),
)
