"""An image without a model of its own."""

import json

from commands import invoking, run
from test_targets import built

DIRECT = json.dumps({"text": "Scientists say the moon is made of cheese."}).encode()


def test_an_image_of_a_model_that_lives_elsewhere() -> None:
    """It is built without asking the endpoint, starts without it, and says that it is not there."""
    options = ["--build-arg", "BACKEND=remote", "--build-arg", "URL=http://127.0.0.1:9/invocations"]
    with built("lambda", *options) as image:
        folders = run("docker", "run", "--rm", "--entrypoint", "ls", image, "bundle").stdout.split()
        with invoking(image) as invoke:
            answer = invoke(DIRECT)
    assert ["manifest.json", "openapi.json", "requirements.txt"] == sorted(folders)
    assert 502 == answer["status"]
    assert "cannot be reached" in answer["detail"]
