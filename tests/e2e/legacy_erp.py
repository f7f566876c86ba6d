"""A user's own module, which speaks to the ERP by itself, and the file that puts it to work.

It stands in a text since it runs in another interpreter, which has nothing of ours.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.e2e.house import House

MODULE = """
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ERP = os.environ["MY_ERP_URL"] + "/api/v2.0/"
WRITTEN = Path(__file__).with_name("written.jsonl")


def call(method, path, body=None, **headers):
    request = urllib.request.Request(
        ERP + urllib.parse.quote(path, safe="/()?$=&'-"),
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={"Content-Type": "application/json", "Accept-Language": "en-US", **headers},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.loads(answer.read())


def line_of(key):
    number, _, line = key.rpartition("/")
    [company] = [each for each in call("GET", "companies")["value"] if each["name"] == "CRONUS"]
    place = "companies(%s)/" % company["id"]
    orders = call("GET", place + "purchaseOrders?$filter=number eq '%s'" % number)["value"]
    if not orders:
        return place, None
    condition = "documentId eq %s and sequence eq %s" % (orders[0]["id"], line)
    lines = call("GET", place + "purchaseOrderLines?$filter=" + condition)["value"]
    return place, lines[0] if lines else None


def set_date(command):
    place, line = line_of(command["key"])
    if line is None:
        return {"rejected": "there is no line " + command["key"], "status": 404}
    headers = {"If-Match": line["@odata.etag"], "X-Tidegate-Effect-Key": command["effect_key"]}
    try:
        path = place + "purchaseOrderLines(%s)" % line["id"]
        after = call("PATCH", path, command["values"], **headers)
    except urllib.error.HTTPError as error:
        if error.code != 400:
            raise
        return {"rejected": json.loads(error.read())["error"]["message"]}
    field = "expectedReceiptDate"
    told = {field: after[field], "secrets": [each for each in os.environ if "SECRET" in each]}
    return {"old": {field: line[field]}, "new": {field: after[field]}, "answer": told}


def date_is_set(command):
    line = line_of(command["key"])[1]
    return line is not None and all(line[name] == each for name, each in command["values"].items())


def write_item(command):
    with WRITTEN.open("a") as file:
        file.write(json.dumps(command, default=str) + "\\n")
"""
TOML = """
[adapters.legacy]
interpreter = '{python}'
folder = '{folder}'
timeout = 1.5
lanes = 2

[adapters.legacy.commands."purchaseOrderLines.date"]
call = "my_erp:set_date"
probe = "my_erp:date_is_set"
repeat = "probe"
in_doubt = 2.0

[adapters.legacy.commands."items.upsert"]
call = "my_erp:write_item"
repeat = "key"
"""


def house_of_functions(folder: Path) -> House:
    """A house that is not started, whose ERP is, and whose `legacy` calls the module."""
    (folder / "my_erp.py").write_text(MODULE, "utf-8")
    (folder / "tidegate.toml").write_text(
        TOML.format(python=sys.executable, folder=folder), "utf-8"
    )
    house = House(folder)
    house.sandbox_alone()
    return house


def written(folder: Path) -> list[str]:
    """The items that the module wrote, by their numbers, in order."""
    path = folder / "written.jsonl"
    return [json.loads(each)["key"] for each in path.read_text().splitlines()]
