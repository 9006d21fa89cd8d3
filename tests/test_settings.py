"""Environment variables: the settings, and those that point libraries at a writable folder."""

from pathlib import Path

import pytest

from handler.errors import SettingError
from handler.settings import Settings, from_environment
from handler.startup.temporary_home import use_tmp
from handler.startup.threads import use_share


def test_settings_are_parsed() -> None:
    """Each variable sets its field; variables without the prefix are ignored."""
    given = {
        "THAW_BUNDLE": "somewhere",
        "THAW_LOG_INPUT": "true",
        "THAW_CORS_ORIGINS": "https://a.com, *",
        "THAW_TIMEOUT": "2.5",
        "PATH": "/",
    }
    expected = Settings("somewhere", log_input=True, cors_origins=("https://a.com", "*"), timeout=2.5)
    assert expected == from_environment(given)


@pytest.mark.parametrize(
    ("given", "expected"), [("", ""), ("/", ""), ("/ml", "/ml"), ("/ml/", "/ml"), ("/ml/news", "/ml/news")]
)
def test_a_base_path_has_no_slash_at_its_end(given: str, expected: str) -> None:
    """A slash alone is no base path."""
    assert expected == from_environment({"THAW_BASE_PATH": given}).base_path


def test_every_setting_has_a_default() -> None:
    """By default the project's own bundle is served, input is not logged and a request may take 29 seconds."""
    settings = from_environment({"THAW_BUNDLE": ""})
    assert "bundle" == Path(settings.bundle).name
    assert not settings.log_input
    assert 29 == settings.timeout


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"THAW_BUNDEL": "x"},
            "THAW_BUNDEL is not a setting; the settings are THAW_BASE_PATH (a path such as /ml), THAW_BUNDLE (a folder",
        ),
        (
            {"THAW_CORS_ORIGINS": "example.com"},
            "THAW_CORS_ORIGINS contains 'example.com'; expected an origin such as https://",
        ),
        ({"THAW_CORS_ORIGINS": "*, https://a.com/"}, "THAW_CORS_ORIGINS contains 'https://a.com/'"),
        ({"THAW_BASE_PATH": "ml"}, "THAW_BASE_PATH is 'ml'; expected a path such as /ml"),
        ({"THAW_BASE_PATH": "/a b"}, "THAW_BASE_PATH is '/a b'; expected a path such as /ml"),
        ({"THAW_LOG_INPUT": "yes"}, "THAW_LOG_INPUT is 'yes'; expected true or false"),
        ({"THAW_CAPTURE": "1.5"}, "THAW_CAPTURE is '1.5'; expected a number from 0 to 1"),
        ({"THAW_METRICS": "AWS/Lambda"}, "THAW_METRICS is 'AWS/Lambda'; expected a namespace such as Thaw"),
        ({"THAW_LARGE_RESULTS": "https://q"}, "THAW_LARGE_RESULTS is 'https://q'; expected s3://bucket/prefix"),
        ({"THAW_TIMEOUT": "0"}, "THAW_TIMEOUT is '0'; expected a number of seconds above 0"),
        ({"THAW_TIMEOUT": "1e3"}, "THAW_TIMEOUT is '1e3'; expected a number of seconds above 0"),
        ({"THAW_LOG_INPUT": ""}, "THAW_LOG_INPUT is ''; expected true or false"),
    ],
)
def test_invalid_settings_are_rejected(given: dict[str, str], message: str) -> None:
    """A misspelt name or value raises an error instead of falling back to the default."""
    with pytest.raises(SettingError) as caught:
        from_environment(given)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("home", [None, "", "/nowhere/to/be/found"])
def test_without_a_home_libraries_write_to_tmp(home: str | None) -> None:
    """A home folder that is missing or not writable is replaced by /tmp, as are the cache folders."""
    environment = {} if home is None else {"HOME": home}
    use_tmp(environment)
    assert {"/tmp"} == {environment[name] for name in ("HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR", "JOBLIB_TEMP_FOLDER")}  # noqa: S108


def test_a_writable_home_is_kept(tmp_path: Path) -> None:
    """Only joblib's multiprocessing is turned off; variables that are set are kept."""
    environment = {"HOME": str(tmp_path)}
    use_tmp(environment)
    assert {"HOME": str(tmp_path), "JOBLIB_MULTIPROCESSING": "0"} == environment

    environment = {"MPLCONFIGDIR": str(tmp_path), "JOBLIB_MULTIPROCESSING": "1"}
    use_tmp(environment)
    assert (str(tmp_path), "1") == (environment["MPLCONFIGDIR"], environment["JOBLIB_MULTIPROCESSING"])


@pytest.mark.parametrize(("memory", "threads"), [("128", "1"), ("1769", "1"), ("3008", "2"), ("10240", "6")])
def test_one_thread_per_vcpu(memory: str, threads: str) -> None:
    """Lambda gives one vCPU for each 1,769 MB of memory; the minimum is one thread."""
    environment = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": memory}
    use_share(environment)
    assert threads == environment["OMP_NUM_THREADS"]


def test_a_thread_count_that_is_set_is_kept() -> None:
    """OMP_NUM_THREADS is changed on Lambda only, and only if it is not set."""
    environment = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "3008", "OMP_NUM_THREADS": "1"}
    use_share(environment)
    assert "1" == environment["OMP_NUM_THREADS"]
    elsewhere: dict[str, str] = {}
    use_share(elsewhere)
    assert {} == elsewhere
