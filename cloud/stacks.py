"""CloudFormation stacks: create and update them with the events as progress, read, list and delete them."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from cloud.account import CloudError

POLL = 2.0
"""Seconds between two looks at a stack."""

TAG = "thaw"
"""A tag of every stack that `thaw deploy` makes."""

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
"""The stack contains roles, and AWS expands the macro `AWS::Serverless`."""

_OURS = "Thaw - "  # how the template's description begins
_NEVER_CREATED = "it was never created: delete it with `thaw delete --name {name}`, then deploy again"
_NOT_NOW = {
    "ROLLBACK_COMPLETE": _NEVER_CREATED,
    "ROLLBACK_FAILED": _NEVER_CREATED,
    "CREATE_FAILED": _NEVER_CREATED,
    "DELETE_FAILED": "it is half deleted: run `thaw delete --name {name}` again, then deploy",
    "UPDATE_ROLLBACK_FAILED": "run `aws cloudformation continue-update-rollback --stack-name {name}` first",
}

Show = Callable[[str], None]


class Change(NamedTuple):
    """The new template, parameters and tags of a stack.

    Attributes:
        template_url: the template in S3.
        parameters: values by name; parameters that are missing keep the stack's values.
        tags: values by name.
    """

    template_url: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]


@contextmanager
def errors_of(action: str) -> Iterator[None]:
    """Turn an error of AWS's client into one line.

    Raises:
        CloudError: says which action failed, and why.
    """
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (Boto3Error, BotoCoreError, ClientError) as error:
        raise CloudError(f"{action} failed: {' '.join(str(error).split())}") from None


def client(service: str) -> Any:
    """Return a client of a service in the person's region."""
    import boto3

    return boto3.client(service)


def find(name: str) -> dict[str, Any] | None:
    """Return CloudFormation's description of a stack; None if there is none."""
    from botocore.exceptions import ClientError

    try:
        with_name = client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise CloudError(f"the stack {name} cannot be read: {error}") from None
    found: dict[str, Any] = with_name[0]
    return None if found["StackStatus"] == "DELETE_COMPLETE" else found


def is_ours(stack: Mapping[str, Any]) -> bool:
    """Return whether a stack was made from Thaw's template, by `thaw deploy` or by SAM."""
    return TAG in tags(stack) or stack.get("Description", "").startswith(_OURS)


def described(name: str) -> dict[str, Any]:
    """Return CloudFormation's description of a stack.

    Raises:
        CloudError: there is none.
    """
    stack = find(name)
    if stack is None:
        raise CloudError(f"there is no stack {name} in this region and account")
    return stack


def existing(name: str) -> dict[str, Any]:
    """Return CloudFormation's description of a stack of Thaw's.

    Raises:
        CloudError: there is none, or it is somebody else's.
    """
    stack = described(name)
    if not is_ours(stack):
        raise CloudError(f"the stack {name} is not one of Thaw's")
    return stack


def check_free(name: str) -> dict[str, Any] | None:
    """Return a stack that can be updated, or None where a new one can be created.

    Raises:
        CloudError: it is somebody else's, or in a state that has to be left first.
    """
    stack = find(name)
    if stack is None or stack["StackStatus"] == "REVIEW_IN_PROGRESS":
        return None
    if not is_ours(stack):
        raise CloudError(f"the stack {name} is not one of Thaw's: choose another --name")
    status = stack["StackStatus"]
    if way := _NOT_NOW.get(status):
        raise CloudError(f"the stack {name} is in {status}: {way.format(name=name)}")
    if status.endswith("_IN_PROGRESS"):
        raise CloudError(f"the stack {name} is in {status}: wait until that has ended")
    return stack


def apply(name: str, stack: dict[str, Any] | None, change: Change, show: Show) -> dict[str, Any]:
    """Create or update a stack by a change set; return its new description.

    Args:
        name: of the stack.
        stack: its description; None where it does not exist.
        change: what it becomes.
        show: called with a line for each event of the stack.

    Raises:
        CloudError: the change set or its execution failed; the first failed resource says why.
    """
    cloudformation = client("cloudformation")
    with errors_of("reading the template"):
        declared = cloudformation.get_template_summary(TemplateURL=change.template_url)["Parameters"]
    names = {one["ParameterKey"] for one in declared}
    values: list[dict[str, Any]] = [
        {"ParameterKey": key, "ParameterValue": value} for key, value in change.parameters.items()
    ]
    more = sorted(parameters(stack or {}).keys() & names - set(change.parameters))
    values += [{"ParameterKey": key, "UsePreviousValue": True} for key in more]
    with errors_of(f"updating the stack {name}" if stack else f"creating the stack {name}"):
        made = cloudformation.create_change_set(
            StackName=name,
            ChangeSetName=f"thaw-{time.time_ns()}",
            ChangeSetType="UPDATE" if stack else "CREATE",
            TemplateURL=change.template_url,
            Parameters=values,
            Capabilities=CAPABILITIES,
            Tags=[{"Key": key, "Value": value} for key, value in change.tags.items()],
        )
        _wait_for_change_set(cloudformation, made["Id"])
        begin = _last_event(cloudformation, made["StackId"])
        cloudformation.execute_change_set(ChangeSetName=made["Id"])
        _follow(made["StackId"], begin, show)
    return described(name)


def _wait_for_change_set(cloudformation: Any, name: str) -> None:
    while True:
        found = cloudformation.describe_change_set(ChangeSetName=name)
        if found["Status"].endswith("_COMPLETE"):
            return
        if found["Status"] == "FAILED":
            raise CloudError(f"the change set failed: {found.get('StatusReason', 'AWS gives no reason')}")
        time.sleep(POLL)


def delete(name: str, show: Show) -> None:
    """Delete a stack, and wait until it is gone.

    Raises:
        CloudError: a resource cannot be deleted; names it.
    """
    cloudformation = client("cloudformation")
    stack = existing(name)
    with errors_of(f"deleting the stack {name}"):
        begin = _last_event(cloudformation, stack["StackId"])
        cloudformation.delete_stack(StackName=name)
        _follow(stack["StackId"], begin, show)


def _last_event(cloudformation: Any, stack: str) -> str:
    """Return the id of a stack's newest event; empty if it has none."""
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    return events[0]["EventId"] if events else ""


def _follow(stack: str, after: str, show: Show) -> None:
    """Show a stack's events after the one with the given id, until it is done.

    Raises:
        CloudError: it failed.
    """
    cloudformation = client("cloudformation")
    first_failure = ""
    while True:
        status = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        for event in _events(cloudformation, stack, after):
            after = event["EventId"]
            reason = event.get("ResourceStatusReason", "")
            show(f"{event['ResourceStatus']:<28}{event['LogicalResourceId']:<24}{reason}".rstrip())
            if event["ResourceStatus"].endswith("_FAILED") and not first_failure:
                first_failure = f"{event['LogicalResourceId']}: {reason}"
        if not status.endswith("_IN_PROGRESS"):
            break
        time.sleep(POLL)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"):
        raise CloudError(f"the stack ended in {status}: {first_failure or 'see its events in the console'}")


def _events(cloudformation: Any, stack: str, after: str) -> list[dict[str, Any]]:
    """Return the events that came after the one with the given id, in the order they happened."""
    found: list[dict[str, Any]] = []
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack):
        for event in page["StackEvents"]:
            if event["EventId"] == after:
                return found[::-1]
            found.append(event)
    return found[::-1]


def outputs(stack: Mapping[str, Any]) -> dict[str, str]:
    """Return a stack's outputs by name."""
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def listed() -> list[dict[str, Any]]:
    """Return the descriptions of the region's stacks that `thaw deploy` has made."""
    with errors_of("listing stacks"):
        pages = client("cloudformation").get_paginator("describe_stacks").paginate()
        stacks = [stack for page in pages for stack in page["Stacks"]]
    return [stack for stack in stacks if TAG in tags(stack)]


def parameters(stack: Mapping[str, Any]) -> dict[str, str]:
    """Return a stack's parameters by name."""
    return {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}


def tags(stack: Mapping[str, Any]) -> dict[str, str]:
    """Return a stack's tags by name."""
    return {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
