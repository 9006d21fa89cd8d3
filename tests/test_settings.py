"""Environment variables: ours, read once, and those that send libraries to a folder they can write to."""

from pathlib import Path

import pytest

from handler.errors import SettingError
from handler.settings import Settings, from_environment
from handler.threads import use_share
from handler.writable import use_tmp


def test_settings_are_read() -> None:
    """Each variable sets its field; others' variables are no business of ours."""
    given = {"THAW_BUNDLE": "somewhere", "THAW_LOG_INPUT": "true", "THAW_CORS_ORIGINS": "https://a.com, *", "PATH": "/"}
    assert Settings(Path("somewhere"), log_input=True, cors_origins=("https://a.com", "*")) == from_environment(given)


def test_nothing_has_to_be_set() -> None:
    """By default the bundle is the project's own, and what callers send is not logged."""
    settings = from_environment({"THAW_BUNDLE": ""})
    assert settings.bundle.name == "bundle"
    assert not settings.log_input


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"THAW_BUNDEL": "x"},
            "THAW_BUNDEL is not a setting; there are THAW_BUNDLE (a folder, or s3://bucket/prefix), THAW_CAPTURE",
        ),
        (
            {"THAW_CORS_ORIGINS": "example.com"},
            "THAW_CORS_ORIGINS has 'example.com'; an origin is written like https://",
        ),
        ({"THAW_CORS_ORIGINS": "*, https://a.com/"}, "THAW_CORS_ORIGINS has 'https://a.com/'"),
        ({"THAW_LOG_INPUT": "yes"}, "THAW_LOG_INPUT is 'yes'; it can be true or false"),
        ({"THAW_CAPTURE": "1.5"}, "THAW_CAPTURE is '1.5'; a share is a number from 0 to 1"),
        ({"THAW_METRICS": "AWS/Lambda"}, "THAW_METRICS is 'AWS/Lambda'; a namespace is written like Thaw"),
        ({"THAW_LOG_INPUT": ""}, "THAW_LOG_INPUT is ''; it can be true or false"),
    ],
)
def test_what_means_nothing_is_refused(given: dict[str, str], message: str) -> None:
    """A misspelt name or value is an error, not a default."""
    with pytest.raises(SettingError) as caught:
        from_environment(given)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("home", [None, "", "/nowhere/to/be/found"])
def test_without_a_home_libraries_write_to_tmp(home: str | None) -> None:
    """A home folder that is missing or cannot be written is replaced, and with it caches' folders."""
    environment = {} if home is None else {"HOME": home}
    use_tmp(environment)
    assert {"/tmp"} == {environment[name] for name in ("HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR", "JOBLIB_TEMP_FOLDER")}  # noqa: S108


def test_a_home_that_can_be_written_stays(tmp_path: Path) -> None:
    """Only joblib is told that there are no processes; a variable that is set is kept in any case."""
    environment = {"HOME": str(tmp_path)}
    use_tmp(environment)
    assert {"HOME": str(tmp_path), "JOBLIB_MULTIPROCESSING": "0"} == environment

    environment = {"MPLCONFIGDIR": str(tmp_path), "JOBLIB_MULTIPROCESSING": "1"}
    use_tmp(environment)
    assert (str(tmp_path), "1") == (environment["MPLCONFIGDIR"], environment["JOBLIB_MULTIPROCESSING"])


@pytest.mark.parametrize(("memory", "threads"), [("128", "1"), ("1769", "1"), ("3008", "2"), ("10240", "6")])
def test_threads_are_as_many_as_processors(memory: str, threads: str) -> None:
    """Lambda gives one for each 1,769 MB of memory, and never less than a part of one."""
    environment = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": memory}
    use_share(environment)
    assert threads == environment["OMP_NUM_THREADS"]


def test_threads_that_are_set_stay() -> None:
    """Elsewhere than on Lambda libraries decide, and a variable that is set wins."""
    environment = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "3008", "OMP_NUM_THREADS": "1"}
    use_share(environment)
    assert "1" == environment["OMP_NUM_THREADS"]
    use_share(elsewhere := {})
    assert {} == elsewhere
