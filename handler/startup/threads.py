"""Set how many threads libraries compute with: one thread per vCPU that the memory setting buys."""

from collections.abc import MutableMapping

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MB_PER_PROCESSOR = 1769


def use_share(environment: MutableMapping[str, str]) -> None:
    """Set OMP_NUM_THREADS on Lambda, unless it is set: every function sees at least two processors.

    OpenMP and OpenBLAS read it. More threads than vCPUs wait for each other in busy loops.
    """
    memory = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
    if memory.isdecimal():
        environment.setdefault("OMP_NUM_THREADS", str(max(1, round(int(memory) / MB_PER_PROCESSOR))))
