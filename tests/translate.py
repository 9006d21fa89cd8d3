"""Print a template as SAM translates it, as JSON: `translate.py IMAGE [NAME=VALUE ...] < TEMPLATE`.

Functions that are not packaged yet get the given image, or a placeholder for their archive. Run it with the SAM CLI's
interpreter, which has the translator.
"""

import json
import logging
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

logging.disable()
template = yaml_parse(sys.stdin.read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        given = resource["Properties"]
        if "CodeUri" not in given:
            given.setdefault("ImageUri", sys.argv[1])
        elif "s3://" not in str(given["CodeUri"]):
            given["CodeUri"] = "s3://bucket/code.zip"
values = {name: parameter.get("Default", "") for name, parameter in template.get("Parameters", {}).items()}
print(json.dumps(transform(template, values | dict(pair.split("=", 1) for pair in sys.argv[2:]), {})))
