"""A request's metrics in CloudWatch's embedded metric format: fields of its log line, which CloudWatch reads.

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
"""Every metric and its unit."""


def metric_fields(namespace: str, service: str, figures: dict[str, float], kind: str = "") -> dict[str, Any]:
    """Return the log line's fields for some metrics.

    Args:
        namespace: the metrics' namespace in CloudWatch.
        service: value of the dimension `service`, which all metrics have.
        figures: values by the names in `UNITS`.
        kind: class of the error, the second dimension of `Errors`; empty if the request succeeded.
    """
    directives = [_directive(namespace, ["service"], list(figures))]
    if kind:
        directives.append(_directive(namespace, ["service", "kind"], ["Errors"]))
    metadata = {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": directives}, "service": service}
    return {**metadata, **figures, **({"kind": kind} if kind else {})}


def _directive(namespace: str, dimensions: list[str], names: list[str]) -> dict[str, Any]:
    metrics = [{"Name": name, "Unit": UNITS[name]} for name in names]
    return {"Namespace": namespace, "Dimensions": [dimensions], "Metrics": metrics}
