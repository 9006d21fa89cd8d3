"""The Runtime API server, and the commands that run the handler on a laptop."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from handler.bundle import Example
from handler.bundle import read_manifest as read_bundle
from local.runtime_api import ARN, InitError, Runtime
from local.serve import curl
from local.stage import environment, stage

PYTHON = Path(sys.executable)
ROOT = Path(__file__).resolve().parent.parent
EVENT = ROOT / "events" / "http_v2.json"
LIMIT = 300  # seconds: the first run installs the bundle's requirements


@pytest.fixture(scope="module", name="example")
def _example(bundle: Path) -> Example:
    """The bundle's example."""
    return read_bundle(bundle).example or Example([], {}, [])


def runtime(folder: Path, source: str, timeout: float = 10.0) -> Runtime:
    """Return a runtime whose handler is `source`."""
    (folder / "program.py").write_text(source)
    return Runtime(PYTHON, "program.handler", folder, environment(), timeout=timeout)


def test_an_event_is_answered_and_timed(tmp_path: Path) -> None:
    """Init and events are timed, and the child's memory is measured."""
    with runtime(tmp_path, "def handler(event, context): return {'got': event}") as sandbox:
        answer = sandbox.invoke({"text": "naïve"})

        assert {"got": {"text": "naïve"}} == answer.value
        assert not answer.failed
        assert sandbox.init_milliseconds > answer.milliseconds > 0
        assert 1 < sandbox.peak_megabytes() < 100


def test_the_largest_payloads_arrive_whole(tmp_path: Path) -> None:
    """Six megabytes, Lambda's limit, are passed in both directions."""
    with runtime(tmp_path, "def handler(event, context): return event") as sandbox:
        text = "x" * 6_000_000
        assert text == sandbox.invoke(text).value


def test_the_context_is_that_of_lambda(tmp_path: Path) -> None:
    """The context has a request id, the function's ARN and the deadline; Lambda's environment variables are set."""
    source = """
import os
def handler(event, context):
    return [len(context.aws_request_id), context.invoked_function_arn,
            context.get_remaining_time_in_millis(), os.environ["AWS_LAMBDA_FUNCTION_NAME"],
            os.environ["LAMBDA_TASK_ROOT"]]
"""
    with runtime(tmp_path, source) as sandbox:
        request_id, arn, remaining, name, root = sandbox.invoke(None).value

    assert 36 == request_id
    assert ARN == arn
    assert 9_000 < remaining <= 10_000
    assert "thaw" == name
    assert str(tmp_path) == root


def test_a_handler_that_fails_to_load_is_an_init_error(tmp_path: Path) -> None:
    """The error contains the exception's class and message."""
    with (
        pytest.raises(InitError, match="no bundle here") as caught,
        runtime(tmp_path, "raise ValueError('no bundle here')"),
    ):
        pass
    assert "ValueError" == caught.value.type


def test_a_child_that_ends_while_loading_is_an_init_error(tmp_path: Path) -> None:
    """A crash during import is reported by its signal, with the child's output."""
    source = "import os, sys; print('last words'); sys.stdout.flush(); os.kill(os.getpid(), 11)"
    with pytest.raises(InitError, match="Segmentation fault") as caught, runtime(tmp_path, source):
        pass
    assert "Runtime.ExitError" == caught.value.type
    assert "last words\n" == caught.value.log


def test_loading_times_out(tmp_path: Path) -> None:
    """A handler that does not load in time is killed and reported."""
    (tmp_path / "program.py").write_text("import time; time.sleep(60)")
    endless = Runtime(PYTHON, "program.handler", tmp_path, environment(), init_timeout=0.5)
    with pytest.raises(InitError, match="Task timed out after"), endless:
        pass


def test_an_exception_fails_one_event(tmp_path: Path) -> None:
    """The exception is that event's error, and the next event succeeds."""
    with runtime(tmp_path, "def handler(event, context): return 1 / event") as sandbox:
        failed = sandbox.invoke(0)

        assert failed.failed
        assert "ZeroDivisionError" == failed.value["errorType"]
        assert 0.5 == sandbox.invoke(2).value
        assert "ZeroDivisionError" in sandbox.log


def test_a_handler_past_its_deadline_is_killed(tmp_path: Path) -> None:
    """The result is Lambda's timeout error, and later events are refused."""
    with runtime(tmp_path, "import time\ndef handler(event, context): time.sleep(event)", timeout=0.3) as sandbox:
        failed = sandbox.invoke(60)

        assert failed.failed
        assert "Sandbox.Timedout" == failed.value["errorType"]
        assert 300 <= failed.milliseconds < 3_000
        with pytest.raises(RuntimeError, match="the sandbox has ended"):
            sandbox.invoke(0)


def test_a_handler_that_exits_is_reported(tmp_path: Path) -> None:
    """The exit status is that event's error."""
    with runtime(tmp_path, "import os\ndef handler(event, context): os._exit(3)") as sandbox:
        failed = sandbox.invoke({})
        assert "Runtime.ExitError" == failed.value["errorType"]
        assert "exit status 3" in failed.value["errorMessage"]


def test_no_child_outlives_its_runtime(tmp_path: Path) -> None:
    """Leaving the `with` block kills the child."""
    with runtime(tmp_path, "import os\ndef handler(event, context): return os.getpid()") as sandbox:
        child = sandbox.invoke({}).value
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_the_stage_contains_only_the_handler(tmp_path: Path) -> None:
    """A staged handler can import `handler` and no other package of this repository."""
    source = "from importlib.util import find_spec as find\n"
    source += "def handler(event, context): return [bool(find(name)) for name in event]"
    (tmp_path / "program.py").write_text(source)
    with stage(tmp_path) as (folder, variables):
        variables["PYTHONPATH"] = str(tmp_path)
        with Runtime(PYTHON, "program.handler", folder, variables) as sandbox:
            assert [True, False, False, False] == sandbox.invoke(["handler", "model", "local", "bench"]).value


def local(*arguments: object, **variables: object) -> subprocess.CompletedProcess[str]:
    """Run `python -m local` with further environment variables."""
    command: list[str | Path] = [PYTHON, "-m", "local", *map(str, arguments)]
    clean = {name: value for name, value in os.environ.items() if name != "THAW_BUNDLE"}
    return subprocess.run(
        command,
        cwd=ROOT,
        env=clean | {name: str(value) for name, value in variables.items()},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


def test_invoke_prints_the_response_and_times(bundle: Path, example: Example, tmp_path: Path) -> None:
    """The response is printed as readable JSON, body included, followed by a line of times."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps(json.loads(EVENT.read_text()) | {"body": json.dumps(example.rows[0])}))

    done = local("invoke", event, THAW_BUNDLE=bundle)

    response, _, times = done.stdout.strip().rpartition("\n")
    assert 0 == done.returncode, done.stderr
    assert 200 == json.loads(response)["statusCode"]
    assert example.answer[0] == json.loads(response)["body"]
    assert re.fullmatch(r"init \d+ ms, first invoke [\d.]+ ms, second invoke [\d.]+ ms", times)


def test_invoke_says_why_a_handler_did_not_load(bundle: Path, tmp_path: Path) -> None:
    """A bundle whose prediction differs from the recorded one ends the command with the reason."""
    copy = shutil.copytree(bundle, tmp_path / "bundle")
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["example"]["answer"] = [{"another": "answer"}]
    (copy / "manifest.json").write_text(json.dumps(manifest))

    done = local("invoke", EVENT, "--bundle", copy)

    assert 1 == done.returncode
    assert "The handler did not load: BundleError: " in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["invoke", "events/none.json"], "cannot read events/none.json: No such file or directory"),
        (["invoke", "events/README.md"], "events/README.md is not JSON: "),
        (["invoke", EVENT, "--bundle", "none"], "no bundle in none "),
        (["serve", "--bundle", "none"], "no bundle in none "),
    ],
)
def test_errors_are_one_line(arguments: list[object], reason: str) -> None:
    """A wrong path does not cause a traceback."""
    done = local(*arguments)

    assert (1, "") == (done.returncode, done.stdout)
    assert 1 == len(done.stderr.splitlines())
    assert done.stderr.startswith(f"error: {reason}")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["serve", "--port", "99999"], "'99999' is not a port, a whole number from 0 to 65535"),
        (["serve", "--port", "http"], "'http' is not a port"),
        (["demo", "--data", "none.csv"], "there is no file none.csv"),
    ],
)
def test_wrong_arguments_are_named_before_anything_starts(arguments: list[object], reason: str) -> None:
    """There is no traceback, and no server is started for them."""
    done = local(*arguments)
    assert (True, "") == (done.returncode in {1, 2}, done.stdout)
    assert reason in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_a_working_command_and_stops_on_signals(
    bundle: Path, example: Example, tmp_path: Path, number: signal.Signals
) -> None:
    """The printed curl command works, and SIGINT and SIGTERM end the service without a traceback."""
    errors = tmp_path / "errors"
    command: list[str | Path] = [PYTHON, "-m", "local", "serve", "--port", "0", "--bundle", bundle]
    with (
        errors.open("w") as stderr,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True) as server,
    ):
        try:
            assert server.stdout
            line = next(line for line in server.stdout if line.strip().startswith("curl"))
            answer = subprocess.run(line, shell=True, capture_output=True, timeout=LIMIT, check=True).stdout  # noqa: S602
        finally:
            server.send_signal(number)
        assert 0 == server.wait(30)

    assert example.answer[0] == json.loads(answer)
    assert "Traceback" not in errors.read_text()


def test_serve_honours_the_variable(tmp_path: Path) -> None:
    """THAW_BUNDLE names the bundle, --bundle takes precedence, and a bundle in S3 is refused in one line."""
    assert f"no bundle in {tmp_path} " in local("serve", THAW_BUNDLE=tmp_path).stderr
    assert "no bundle in none " in local("serve", "--bundle", "none", THAW_BUNDLE=tmp_path).stderr
    assert "error: cannot run s3://a/b here: copy the bundle to a directory and pass that as --bundle\n" == (
        local("serve", THAW_BUNDLE="s3://a/b").stderr
    )


def test_serve_reports_a_port_in_use(bundle: Path) -> None:
    """One line names the port, and the exit code is 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = local("serve", "--port", port, "--bundle", bundle)

    assert (1, "") == (done.returncode, done.stdout)
    assert [f"error: port {port} cannot be used: Address already in use; choose another with --port"] == (
        done.stderr.splitlines()
    )


def test_the_curl_line_survives_the_shell() -> None:
    """Quotes, newlines and non-ASCII letters are quoted, and params go into the query."""
    row = {"text": 'It\'s "naïve"\n& $HOME', "n": None}
    line = curl("http://127.0.0.1:1", Example(rows=[row], params={"k": 2, "why": "a b"}, answer=[]))

    assert ["curl", "-d", json.dumps(row, ensure_ascii=False), "http://127.0.0.1:1/predict?k=2&why=a+b"] == (
        shlex.split(line)
    )
    assert "curl http://127.0.0.1:1/health" == curl("http://127.0.0.1:1", None)
