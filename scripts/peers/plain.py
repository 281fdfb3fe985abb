"""Makes of openapi.yaml the document and the settings that one peer does best with: plain.py PEER OPENAPI CONFIG DIR

PEER is schemathesis, portman or specmatic; CONFIG is what `conformance serve --write-config` left, and its sandbox must be running.

The path keys of the contract carry fragments (/assets#transfer). All three peers keep such paths apart and none sends the fragment, so
the document keeps its 21 paths and 33 operations. What is added is what a person who knows the API would write down for the tool: ids
of records that exist, in place of the examples' 1 and 2, read from the running sandbox with the first key. Without them nearly every
operation on a record ends in 404 and nothing behind that is tested.
"""
import copy
import json
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
    # Examples make Specmatic send variations of the example alone: other types and null, no bounds, no lengths. So it gets none, and
    # the ids that exist are written into the schemas as the only ones that are allowed.
    def only(schema, value):
        schema.update(minimum=value, maximum=value)

    for name, value in ids.items():
        only(parameters[name]["schema"], value)
    for p in parameters.values():
        p.pop("example", None)
    for kind, field in (("JobWrite", "customer_location_id"), ("AssetWrite", "location_id"), ("AssetTransferWrite", "to_location_id"),
                        ("MeterReadingWrite", "meter_id"), ("StockAdjustmentWrite", "location_id"), ("StockTransferWrite", "item_id"),
                        ("StockTransferWrite", "from_location_id"), ("StockTransferWrite", "to_location_id")):
        only(schemas[kind]["properties"][field], schemas[kind]["example"][field])
    schemas["MeterReadingWrite"]["properties"]["reading_value"]["minimum"] = 1000000
    only(schemas["StockTransferWrite"]["properties"]["quantity"], 1)
    schemas["StockAdjustmentWrite"]["properties"]["quantity"].update(minimum=1, maximum=1000)

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
