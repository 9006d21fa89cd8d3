"""A request's figures in CloudWatch's embedded metric format: fields of its log line, which CloudWatch reads.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import time
from typing import Any

UNITS = {
    "ColdStart": "Count",
    "InitMs": "Milliseconds",
    "PredictMs": "Milliseconds",
    "Rows": "Count",
    "Errors": "Count",
}
"""Every metric, and what it is counted in."""


def embedded(namespace: str, service: str, figures: dict[str, float], kind: str = "") -> dict[str, Any]:
    """The fields for some figures.

    Args:
        namespace: of the metrics.
        service: the dimension that all have.
        figures: by the names in `UNITS`.
        kind: the dimension that errors have besides.
    """
    directives = [_directive(namespace, ["service"], list(figures))]
    if kind:
        directives.append(_directive(namespace, ["service", "kind"], ["Errors"]))
    about = {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": directives}, "service": service}
    return {**about, **figures, **({"kind": kind} if kind else {})}


def _directive(namespace: str, dimensions: list[str], names: list[str]) -> dict[str, Any]:
    metrics = [{"Name": name, "Unit": UNITS[name]} for name in names]
    return {"Namespace": namespace, "Dimensions": [dimensions], "Metrics": metrics}
