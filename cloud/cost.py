"""What a month costs, estimated from how long a request takes: no quote, and without what is free at first."""

from typing import NamedTuple

HOURS = 730
"""In a month."""


class Price(NamedTuple):
    """A price in dollars, and what it is for."""

    dollars: float
    of: str


# AWS's list prices on demand, x86_64, us-east-1; look them up before you rely on them:
# https://aws.amazon.com/lambda/pricing/, api-gateway/pricing/, sagemaker/pricing/, fargate/pricing/
PRICES = {
    "request": Price(0.20e-6, "a request to Lambda"),
    "second": Price(0.0000166667, "a second of Lambda with one GB"),
    "api": Price(1.00e-6, "a request to an HTTP API"),
    "sagemaker": Price(0.0000200, "a second of SageMaker Serverless with one GB"),
    "vcpu": Price(0.04048, "an hour of a vCPU of Fargate"),
    "gb": Price(0.004445, "an hour of one GB of Fargate"),
    "balancer": Price(0.0225, "an hour of a load balancer"),
}


def estimate(requests: int, ms: float, memory: int) -> str:
    """A month's cost of this, of SageMaker Serverless and of a container that always runs, as a table.

    Args:
        requests: a month.
        ms: that one takes, billed.
        memory: MB of the function.
    """
    gigabyte_seconds = requests * ms / 1000 * memory / 1024
    function = requests * PRICES["request"].dollars + gigabyte_seconds * PRICES["second"].dollars
    rows = {
        "Thaw: HTTP API and Lambda": function + requests * PRICES["api"].dollars,
        "SageMaker Serverless, the same time and memory": gigabyte_seconds * PRICES["sagemaker"].dollars,
        "Fargate, 1 vCPU and 2 GB, always on, behind a load balancer": HOURS
        * (PRICES["vcpu"].dollars + 2 * PRICES["gb"].dollars + PRICES["balancer"].dollars),
    }
    lines = [f"{requests:,} requests of {ms:g} ms with {memory:,} MB, a month, in dollars:"]
    lines += [f"  {dollars:>10,.2f}  {name}" for name, dollars in rows.items()]
    lines += ["Prices, each for", *(f"  {price.dollars:<12.10g} {price.of}" for price in PRICES.values())]
    return "\n".join(lines)
