"""Estimate the monthly cost from the time of a request, without free tiers; not a quote."""

from typing import NamedTuple

HOURS = 730
"""Hours in a month."""


class Price(NamedTuple):
    """A price in US dollars, and the unit that it is for."""

    dollars: float
    unit: str


# AWS's on-demand list prices, x86_64, us-east-1. Check them before you rely on them:
# https://aws.amazon.com/lambda/pricing/, api-gateway/pricing/, sagemaker/pricing/, fargate/pricing/
PRICES = {
    "request": Price(0.20e-6, "a request to Lambda"),
    "second": Price(0.0000166667, "a second of Lambda with 1 GB"),
    "api": Price(1.00e-6, "a request to an HTTP API"),
    "sagemaker": Price(0.0000200, "a second of SageMaker Serverless with 1 GB"),
    "vcpu": Price(0.04048, "an hour of 1 vCPU on Fargate"),
    "gb": Price(0.004445, "an hour of 1 GB on Fargate"),
    "balancer": Price(0.0225, "an hour of a load balancer"),
}


def estimate(requests: int, ms: float, memory: int) -> dict[str, float]:
    """Return monthly costs in US dollars: of Thaw, of SageMaker Serverless, and of a container that always runs.

    Args:
        requests: requests per month.
        ms: billed milliseconds per request.
        memory: memory of the function in MB.
    """
    gigabyte_seconds = requests * ms / 1000 * memory / 1024
    function = requests * PRICES["request"].dollars + gigabyte_seconds * PRICES["second"].dollars
    return {
        "Thaw: HTTP API and Lambda": function + requests * PRICES["api"].dollars,
        "SageMaker Serverless with the same time and memory": gigabyte_seconds * PRICES["sagemaker"].dollars,
        "Fargate, 1 vCPU and 2 GB, always on, behind a load balancer": HOURS
        * (PRICES["vcpu"].dollars + 2 * PRICES["gb"].dollars + PRICES["balancer"].dollars),
    }


def describe(requests: int, ms: float, memory: int) -> str:
    """Return the estimate as a table, with the prices."""
    rows = estimate(requests, ms, memory)
    lines = [f"{requests:,} requests a month, {ms:g} ms and {memory:,} MB each, in US dollars a month:"]
    lines += [f"  {dollars:>10,.2f}  {name}" for name, dollars in rows.items()]
    lines += ["Prices in US dollars:", *(f"  {price.dollars:<12.10g} {price.unit}" for price in PRICES.values())]
    return "\n".join(lines)
