"""Work items of a running robot, over plain HTTP: what the robot's own libraries would do, in one page."""

import json
import os
import random
import time
import urllib.error
import urllib.request
import uuid

ATTEMPTS = 5
LONGEST_PAUSE = 5.0
# The server has understood and says no: asking again would not help.
FINAL = {400, 401, 403, 404, 409}


class RuntimeFault(Exception):
    """The server said no, or could not be reached often enough."""

    def __init__(self, message, status=None):
        super().__init__(message)
        self.status = status


class Runtime:
    def __init__(self, environment=os.environ):
        self._item = environment.get("RC_WORKITEM_ID", "")
        self._work_item_token = environment["RC_API_WORKITEM_TOKEN"]
        self._process_token = environment["RC_API_PROCESS_TOKEN"]
        workspace = environment["RC_WORKSPACE_ID"]
        self._items = f"{_host(environment, 'RC_API_WORKITEM_HOST')}/json-v1/workspaces/{workspace}/workitems"
        self._process = (
            f"{_host(environment, 'RC_API_PROCESS_HOST')}/process-v1/workspaces/{workspace}"
            f"/processes/{environment['RC_PROCESS_ID']}"
        )
        self._step_run = (
            f"{self._process}/runs/{environment['RC_PROCESS_RUN_ID']}/robotRuns/{environment['RC_ACTIVITY_RUN_ID']}"
        )

    def items(self):
        """The ids of this step's items, one reserved at a time; release each before the next."""
        # The first has been reserved before the robot began, unless its id is empty.
        item = self._item or self._reserve()
        while item:
            yield item
            item = self._reserve()

    def data(self, item):
        """The payload; of an item without one, an empty object."""
        try:
            return self._call("GET", f"{self._items}/{item}/data", self._work_item_token)
        except RuntimeFault as fault:
            if fault.status == 404:
                return {}
            raise

    def output(self, parent, payload):
        """Creates an item for the next step and answers its id."""
        url = f"{self._process}/work-items/{parent}/output"
        # An answer may be lost on the way: asked again under the same key, the server creates no second item.
        answer = self._call("POST", url, self._process_token, {"payload": payload}, str(uuid.uuid4()))
        return answer["id"]

    def complete(self, item):
        self._release({"workItemId": item, "state": "COMPLETED"})

    def fail(self, item, kind, code, message):
        """kind: BUSINESS, when the data is bad, or APPLICATION, when another try may go well."""
        exception = {"type": kind, "code": code, "message": message}
        self._release({"workItemId": item, "state": "FAILED", "exception": exception})

    def _release(self, body):
        self._call("POST", f"{self._step_run}/release-work-item", self._process_token, body)

    def _reserve(self):
        answer = self._call("POST", f"{self._step_run}/reserve-next-work-item", self._process_token)
        return (answer or {}).get("workItemId")

    def _call(self, method, url, token, body=None, key=None):
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return _send(method, url, token, body, key)
            except RuntimeFault as fault:
                if fault.status in FINAL or attempt == ATTEMPTS:
                    raise
                pause = min(LONGEST_PAUSE, random.uniform(0, 0.5 * 2**attempt))
                if fault.status == 429:
                    pause += random.uniform(1, 3)
                time.sleep(pause)


def _send(method, url, token, body, key):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    if key is not None:
        headers["Idempotency-Key"] = key
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=content, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            text = response.read().decode()
            return json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        said = error.read().decode(errors="replace")[:300]
        raise RuntimeFault(f"{method} {url}: {error.code} {said}", error.code) from error
    except OSError as error:
        raise RuntimeFault(f"{method} {url}: {error}") from error


def _host(environment, name):
    return environment[name].rstrip("/")
