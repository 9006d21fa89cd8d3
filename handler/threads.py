"""How many threads libraries compute with: as many as the function's memory pays processors for."""

from collections.abc import MutableMapping

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MB_PER_PROCESSOR = 1769


def use_share(environment: MutableMapping[str, str]) -> None:
    """Set OpenMP's number of threads on Lambda, unless it is set: every function sees two processors or more.

    OpenBLAS heeds it too. More threads than processors wait for each other in a loop.
    """
    memory = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
    if memory.isdecimal():
        environment.setdefault("OMP_NUM_THREADS", str(max(1, round(int(memory) / MB_PER_PROCESSOR))))
