#!/usr/bin/env python3
"""The vendors as their references describe them, in one process: Kaseya VSA 9, LMPI and SMPI.

It shares nothing with the service, nor with the sandbox that is part of it. It keeps books, which `GET /books` shows, and it is as
unfriendly as the references allow: nothing is idempotent, new things are shown late, and some answers never come although the
request was carried out.

    python3 vendors.py --organizations 60

prints one line of JSON with its address and the credentials, and serves until it is killed.
"""

import argparse
import base64
import hashlib
import hmac
import json
import random
import threading
import time
import uuid
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN, SECRET = str(uuid.uuid4()), "EXAMPLE-secret-key-of-the-stand-in=="
VSA_USER, VSA_TOKEN = "apiuser", str(uuid.uuid4())
PLAN, PRODUCT, CODE = str(uuid.uuid4()), str(uuid.uuid4()), "WFSSTANDI"
VALID_FOR = 900  # seconds that a signature is good for
MODEL = "Standard"


class Refusal(Exception):
    def __init__(self, status, body):
        super().__init__(status)
        self.status, self.body = status, body


def instant(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def shown(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Vendors:
    """Everything the vendors know, under one lock."""

    def __init__(self, organizations, seed, lag, lost, latency):
        self.lock, self.random = threading.Lock(), random.Random(seed)
        self.lag, self.lost, self.latency = lag, lost, latency
        self.organizations = [self.organization(number) for number in range(organizations)]
        self.customers, self.subscriptions, self.companies = [], [], {}
        self.available, self.sessions = 1_000_000, set()
        self.requests, self.lost_answers, self.violations = {}, 0, []
        self.in_flight, self.most_in_flight = {}, {}
        self.traces = set()

    def organization(self, number):
        return {
            "OrgId": f"{48213377150926640184450000 + number}",
            "OrgName": f"Stand-in Customer {number + 1:03}",
            "OrgRef": f"standin{number + 1:03}",
            "ParentOrgId": None,
            "NoOfEmployees": 10,
            "ContactInfo": {"PrimaryEmail": f"office{number + 1}@customer.example", "Country": "GB", "Street": "1 Quay",
                            "City": "Poole", "State": "Dorset", "ZipCode": "BH15 1AA"},
            "CustomFields": None,
            "Attributes": None,
        }

    # Kaseya VSA 9

    def vsa(self, call):
        path = call.path.lower().removeprefix("/api/v1.0")
        if path == "/auth":
            user, _, token = base64.b64decode(call.headers["authorization"].removeprefix("Basic ")).decode().partition(":")
            if (user, token) != (VSA_USER, VSA_TOKEN):
                raise Refusal(401, self.envelope(None, 401, "Unauthorized"))
            session = str(self.random.randrange(10**7, 10**8))
            self.sessions.add(session)
            ends = shown(datetime.now(timezone.utc) + timedelta(minutes=30))
            return self.envelope({"TenantId": "1", "Token": session, "UserName": user, "SessionExpiration": ends,
                                  "OffSetInMinutes": 0})
        if call.headers.get("authorization", "").removeprefix("Bearer ") not in self.sessions:
            raise Refusal(401, self.envelope(None, 401, "Unauthorized"))
        if path == "/system/orgs":
            return self.page(call, sorted(self.organizations, key=lambda one: one["OrgName"]))
        if path.startswith("/system/orgs/"):
            _, _, _, organization, *rest = path.split("/")
            found = [one for one in self.organizations if one["OrgId"] == organization]
            if not found:
                raise Refusal(404, self.envelope(None, 404, "Org does not exist"))
            return self.page(call, []) if rest else self.envelope(found[0])
        if path == "/assetmgmt/agents":
            agents = [{"AgentId": one["OrgId"][:-4] + f"9{number:03}", "AgentName": f"pc{number}", "OrgId": one["OrgId"],
                       "Online": 1} for number, one in enumerate(self.organizations)]
            return self.page(call, agents)
        return self.envelope({"SystemVersion": "9.5.0.0", "AdminName": VSA_USER})

    def page(self, call, rows):
        skip, top = int(call.query.get("$skip", 0)), min(int(call.query.get("$top", 100)), 100)
        return {"TotalRecords": len(rows), **self.envelope(rows[skip : skip + top])}

    @staticmethod
    def envelope(result, code=0, error="None"):
        return {"Result": result, "ResponseCode": code, "Status": "OK" if code == 0 else "Error", "Error": error}

    # What LMPI and SMPI have in common

    def check_signature(self, call):
        def deny(why):
            self.violations.append(f"{call.method} {call.path}: {why}")
            raise Refusal(401, {"error_subject": "Unauthorized", "error_message": why})

        headers = call.headers
        if headers.get("x-access-token") != TOKEN:
            deny("The access token is not known.")
        if not 1 <= len(headers.get("content-type", "")) <= 31:
            deny("The content type is missing or too long.")
        uuid.UUID(headers["x-traceid"])
        if headers["x-traceid"] in self.traces:
            deny("The trace id was used before.")
        self.traces.add(headers["x-traceid"])
        text = headers["x-posix-time"] + call.method + call.target
        if call.body:
            text += base64.b64encode(hashlib.md5(call.body).digest()).decode()
        expected = base64.b64encode(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()).decode()
        if not hmac.compare_digest(expected, headers["x-signature"]):
            deny("The signature is wrong.")
        if abs(time.time() - int(headers["x-posix-time"])) > VALID_FOR:
            # That is no mistake of whoever was frozen in between.
            raise Refusal(401, {"error_subject": "Unauthorized", "error_message": "The request is too old."})

    def paged(self, call, name, rows, limit):
        page, limit = int(call.query.get("page", 1)), min(int(call.query.get("limit", limit)), 100)
        # Rows move while they are read: each page begins with the last row of the one before.
        start = (page - 1) * (limit - 1)
        return {"paging": {"total": len(rows), "limit": limit, "page": page}, name: rows[start : start + limit]}

    # LMPI

    def lmp(self, call):
        self.check_signature(call)
        parts = [unquote(part) for part in call.path.strip("/").split("/")[2:]]
        match call.method, [part.lower() for part in parts]:
            case "GET", ["me", "serviceplans"]:
                return [{"service_plan_id": PLAN, "name": "WFS monthly", "product": "Worry-Free Services", "product_code": CODE,
                         "version": "full", "initial_license_period_month": 1, "data_center_code": "22",
                         "data_center": "USA", "auto_renewal": True}]
            case "GET", ["partners", "product"]:
                plans = [{"name": "WFS monthly", "id": PLAN}]
                return {"partner_id": str(uuid.uuid5(uuid.NAMESPACE_DNS, "partner")),
                        "products": [{"available": self.available, "used": 0, "version": "full", "product_id": PRODUCT,
                                      "product_name": "Worry-Free Services", "product_code": CODE, "type": "SaaS",
                                      "service_plans": plans}]}
            case "GET", ["customers"]:
                rows = [{**one["profile"], "customer_id": one["id"], "status": 1} for one in self.created(call, self.customers)]
                return self.paged(call, "customers", rows, 25)
            case "POST", ["customers"]:
                return self.create_customer(json.loads(call.body))
            case "GET", ["customers", "subscriptions"]:
                rows = [{"subscription_id": one["id"], "name": "WFS monthly", "enabled": one["enabled"], "is_auto_renewal": True,
                         "auto_renewal_month": 1, "service_plan_id": PLAN, "customer_id": one["customer"]}
                        for one in self.created(call, self.subscriptions)]
                return self.paged(call, "subscriptions", rows, 25)
            case "POST", ["customers", customer, "subscriptions"]:
                return self.create_subscription(customer, json.loads(call.body))
            case "GET", ["customers", customer, "serviceplan", plan, "getid"]:
                self.known(customer)
                found = [one for one in self.visible(self.subscriptions)
                         if one["customer"].lower() == customer and plan == PLAN.lower()]
                if not found:
                    raise Refusal(404, {"error_subject": "NotFound", "error_message": "There is no such subscription."})
                return {"subscription_id": found[-1]["id"]}
            case _, ["customers", customer, "subscriptions", subscription, *rest]:
                return self.one_subscription(call, customer, subscription, rest)
        raise Refusal(404, {"error_subject": "NotFound", "error_message": "There is no such resource."})

    def visible(self, rows):
        return [row for row in rows if time.time() >= row["shown_from"]]

    def created(self, call, rows):
        start, end = instant(call.query["created_start"]), instant(call.query["created_end"])
        return [row for row in self.visible(rows) if start <= row["created"] <= end]

    def new(self, **more):
        lag = self.random.uniform(0, self.lag)
        return {"id": str(uuid.uuid4()), "created": datetime.now(timezone.utc), "shown_from": time.time() + lag, **more}

    @staticmethod
    def invalid(field, why):
        raise Refusal(400, {"error_subject": f"InvalidParameters{field}", "error_message": why})

    def create_customer(self, body):
        for part, fields in {"company": ["name", "city", "state", "country"], "contact": ["first_name", "last_name", "email"]}.items():
            for field in fields:
                if not (body.get(part) or {}).get(field):
                    self.invalid(f"{part}.{field}", f"The {field} field is required.")
        if len(body["company"].get("note") or "") > 500:
            self.invalid("company.note", "The note is too long.")
        profile = {"address": None, "postal_code": None, "note": None, "emergency_email": None, **body["company"]}
        customer = self.new(profile=profile)
        self.customers.append(customer)
        return {"customer_id": customer["id"]}

    def known(self, customer):
        """A new customer is not there at once for calls that name it."""
        found = [one for one in self.visible(self.customers) if one["id"].lower() == customer]
        if not found:
            raise Refusal(404, {"error_subject": "NotFound", "error_message": "There is no such customer."})
        return found

    def create_subscription(self, customer, body):
        units = body.get("units_per_license")
        if body.get("service_plan_id", "").lower() != PLAN.lower() or not isinstance(units, int) or not 1 <= units <= 999_999:
            self.invalid("service_plan_id", "There is no such plan, or so many units are not possible.")
        owner = self.known(customer)
        if self.available < units:
            self.invalid("units_per_license", "There are not enough licenses in the license pool.")
        self.available -= units
        subscription = self.new(customer=owner[0]["id"], units=units, enabled=True)
        self.subscriptions.append(subscription)
        self.companies[owner[0]["id"].upper()] = {"ready": time.time() + self.random.uniform(0, self.lag), "recipients": None}
        return {"subscription_id": subscription["id"], "product_name": "Worry-Free Services", "service_url": "https://wfs.example",
                "licenses": [{"product_id": CODE, "version": "full", "ac_code": "AC-SECRET", "units": units}]}

    def one_subscription(self, call, customer, subscription, rest):
        found = [one for one in self.subscriptions
                 if one["id"].lower() == subscription and one["customer"].lower() == customer]
        if not found:
            raise Refusal(404, {"error_subject": "NotFound", "error_message": "There is no such subscription."})
        one = found[0]
        if call.method == "PUT" and rest == ["suspend"]:
            one["enabled"] = False
            return None
        if call.method == "PUT" and not rest:
            one["units"] = int(json.loads(call.body)["units_per_license"])
        return {"subscription_id": one["id"], "name": "WFS monthly", "enabled": one["enabled"], "is_auto_renewal": True,
                "auto_renewal_month": 1, "service_url": "https://wfs.example", "expiration_notification": 30,
                "licenses": [{"ac_code": "AC-SECRET", "product_id": CODE, "units": one["units"], "enabled": one["enabled"],
                              "license_start_date": shown(one["created"]), "license_expiration_date": "2040-01-01T00:00:00Z",
                              "start_charge_date": shown(one["created"]), "grace_period": 30}]}

    # SMPI

    def smpi(self, call):
        self.check_signature(call)
        resource = "/".join(call.path.strip("/").split("/")[5:]).lower()
        named = [one for one in call.query.get("cids", "").upper().split(",") if one]
        if len(named) > 10:
            raise Refusal(400, {"code": "400 Bad Request", "message": "Invalid cids"})
        if call.method != "GET" and not named:
            self.violations.append(f"{call.method} {call.path}: it would change every customer of the partner")
            raise Refusal(400, {"code": "400 Bad Request", "message": "Invalid cids"})
        for one in named:
            if one not in self.companies or self.companies[one]["ready"] > time.time():
                raise Refusal(400, {"code": "400 Bad Request", "message": f"Cannot find product for cids: {one}"})
        ready = [one for one, company in self.companies.items() if company["ready"] <= time.time() and (not named or one in named)]
        match call.method, resource:
            case "POST", "initialize":
                return None
            case "PUT", "notif_settings":
                recipients = json.loads(call.body)["notif_setting"]["recipients"]
                for one in named:
                    self.companies[one]["recipients"] = recipients
                return None
            case "PUT", "policies" | "global_settings":
                return None
            case "GET", "customers":
                return self.paged(call, "customers", [{"id": one, "eid": one, "name": MODEL} for one in ready], 100)
            case "GET", "customers/groups":
                groups = [{"id": 1, "name": "Device (Default)", "type": 1}, {"id": 2, "name": "Server (Default)", "type": 2}]
                return self.paged(call, "customers", [{"id": one, "eid": one, "groups": groups} for one in ready], 100)
        raise Refusal(404, {"code": "404 Not Found", "message": "There is no such resource."})

    # Books

    def books(self):
        return {"customers": [{"id": one["id"], "name": one["profile"]["name"]} for one in self.customers],
                "subscriptions": [{"customer": one["customer"], "units": one["units"]} for one in self.subscriptions],
                "notified": sum(1 for company in self.companies.values() if company["recipients"]),
                "requests": self.requests, "lost_answers": self.lost_answers, "most_in_flight": self.most_in_flight,
                "violations": self.violations}


class Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    vendors: Vendors

    def handle_one(self):
        self.method, self.target = self.command, self.path_as_sent
        split = urlsplit(self.target)
        self.path, self.query = split.path, {name: values[0] for name, values in parse_qs(split.query).items()}
        if self.command != "GET" and self.headers.get("content-length") is None:
            with self.vendors.lock:
                self.vendors.violations.append(f"{self.command} {self.target}: it does not say how long its body is")
            return self.answer(411, None)
        self.body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.headers = {name.lower(): value for name, value in self.headers.items()}
        vendors = self.vendors
        if self.path == "/books":
            with vendors.lock:
                return self.answer(200, vendors.books())
        api = {"/api": vendors.vsa, "/lmpi": vendors.lmp, "/smpi": vendors.smpi}.get("/" + self.path.split("/")[1].lower())
        if api is None:
            return self.answer(404, None)
        name = api.__name__
        with vendors.lock:
            vendors.requests[f"{self.method} {name}"] = vendors.requests.get(f"{self.method} {name}", 0) + 1
            vendors.in_flight[name] = vendors.in_flight.get(name, 0) + 1
            vendors.most_in_flight[name] = max(vendors.most_in_flight.get(name, 0), vendors.in_flight[name])
            pause = vendors.random.uniform(0.2, 1.8) * vendors.latency
            early = vendors.random.random() < 0.5
            fate = vendors.random.random()
        is_create = name == "lmp" and self.method == "POST"
        try:
            if early:
                time.sleep(pause)
            if is_create and fate < vendors.lost / 3:
                # Neither carried out nor answered.
                with vendors.lock:
                    vendors.lost_answers += 1
                return self.hang_up()
            with vendors.lock:
                try:
                    status, body = 200, api(self)
                except Refusal as refusal:
                    status, body = refusal.status, refusal.body
                except (KeyError, ValueError, TypeError) as error:
                    vendors.violations.append(f"{self.method} {self.path}: {error!r}")
                    status, body = 400, {"error_subject": "Malformed", "error_message": "The request could not be read."}
            if not early:
                time.sleep(pause)
            if is_create and fate < vendors.lost:
                with vendors.lock:
                    vendors.lost_answers += 1
                if fate < vendors.lost * 2 / 3:
                    return self.hang_up()
                status, body = 500, {"error_subject": "InternalError", "error_message": "Something went wrong."}
            return self.answer(status, body)
        finally:
            with vendors.lock:
                vendors.in_flight[name] -= 1

    def hang_up(self):
        self.close_connection = True

    def answer(self, status, body):
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_any(self):
        self.path_as_sent = self.path
        try:
            self.handle_one()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_any

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_):
        pass


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--organizations", type=int, default=60)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--lag", type=float, default=1.0, help="seconds within which new things are shown")
    arguments.add_argument("--lost", type=float, default=0.1, help="share of creates whose answers are lost")
    arguments.add_argument("--latency", type=float, default=0.2, help="seconds that a call takes on average")
    arguments = vars(arguments.parse_args())
    Call.vendors = Vendors(**arguments)
    server = Server(("127.0.0.1", 0), Call)
    told = {"url": f"http://127.0.0.1:{server.server_address[1]}", "token": TOKEN, "secret": SECRET, "vsa_user": VSA_USER,
            "vsa_token": VSA_TOKEN, "plan": PLAN}
    print(json.dumps(told), flush=True)
    server.serve_forever()


main()
