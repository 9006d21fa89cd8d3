"""Prints what SAM makes of template.yaml, as JSON: `translate.py TEMPLATE IMAGE [NAME=VALUE ...]`.

The SAM CLI's own interpreter runs it, which has the translator.
"""

import json
import logging
import sys
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

logging.disable()
template = yaml_parse(Path(sys.argv[1]).read_text())
template["Resources"]["Thaw"]["Properties"]["ImageUri"] = sys.argv[2]
template["Resources"]["Check"]["Properties"]["CodeUri"] = "s3://bucket/check.zip"
values = {name: parameter.get("Default", "") for name, parameter in template["Parameters"].items()}
print(json.dumps(transform(template, values | dict(pair.split("=", 1) for pair in sys.argv[3:]), {})))
