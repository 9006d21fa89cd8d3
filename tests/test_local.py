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

from handler.bundle import Example, read
from local.runtime_api import ARN, InitError, Runtime
from local.serve import curl
from local.stage import environment, stage

PYTHON = Path(sys.executable)
ROOT = Path(__file__).resolve().parent.parent
BUNDLE = ROOT / "build" / "bundle"  # `make test` builds it
EXAMPLE = read(BUNDLE).example or Example([], {}, [])
EVENT = ROOT / "events" / "http_v2.json"
LIMIT = 300  # seconds: the first run installs what the bundle needs


def runtime(folder: Path, source: str, timeout: float = 10.0) -> Runtime:
    """A runtime whose handler is `source`."""
    (folder / "program.py").write_text(source)
    return Runtime(PYTHON, "program.handler", folder, environment(), timeout=timeout)


def test_an_event_is_answered_and_timed(tmp_path: Path) -> None:
    """Init, first and later answers are timed, and the child's memory is known."""
    with runtime(tmp_path, "def handler(event, context): return {'got': event}") as sandbox:
        answer = sandbox.invoke({"text": "naïve"})

        assert {"got": {"text": "naïve"}} == answer.value
        assert not answer.failed
        assert sandbox.init_milliseconds > answer.milliseconds > 0
        assert 1 < sandbox.peak_megabytes() < 100


def test_the_largest_events_and_answers_arrive_whole(tmp_path: Path) -> None:
    """Six megabytes, all that Lambda takes, go both ways."""
    with runtime(tmp_path, "def handler(event, context): return event") as sandbox:
        text = "x" * 6_000_000
        assert text == sandbox.invoke(text).value


def test_the_context_is_what_lambda_gives(tmp_path: Path) -> None:
    """The handler sees a request id, the function's ARN, its deadline and Lambda's environment variables."""
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
    """The exception's class and message are reported, and the child's output with them."""
    with (
        pytest.raises(InitError, match="no bundle here") as caught,
        runtime(tmp_path, "raise ValueError('no bundle here')"),
    ):
        pass
    assert "ValueError" == caught.value.type


def test_a_child_that_ends_while_loading_is_an_init_error(tmp_path: Path) -> None:
    """A crash during import is told apart from an exception, by how the process ended."""
    source = "import os, sys; print('last words'); sys.stdout.flush(); os.kill(os.getpid(), 11)"
    with pytest.raises(InitError, match="Segmentation fault") as caught, runtime(tmp_path, source):
        pass
    assert "Runtime.ExitError" == caught.value.type
    assert "last words\n" == caught.value.log


def test_loading_may_not_take_for_ever(tmp_path: Path) -> None:
    """A handler that does not load in time is ended and reported."""
    (tmp_path / "program.py").write_text("import time; time.sleep(60)")
    endless = Runtime(PYTHON, "program.handler", tmp_path, environment(), init_timeout=0.5)
    with pytest.raises(InitError, match="Task timed out after"), endless:
        pass


def test_a_handler_that_raises_answers_with_its_error(tmp_path: Path) -> None:
    """An exception is one event's error; the next event is answered."""
    with runtime(tmp_path, "def handler(event, context): return 1 / event") as sandbox:
        failed = sandbox.invoke(0)

        assert failed.failed
        assert "ZeroDivisionError" == failed.value["errorType"]
        assert 0.5 == sandbox.invoke(2).value
        assert "ZeroDivisionError" in sandbox.log


def test_a_handler_past_its_deadline_is_ended(tmp_path: Path) -> None:
    """The platform's words for a time-out are the answer, and no later event is taken."""
    with runtime(tmp_path, "import time\ndef handler(event, context): time.sleep(event)", timeout=0.3) as sandbox:
        failed = sandbox.invoke(60)

        assert failed.failed
        assert "Sandbox.Timedout" == failed.value["errorType"]
        assert 300 <= failed.milliseconds < 3_000
        with pytest.raises(RuntimeError, match="no event can be answered"):
            sandbox.invoke(0)


def test_a_handler_that_ends_its_process_is_reported(tmp_path: Path) -> None:
    """A crash during an event is that event's error."""
    with runtime(tmp_path, "import os\ndef handler(event, context): os._exit(3)") as sandbox:
        failed = sandbox.invoke({})
        assert "Runtime.ExitError" == failed.value["errorType"]
        assert "exit status 3" in failed.value["errorMessage"]


def test_no_child_outlives_its_runtime(tmp_path: Path) -> None:
    """Leaving the `with` block ends the child, whatever it is doing."""
    with runtime(tmp_path, "import os\ndef handler(event, context): return os.getpid()") as sandbox:
        child = sandbox.invoke({}).value
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_the_stage_shows_the_handler_and_nothing_else(tmp_path: Path) -> None:
    """A handler that is run on stage can import `handler`, and none of the packages beside it."""
    source = "from importlib.util import find_spec as find\n"
    source += "def handler(event, context): return [bool(find(name)) for name in event]"
    (tmp_path / "program.py").write_text(source)
    with stage(tmp_path) as (folder, variables):
        variables["PYTHONPATH"] = str(tmp_path)
        with Runtime(PYTHON, "program.handler", folder, variables) as sandbox:
            assert [True, False, False, False] == sandbox.invoke(["handler", "model", "local", "bench"]).value


def local(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `python -m local`."""
    command = [PYTHON, "-m", "local", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False)


def test_invoke_prints_the_answer_and_how_long_it_took(tmp_path: Path) -> None:
    """The answer is JSON to read, body included, and a line of times follows."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps(json.loads(EVENT.read_text()) | {"body": json.dumps(EXAMPLE.rows[0])}))

    done = local("invoke", event)

    answer, _, times = done.stdout.strip().rpartition("\n")
    assert 0 == done.returncode, done.stderr
    assert 200 == json.loads(answer)["statusCode"]
    assert EXAMPLE.answer[0] == json.loads(answer)["body"]
    assert re.fullmatch(r"init \d+ ms, first invoke [\d.]+ ms, second invoke [\d.]+ ms", times)


def test_invoke_says_why_a_handler_did_not_load(tmp_path: Path) -> None:
    """A bundle that gives another answer than it was proved with ends the command with the reason."""
    copy = shutil.copytree(BUNDLE, tmp_path / "bundle")
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["example"]["answer"] = [{"another": "answer"}]
    (copy / "manifest.json").write_text(json.dumps(manifest))

    done = local("invoke", EVENT, "--bundle", copy)

    assert 1 == done.returncode
    assert "The handler did not load: BundleError: " in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["invoke", "events/none.json"], "events/none.json cannot be read: No such file or directory"),
        (["invoke", "events/README.md"], "events/README.md is not JSON: "),
        (["invoke", EVENT, "--bundle", "none"], "no bundle in none "),
        (["serve", "--bundle", "none"], "no bundle in none "),
    ],
)
def test_a_command_that_cannot_be_done_says_why_in_one_line(arguments: list[object], reason: str) -> None:
    """A wrong path is no traceback."""
    done = local(*arguments)

    assert (1, "") == (done.returncode, done.stdout)
    assert 1 == len(done.stderr.splitlines())
    assert done.stderr.startswith(reason)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_a_command_that_works_and_stops_when_told(tmp_path: Path, number: signal.Signals) -> None:
    """The curl line answers as printed; Ctrl-C and SIGTERM end the service without a traceback."""
    errors = tmp_path / "errors"
    command = [PYTHON, "-m", "local", "serve", "--port", "0"]
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

    assert EXAMPLE.answer[0] == json.loads(answer)
    assert "Traceback" not in errors.read_text()


def test_serve_says_that_a_port_is_taken() -> None:
    """One line names the port, and the exit code is 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = local("serve", "--port", port)

    assert (1, "") == (done.returncode, done.stdout)
    assert [f"port {port} cannot be used: Address already in use; choose another with --port"] == (
        done.stderr.splitlines()
    )


def test_the_curl_line_survives_the_shell() -> None:
    """Quotes, newlines and letters of any language reach the handler, and params go into the query."""
    row = {"text": 'It\'s "naïve"\n& $HOME', "n": None}
    line = curl("http://127.0.0.1:1", Example(rows=[row], params={"k": 2, "why": "a b"}, answer=[]))

    assert ["curl", "-d", json.dumps(row, ensure_ascii=False), "http://127.0.0.1:1/predict?k=2&why=a+b"] == (
        shlex.split(line)
    )
    assert "curl http://127.0.0.1:1/health" == curl("http://127.0.0.1:1", None)
