"""Makes of openapi.yaml the document and the settings that one peer does best with: plain.py PEER OPENAPI CONFIG DIR

PEER is schemathesis, portman or specmatic; CONFIG is what `conformance serve --write-config` left, and its sandbox must be running.

The path keys of the contract carry fragments (/assets#transfer). Schemathesis takes them as they are. Portman loses such operations, and
Specmatic's example files do not find them; both get a segment in place of the fragment, /assets/~transfer, which strip.py or count.mjs
takes out again. So all keep the 21 paths and 33 operations. What else is added is what a person who knows the API would write down for
the tool: ids of records that exist, in place of the examples' 1 and 2, read from the running sandbox with the first key. Without them
nearly every operation on a record ends in 404 and nothing behind that is tested.
"""
import copy
import json
import os
import sys
import urllib.request

import yaml

peer, source, config, out = sys.argv[1:]
config = yaml.safe_load(open(config))
doc = yaml.safe_load(open(source))
base = config["target"]
keys = {
    "full": config["credentials"]["full"][0],
    "other": config["credentials"]["other_tenant"],
    "revoked": config["credentials"]["revoked"],
    "reader": next(s["key"] for s in config["credentials"]["scoped"] if set(s["scopes"]) == {
        "assets:read", "customers:read", "inventory:read", "jobs:read"}),
}


def ask(path, method="GET", body=None):
    request = urllib.request.Request(base + path, method=method, data=body and json.dumps(body).encode(), headers={
        "X-API-Key": keys["full"], "Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))["data"]


# Records to work on. The asset must have a meter, the customer a location.
customer = min(ask("/customers"), key=lambda c: c["customer_id"])
places = sorted(l["location_id"] for c in ask("/customers") for l in ask(f"/customers?id={c['customer_id']}&locations=1"))
place = ask(f"/customers?id={customer['customer_id']}&locations=1")[0]["location_id"]
asset = next(a for a in (ask(f"/assets?id={a['asset_id']}") for a in ask("/assets")) if a.get("meters"))
job = min(ask("/jobs"), key=lambda j: j["job_id"])
item = min(ask("/inventory"), key=lambda i: i["id"])
stores = sorted(l["location_id"] for l in ask("/inventory?sub=locations"))
to = next(p for p in places if p != asset["location_id"])

parameters = doc["components"]["parameters"]
ids = {
    "JobId": job["job_id"], "CustomerId": customer["customer_id"], "CustomerLocationId": place, "AssetId": asset["asset_id"],
    "InventoryItemId": item["id"], "InventoryLocationId": stores[0],
}
for name, value in ids.items():
    parameters[name]["example"] = value
for name, p in parameters.items():
    if "example" not in p:
        p["example"] = p["schema"].get("enum", [None])[0] or {"Page": 1, "PerPage": 50, "CustomerSearch": "a", "HasLocations": 1}.get(
            name, "2026-01-01T00:00:00Z")
schemas = doc["components"]["schemas"]
schemas["JobWrite"]["example"]["customer_location_id"] = place
schemas["AssetWrite"]["example"]["location_id"] = place
schemas["AssetTransferWrite"]["example"]["to_location_id"] = to
schemas["MeterReadingWrite"]["example"]["meter_id"] = asset["meters"][0]["meter_id"]
schemas["StockAdjustmentWrite"]["example"]["location_id"] = stores[0]
schemas["StockTransferWrite"]["example"].update(item_id=item["id"], from_location_id=stores[0], to_location_id=stores[1], quantity=1)


def pointer(ref):
    node = doc
    for part in ref[2:].split("/"):
        node = node[part]
    return node


def deref(node):
    return pointer(node["$ref"]) if isinstance(node, dict) and "$ref" in node else node


operations = [(path, method, op) for path, methods in doc["paths"].items() for method, op in methods.items() if method in (
    "get", "post", "put", "patch")]

if peer == "schemathesis":
    # Both companies' keys: what its check object_level_authorization compares.
    users = [{"name": n, "fixedHeaders": [{"name": "X-API-Key", "value": keys[n]}]} for n in ("full", "other")]
    json.dump({"auth": users}, open(f"{out}/wfc.json", "w"))
    open(f"{out}/schemathesis.toml", "w").write('[auth.wfc]\npath = "wfc.json"\nuser = "full"\npeers = ["full", "other"]\n')

if peer == "specmatic":
    # Specmatic takes named examples: the same name in the parameters, the body and the answer makes one test of them and the base of the
    # generated ones. These also use the smallest value a schema allows, so the smallest id is one that exists.
    for name, value in ids.items():
        parameters[name]["schema"]["minimum"] = value
    for kind, field in (("JobWrite", "customer_location_id"), ("AssetWrite", "location_id"), ("AssetTransferWrite", "to_location_id"),
                        ("MeterReadingWrite", "meter_id"), ("MeterReadingWrite", "reading_value"), ("StockAdjustmentWrite", "location_id"),
                        ("StockTransferWrite", "item_id"), ("StockTransferWrite", "from_location_id"),
                        ("StockTransferWrite", "to_location_id")):
        schemas[kind]["properties"][field]["minimum"] = schemas[kind]["example"][field]
    # These take no path with a fragment, so it becomes a segment, /assets/~transfer, which count.mjs takes out on the way.
    doc["paths"] = {p.replace("#", "/~"): methods for p, methods in doc["paths"].items()}
    operations = [(path.replace("#", "/~"), method, op) for path, method, op in operations]
    os.makedirs(f"{out}/examples", exist_ok=True)
    for path, method, op in operations:
        op["parameters"] = [copy.deepcopy(deref(p)) for p in op.get("parameters", [])]
        for p in op["parameters"]:
            p["examples"] = {"LIVE": {"value": p.pop("example")}}
        live = {p["name"]: p["examples"]["LIVE"]["value"] for p in op["parameters"]}
        body = op.get("requestBody")
        if body:
            media = body["content"]["application/json"]
            example = dict(deref(media["schema"])["example"])
            if op["operationId"] in ("createCustomer", "updateCustomer"):
                example["customer_email"] = op["operationId"].lower() + "@peers.example"
            media["examples"] = {"LIVE": {"value": example}}
        status = next(s for s in op["responses"] if s.startswith("2"))
        answer = copy.deepcopy(deref(op["responses"][status]))
        kind = answer["content"]["application/json"]["schema"]["$ref"]
        data = {} if "Outcome" in kind else [] if "Page" in kind else {
            "Job": {"job_id": 1}, "Customer": {"customer_id": 1}, "Location": {"location_id": 1}, "Asset": {"asset_id": 1},
            "InventoryItem": {"id": 1}, "InventoryLocation": {"location_id": 1}}[kind.split("/")[-1].removesuffix("Result")]
        value = {"success": True, "data": data}
        if "Page" in kind:
            value["pagination"] = {"page": 1, "per_page": 50, "total": 0, "total_pages": 0}
        answer["content"]["application/json"]["examples"] = {"LIVE": {"value": value}}
        op["responses"][status] = answer

        # What it makes no tests of by itself, 401, 403, 404 and 409, it takes from files.
        required = {p["name"]: live[p["name"]] for p in op["parameters"] if p.get("required")}

        def expect(name, status, code, key=None, query=None, **fields):
            request = {"method": method.upper(), "path": path, "query": {**required, **(query or {})}}
            request["headers"] = {"X-API-Key": key or keys["full"]}
            if body:
                request["headers"]["Content-Type"] = "application/json"
                request["body"] = {**example, **fields}
            json.dump({"http-request": request, "http-response": {
                "status": status, "headers": {"Content-Type": "application/json"} | ({} if status in (401, 403) else {
                    "X-RateLimit-Limit": 1, "X-RateLimit-Remaining": 1, "X-RateLimit-Reset": 1}),
                "body": {"success": False, "error": code, "message": "refused"}}}, open(
                    f"{out}/examples/{op['operationId']}-{name}.json", "w"), indent=1)

        expect("wrong-key", 401, "unauthorized", "wrong")
        expect("revoked-key", 401, "unauthorized", keys["revoked"])
        if body:
            expect("reader-writes", 403, "forbidden", keys["reader"])
        if "id" in live:
            expect("foreign-record", 404, "not_found", keys["other"])
            expect("unknown-record", 404, "not_found", query={"id": 999999999})
        if op["operationId"] == "createCustomer":
            expect("duplicate", 409, "duplicate_customer", customer_email=customer["customer_email"])

if peer == "portman":
    everywhere, writes = "*::/**", ["POST::/**", "PUT::/**", "PATCH::/**"]
    judged = lambda status: {"contractTests": [
        {"statusCode": {"enabled": True, "code": status}}, {"schemaValidation": {"enabled": True}}, {"contentType": {"enabled": True}},
        {"headersPresent": {"enabled": True}}]}

    def vary(name, status, where=everywhere, **more):
        return {"openApiOperation": where, "openApiResponse": str(status), "variations": [
            {"name": name, "openApiResponse": str(status), "tests": judged(status), **more}]}

    def as_key(value, **more):
        return {"overwrites": [{"overwriteRequestSecurity": {"apiKey": {"key": "X-API-Key", "in": "header", "value": value}}}]}

    fuzz = {n: {"enabled": True} for n in (
        "requiredFields", "minimumNumberFields", "maximumNumberFields", "minLengthFields", "maxLengthFields")}
    with_id = [op["operationId"] for _, _, op in operations if any(deref(p)["name"] == "id" for p in op.get("parameters", []))]
    variations = [
        vary("NoKey", 401, overwrites=[{"overwriteRequestSecurity": {"other": {"type": "noauth"}}}]),
        vary("WrongKey", 401, **as_key("wrong")),
        vary("RevokedKey", 401, **as_key(keys["revoked"])),
        vary("KeyInQuery", 401, overwrites=[{
            "overwriteRequestSecurity": {"other": {"type": "noauth"}},
            "overwriteRequestQueryParams": [{"key": "api_key", "value": keys["full"], "insert": True}]}]),
        *[vary("ReaderWrites", 403, where, **as_key(keys["reader"])) for where in writes],
        *[{"openApiOperationId": name, "openApiResponse": "404", "variations": [
            {"name": "ForeignRecord", "openApiResponse": "404", "tests": judged(404), **as_key(keys["other"])},
            {"name": "UnknownRecord", "openApiResponse": "404", "tests": judged(404), "overwrites": [
                {"overwriteRequestQueryParams": [{"key": "id", "value": "999999999", "overwrite": True}]}]},
        ]} for name in with_id],
        *[{"openApiOperationId": name, "openApiResponse": "404", "variations": [
            {"name": "HugeId", "openApiResponse": "400", "tests": {"extendTests": []}, "extendTests": [{"tests": [
                'pm.test("HugeId: 400 or 404", () => pm.expect(pm.response.code).to.be.oneOf([400, 404]));']}], "overwrites": [
                {"overwriteRequestQueryParams": [{"key": "id", "value": "99999999999999999999", "overwrite": True}]}]},
        ]} for name in with_id],
        vary("FuzzQuery", 400, "GET::/**", fuzzing=[{"requestQueryParams": [fuzz]}]),
        *[vary("FuzzBody", 400, where, fuzzing=[{"requestBody": [fuzz]}]) for where in writes],
        *[vary("ArrayBody", 400, where, overwrites=[{"overwriteRequestBody": [{"key": ".", "value": [], "overwrite": True}]}])
          for where in writes],
        {"openApiOperationId": "createCustomer", "openApiResponse": "409", "variations": [
            {"name": "Duplicate", "openApiResponse": "409", "tests": judged(409), "overwrites": [
                {"overwriteRequestBody": [{"key": "customer_email", "value": customer["customer_email"], "overwrite": True}]}]}]},
    ]
    # Portman loses an operation whose path ends in a fragment, with all its tests. So the fragment becomes a segment, /assets/~transfer,
    # which strip.py takes out of the collection again.
    doc["paths"] = {path.replace("#", "/~"): methods for path, methods in doc["paths"].items()}
    json.dump({"version": 1.0, "tests": {
        "contractTests": [{"openApiOperation": everywhere, check: {"enabled": True}} for check in (
            "statusSuccess", "contentType", "jsonBody", "schemaValidation", "headersPresent")],
        "variationTests": variations,
    }, "globals": {"securityOverwrites": {"apiKey": {"key": "X-API-Key", "in": "header", "value": keys["full"]}}}},
        open(f"{out}/portman.json", "w"), indent=1)
    json.dump({"folderStrategy": "Tags", "requestParametersResolution": "Example", "parametersResolution": "Example",
               "exampleParametersResolution": "Example", "keepImplicitHeaders": True, "enableOptionalParameters": True},
              open(f"{out}/postman.json", "w"))

class Plain(yaml.SafeDumper):
    ignore_aliases = lambda self, data: True


yaml.dump(doc, open(f"{out}/openapi.yaml", "w"), Dumper=Plain, sort_keys=False, allow_unicode=True)
print(keys["full"])
