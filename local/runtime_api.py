"""Lambda's Runtime API, and a handler behind it that runs under Lambda's own client, `awslambdaric`.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

The API is a dialogue: the client polls for an event, posts the result and polls again. It runs in the caller's thread,
so that no other thread competes with a request that is being timed.
"""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Self

from local.http_server import Request, Server

FUNCTION = "thaw"
ARN = f"arn:aws:lambda:us-east-1:012345678912:function:{FUNCTION}"

_API = "/2018-06-01/runtime"
_ACCEPTED = "202 Accepted"
_POLL = 0.05  # seconds between looks at whether the child still runs
_EXIT_TIMEOUT = 5.0


class InitError(Exception):
    """The handler failed before it polled for an event.

    Attributes:
        type: Lambda's errorType, such as "BundleError" or "Runtime.ExitError".
        log: output of the child process.
    """

    def __init__(self, message: str, error_type: str, log: str) -> None:
        super().__init__(message)
        self.type = error_type
        self.log = log


class Answer(NamedTuple):
    """The result of one event.

    Attributes:
        body: JSON as the runtime client posted it: the handler's response, or its error.
        milliseconds: from sending the event to receiving the whole result.
        failed: whether the handler raised, exited or timed out.
    """

    body: bytes
    milliseconds: float
    failed: bool

    @property
    def value(self) -> Any:
        """Return the decoded body."""
        return json.loads(self.body)


class Runtime:
    """A sandbox: a child process that loads the handler when the `with` block is entered, and ends with the block.

    Threads may share a sandbox; it handles their events one after the other, as Lambda's do.

    Args:
        python: the interpreter, with awslambdaric installed.
        handler: `module.function`.
        folder: the child's working directory, first on its sys.path, like Lambda's /var/task.
        environment: the child's environment variables, without those that Lambda sets.
        timeout: the function's timeout, in seconds.
        init_timeout: timeout for loading the handler, in seconds.
        initialization: Lambda's initialization type; after a `snap-start` the child is told to go on as if restored.

    Attributes:
        init_milliseconds: from starting the process to its first poll for an event.

    Raises:
        InitError: on entering, the handler does not load.
    """

    def __init__(
        self,
        python: Path,
        handler: str,
        folder: Path,
        environment: Mapping[str, str],
        *,
        timeout: float = 30.0,
        init_timeout: float = 120.0,
        initialization: str = "on-demand",
    ) -> None:
        self._command = [str(python), "-m", "awslambdaric", handler]
        self._folder = folder
        self._environment = dict(environment)
        self._timeout = timeout
        self._init_timeout = init_timeout
        self._initialization = initialization
        self._lock = Lock()
        self.init_milliseconds = 0.0

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._log = stack.enter_context(tempfile.TemporaryFile())
            self._server = Server()
            stack.callback(self._server.close)
            started = time.perf_counter()
            self._process = self._start()
            stack.callback(self._stop)
            self._next: Request | None = self._first_poll()
            self.init_milliseconds = (time.perf_counter() - started) * 1000
            self._open = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def invoke(self, event: Any) -> Answer:
        """Invoke the handler with an event: a JSON value, or bytes that are sent unchanged.

        Raises:
            RuntimeError: an earlier event ended the child, by a crash or a timeout.
        """
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        with self._lock:
            poll = self._next or self._poll_again()
            self._next = None
            headers = {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
                "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self._timeout) * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": ARN,
            }
            started = time.perf_counter()
            poll.reply("200 OK", headers, payload)
            try:
                posted = self._receive(self._timeout)
            except _EndedError as error:
                self._stop()
                message = f"RequestId: {headers['Lambda-Runtime-Aws-Request-Id']} Error: {error}"
                body = json.dumps({"errorMessage": message, "errorType": error.type}).encode()
                return Answer(body, (time.perf_counter() - started) * 1000, failed=True)
            milliseconds = (time.perf_counter() - started) * 1000
            posted.reply(_ACCEPTED)
        return Answer(posted.body, milliseconds, failed=posted.path.endswith("/error"))

    @property
    def log(self) -> str:
        """Return the child's output so far, standard output and error in order."""
        return os.pread(self._log.fileno(), os.fstat(self._log.fileno()).st_size, 0).decode(errors="replace")

    @property
    def pid(self) -> int:
        """Return the child's process id."""
        return self._process.pid

    def peak_megabytes(self) -> float:
        """Return the child's peak resident memory in MB, or the current one if the system does not record the peak."""
        status = Path(f"/proc/{self._process.pid}/status")
        if status.exists():
            peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
            return int(peak.split()[1]) / 1024
        command = ["ps", "-o", "rss=", "-p", str(self._process.pid)]
        return int(subprocess.check_output(command, timeout=_EXIT_TIMEOUT)) / 1024

    def _start(self) -> subprocess.Popen[bytes]:
        lambda_sets = {
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
            "AWS_LAMBDA_FUNCTION_NAME": FUNCTION,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": self._initialization,
            "AWS_LAMBDA_RUNTIME_API": self._server.address,
            "LAMBDA_TASK_ROOT": str(self._folder),
            "TZ": ":UTC",
            "_HANDLER": self._command[-1],
        }
        return subprocess.Popen(
            self._command,
            cwd=self._folder,
            env=self._environment | lambda_sets,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _stop(self) -> None:
        """Kill the child and the processes that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(_EXIT_TIMEOUT)

    def _first_poll(self) -> Request:
        try:
            request = self._receive(self._init_timeout)
            if request.path == f"{_API}/restore/next":
                request.reply("200 OK")
                request = self._receive(self._init_timeout)
        except _EndedError as error:
            raise InitError(f"Init: {error}", error.type, self.log) from None
        if request.path == f"{_API}/init/error":
            request.reply(_ACCEPTED)
            reported = json.loads(request.body)
            raise InitError(reported["errorMessage"], reported["errorType"], self.log)
        return request

    def _poll_again(self) -> Request:
        try:
            return self._receive(_EXIT_TIMEOUT)
        except _EndedError as error:
            raise RuntimeError(f"the sandbox has ended: {error}") from None

    def _receive(self, seconds: float) -> Request:
        """Return the child's next request.

        Raises:
            _EndedError: the child exited, or no request arrived in time.
        """
        end = time.monotonic() + seconds
        while (remaining := end - time.monotonic()) > 0:
            ended = self._process.poll() is not None
            if request := self._server.receive(0 if ended else min(remaining, _POLL)):
                return request
            if ended:
                status = self._process.returncode
                how = f"exit status {status}" if status >= 0 else f"signal: {signal.strsignal(-status)}"
                raise _EndedError(f"Runtime exited with error: {how}", "Runtime.ExitError")
        raise _EndedError(f"Task timed out after {seconds:.2f} seconds", "Sandbox.Timedout")


class _EndedError(Exception):
    def __init__(self, message: str, error_type: str) -> None:
        super().__init__(message)
        self.type = error_type
