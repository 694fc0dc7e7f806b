"""Trend Micro's two APIs, as far as a script for importing customers needs them."""

import base64
import hashlib
import hmac
import http.client
import json
import threading
import time
import urllib.parse
import uuid

_connections = threading.local()


class Vendor:
    """One API: where it is and what opens it."""

    def __init__(self, url, keys):
        parts = urllib.parse.urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connect = lambda: kind(parts.netloc, timeout=30)
        self._token, self._secret = keys["access_token"], keys["secret_key"]

    def call(self, method, target, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        now = str(int(time.time()))
        signed = now + method + target
        if data:
            signed += base64.b64encode(hashlib.md5(data).digest()).decode()
        signature = hmac.new(self._secret.encode(), signed.encode(), hashlib.sha256).digest()
        headers = {
            "content-type": "application/json; charset=utf-8",
            "x-access-token": self._token,
            "x-posix-time": now,
            "x-signature": base64.b64encode(signature).decode(),
            "x-traceid": str(uuid.uuid4()),
        }
        connection = self._connection()
        connection.request(method, target, data or None, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {target}: {answer.status} {text[:200]!r}")
        return json.loads(text) if text else None

    def _connection(self):
        """One kept open for each thread."""
        kept = _connections.__dict__
        if id(self) not in kept:
            kept[id(self)] = self._connect()
        return kept[id(self)]


def load(path):
    """The work: where to send it, and the customers."""
    with open(path, encoding="utf-8") as file:
        job = json.load(file)
    return job, Vendor(job["url"], job["lmp"]), Vendor(job["url"], job["manager"])


def import_customer(job, lmp, manager, customer):
    """Account, subscription, notifications and the model customer's settings, for one customer."""
    smpi = "/SMPI/v2.8/service/wfbss/api/"
    account = {"company": customer["company"], "contact": customer["contact"]}
    cid = lmp.call("POST", "/LMPI/v3/customers", account)["customer_id"]
    units = {"service_plan_id": customer["plan"], "units_per_license": customer["seats"]}
    lmp.call("POST", f"/LMPI/v3/customers/{cid}/subscriptions", units)
    manager.call("POST", f"{smpi}initialize?cids={cid}")
    recipients = {"notif_setting": {"recipients": [job["recipient"]]}}
    manager.call("PUT", f"{smpi}notif_settings?cids={cid}&sync=true", recipients)
    found = manager.call("GET", f"{smpi}customers/groups?cids={cid}&page=1&limit=100")
    for group in (group for each in found["customers"] for group in each["groups"]):
        gid = group["id"]
        copy = {"replicate_from": {"cid": job["model"], "gid": gid}}
        manager.call("PUT", f"{smpi}policies?cids={cid}&gids={gid}&os=win&sync=true", copy)
    copy = {"replicate_from": {"cid": job["model"]}}
    manager.call("PUT", f"{smpi}global_settings?cids={cid}&sync=true", copy)
