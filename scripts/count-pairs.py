#!/usr/bin/env python3
"""Counts, from OpenAPI documents alone, which refusals each operation can be asked for. Shares no code with the product.

Usage: count-pairs.py [--totals] DOCUMENT...     (Swagger 2.0, OpenAPI 3.x; YAML or JSON; $refs to other files). Needs PyYAML.
Prints JSON. A pair is an operation (or a path, or the document) and a situation. Its layer is the first that applies:
  unreachable  the request needs the id of a record, and neither GET nor POST is on the path up to that id
  stated       the operation writes out a status that answers the situation
  ranged       the operation has `default` or `4XX`
  assumed      only RFC 9110, RFC 9457 or a convention answers it
An id is a placeholder of the path whose schema has no enum. [r]: the request needs all of the path's ids to be of records.
  missing-key    401  security asks for a credential in each of its alternatives
  invalid-key    401  security asks for a credential; where one alternative is `{}`, only if 401 is written out
  missing-scope  403  [r] an alternative of the security lists a scope
  invalid-parameter 400, 422  [r] a required or constrained query, header or cookie parameter; without [r]: a constrained id.
                      Constrained: not every text is a valid value (type, enum, format, pattern, bounds)
  malformed-body 400, 422  [r] a body of JSON
  missing-field  400, 422  [r] a member that the body (JSON or form) requires at its top level, in each branch of oneOf or anyOf
  invalid-field  400, 422  [r] a member at any depth: in JSON one with a type or an enum, in a form a constrained one
  unknown-record 404  the path has an id; any made-up one does
  unsupported-media-type 415  [r] a body
  not-acceptable 406  [r] only if written out            rate-limit 429  only if written out
  duplicate      409  [r] only if written out, on a create: POST with a body and a 201, or with an item path below
  wrong-method   405  once per path (names of placeholders, `#…` and `?…` do not count) that lacks one of GET POST PUT PATCH
                      DELETE; stated or ranged if one of its operations says so
  unknown-path   404  once per document, always assumed
Not counted: webhooks, callbacks, operations whose own first server is none of the document's ("elsewhere"), read-only members.
"""

import json
import os
import re
import sys
import time
import urllib.parse

import yaml

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
USUAL = {"get", "post", "put", "patch", "delete"}
LAYERS = ("stated", "ranged", "assumed", "unreachable")
FORMATS = {"date", "date-time", "time", "duration", "uuid", "email", "ipv4", "ipv6", "uri", "url", "hostname", "byte",
           "int32", "int64", "float", "double", "uri-reference", "json-pointer", "regex", "idn-email", "iri"}
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
BAD_INPUT = ("400", "422")


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML as OpenAPI means it: a date is text, and `yes` and `=` are too."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag.rsplit(":", 1)[1] not in ("timestamp", "value", "bool")]
    for first, pairs in Loader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
Loader.add_multi_constructor("", lambda loader, suffix, node: None)


class Files:
    """The document's files, each read once. A node is found with the file that it is in."""

    def __init__(self):
        self.read = {}

    def load(self, path):
        path = os.path.abspath(path)
        if path not in self.read:
            with open(path, encoding="utf-8-sig") as file:
                text = file.read()
            try:
                self.read[path] = json.loads(text)
            except ValueError:
                self.read[path] = yaml.load(text, Loader=Loader)
        return self.read[path]

    def follow(self, node, file):
        """The node that a chain of $refs ends at, and its file; ({}, file) where one leads to nothing."""
        for _ in range(50):
            if not isinstance(node, dict):
                return node, file
            ref = node.get("$ref")
            if not isinstance(ref, str):
                return node, file
            name, _, pointer = ref.partition("#")
            if re.match(r"[a-z]+://", name):
                return {}, file
            try:
                if name:
                    file = os.path.join(os.path.dirname(file), urllib.parse.unquote(name))
                node = self.load(file)
                for part in pointer.split("/")[1:]:
                    part = urllib.parse.unquote(part).replace("~1", "/").replace("~0", "~")
                    node = node[int(part)] if isinstance(node, list) else by_key(node, part)
            except (OSError, KeyError, IndexError, ValueError, TypeError, yaml.YAMLError):
                return {}, file
        return {}, file


def by_key(node, key):
    return node[key] if key in node else node[int(key)]  # YAML reads a status as a number


def table(node):
    return node if isinstance(node, dict) else {}


def rows(node):
    return node if isinstance(node, list) else []


class Document:
    def __init__(self, path):
        self.files, self.path = Files(), path
        self.root = table(self.files.load(path))
        self.version = str(self.root.get("swagger") or self.root.get("openapi") or "")
        if not self.version:
            raise ValueError("neither `swagger` nor `openapi` is at its root")
        self.old = self.version.startswith("2")
        self.paths = {}  # key → (path item, its file)
        for key, item in table(self.root.get("paths")).items():
            if isinstance(key, str) and key.startswith("/"):
                item, file = self.merged_item(table(item))
                self.paths[key] = (item, file)
        self.served = {}  # shape → methods
        for key, (item, _) in self.paths.items():
            self.served.setdefault(shape(key), set()).update(m for m in METHODS if isinstance(item.get(m), dict))

    def merged_item(self, item):
        """A path item with what its $ref brings in. A file that is referred to resolves its own references."""
        target, file = self.files.follow(item, self.path)
        return table(target), file

    # Schemas

    def schema(self, node, file):
        node, file = self.files.follow(node, file)
        return table(node), file

    def types(self, schema):
        listed = schema.get("type")
        return {t for t in (listed if isinstance(listed, list) else [listed]) if isinstance(t, str) and t != "null"}

    def constrained(self, node, file, depth=0):
        """Whether some text is no valid value of a parameter or a form's field."""
        s, file = self.schema(node, file)
        if depth > 6:
            return False
        if s.get("enum") or "const" in s or s.get("pattern") or s.get("format") in FORMATS:
            return True
        if any(isinstance(s.get(k), (int, float)) and s[k] > 0 for k in ("minLength", "minItems", "maxLength", "maxItems")):
            return True
        types = self.types(s)
        if types & {"integer", "number", "boolean", "object"} and "string" not in types:
            return True
        if "array" in types and "string" not in types:
            return self.constrained(s.get("items"), file, depth + 1)
        if any(self.constrained(b, file, depth + 1) for b in rows(s.get("allOf"))):
            return True
        for word in ("oneOf", "anyOf"):
            branches = [b for b in rows(s.get(word)) if self.schema(b, file)[0].get("type") != "null"]
            if branches and all(self.constrained(b, file, depth + 1) for b in branches):
                return True
        return False

    def requires(self, node, file, depth=0):
        """Whether an object without members breaks the schema for want of one that a client writes."""
        s, file = self.schema(node, file)
        if depth > 8:
            return False
        members = self.members(s, file, 0)
        for name in rows(s.get("required")):
            member, where = members.get(name, ({}, file))
            if not self.schema(member, where)[0].get("readOnly"):
                return True
        if any(self.requires(b, file, depth + 1) for b in rows(s.get("allOf"))):
            return True
        branches = [rows(s.get(word)) for word in ("oneOf", "anyOf")]
        return any(b and all(self.requires(x, file, depth + 1) for x in b) for b in branches)

    def members(self, s, file, depth):
        """Properties of a schema and of what its allOf, oneOf and anyOf bring: name → (schema, its file)."""
        found = {name: (p, file) for name, p in table(s.get("properties")).items()}
        if depth < 6:
            for word in ("allOf", "oneOf", "anyOf"):
                for branch in rows(s.get(word)):
                    b, where = self.schema(branch, file)
                    for name, member in self.members(b, where, depth + 1).items():
                        found.setdefault(name, member)
        return found

    def wrongable(self, node, file, form, depth=0):
        """Whether some member below can have a value that is not valid."""
        s, file = self.schema(node, file)
        if depth > 6:
            return False
        for member, where in self.members(s, file, 0).values():
            m, there = self.schema(member, where)
            if m.get("readOnly"):
                continue
            if form and self.constrained(m, there):
                return True
            if not form and (self.types(m) or m.get("enum") or "const" in m or m.get("properties")):
                return True
            if any(rows(m.get(w)) for w in ("allOf", "oneOf", "anyOf")) and self.constrained(m, there):
                return True
            if self.wrongable(m, there, form, depth + 1):
                return True
        below = [s.get("items"), s.get("additionalProperties")]
        for node in below:
            if isinstance(node, dict):
                b, there = self.schema(node, file)
                if not form and (self.types(b) or b.get("enum")) or self.wrongable(b, there, form, depth + 1):
                    return True
        return False

    # Operations

    def parameters(self, item, item_file, operation):
        """(in, name) → (parameter, its file): the operation's come after its path's and take their place."""
        found = {}
        for listed in (item.get("parameters"), operation.get("parameters")):
            for node in rows(listed):
                p, file = self.files.follow(node, item_file)
                if isinstance(p, dict):
                    found[(p.get("in"), p.get("name"))] = (p, file)
        return found

    def value_schema(self, p):
        if self.old:
            return p
        if "schema" in p:
            return p["schema"]
        return next((table(m).get("schema") for m in table(p.get("content")).values()), {})

    def bodies(self, operation, file, parameters):
        """Media type → (schema, its file)."""
        if not self.old:
            body, file = self.files.follow(operation.get("requestBody"), file)
            content = table(table(body).get("content"))
            return {kind: (table(self.files.follow(m, file)[0]).get("schema"), file) for kind, m in content.items()}
        fields = [(p, f) for (where, _), (p, f) in parameters.items() if where == "formData"]
        if fields:
            whole = {"type": "object", "properties": {p.get("name"): p for p, _ in fields},
                     "required": [p.get("name") for p, _ in fields if p.get("required") is True]}
            return {FORMS[0]: (whole, fields[0][1])}
        bodies = [(p, f) for (where, _), (p, f) in parameters.items() if where == "body"]
        kinds = rows(operation.get("consumes")) or rows(self.root.get("consumes")) or ["application/json"]
        return {str(kind): (p.get("schema"), f) for p, f in bodies[:1] for kind in kinds}

    def elsewhere(self, item, operation):
        own = rows(operation.get("servers")) or rows(item.get("servers"))
        root = {str(table(s).get("url", "")).rstrip("/") for s in rows(self.root.get("servers"))}
        return bool(own) and str(table(own[0]).get("url", "")).rstrip("/") not in root

    def ids(self, key, parameters):
        """Placeholders that name a record: (name, path up to its segment)."""
        found, before = [], ""
        for segment in plain(key).split("/")[1:]:
            for name in re.findall(r"{([^{}]*)}", segment):
                p, file = parameters.get(("path", name), ({}, self.path))
                s, _ = self.schema(self.value_schema(p), file)
                if not s.get("enum") and "const" not in s:
                    found.append((name, before))
            before += "/" + segment
        return found

    def reachable(self, ids):
        return all(self.served.get(shape(before or "/"), set()) & {"get", "post"} for _, before in ids)

    def pairs(self, key, method, item, file, operation):
        parameters = self.parameters(item, file, operation)
        statuses = {str(s).upper() for s in table(operation.get("responses"))}
        ids = self.ids(key, parameters)
        with_records = self.reachable(ids)
        out = {}

        def add(situation, answers, needs_records=True, only_stated=False):
            stated = bool(statuses & set(answers))
            if only_stated and not stated:
                return
            if needs_records and not with_records:
                out[situation] = "unreachable"
            elif stated:
                out[situation] = "stated"
            else:
                out[situation] = "ranged" if statuses & {"DEFAULT", "4XX"} else "assumed"

        security = operation.get("security", self.root.get("security"))
        ways = [table(way) for way in rows(security)]
        if any(ways):
            if all(ways):
                add("missing-key", ["401"], needs_records=False)
            add("invalid-key", ["401"], needs_records=False, only_stated=not all(ways))
            if any(rows(scopes) for way in ways for scopes in way.values()):
                add("missing-scope", ["403"])
        self.add_inputs(add, parameters, selector="#" in key)
        self.add_body(add, self.bodies(operation, file, parameters), method, key, statuses)
        if ids:
            add("unknown-record", ["404"], needs_records=False)
        add("not-acceptable", ["406"], only_stated=True)
        add("rate-limit", ["429"], needs_records=False, only_stated=True)
        return out

    def add_inputs(self, add, parameters, selector):
        inputs, own = False, False
        for (where, name), (p, file) in parameters.items():
            schema = self.value_schema(p)
            if where == "path":
                own = own or self.constrained(schema, file)
            elif where == "header" and str(name).lower() in ("accept", "authorization", "content-type"):
                continue
            elif where in ("query", "header", "cookie"):
                s, _ = self.schema(schema, file)
                if selector and p.get("required") is True and len(rows(s.get("enum"))) == 1:
                    continue  # it chooses the operation among those of its path
                inputs = inputs or p.get("required") is True or self.constrained(schema, file)
        if inputs or own:
            add("invalid-parameter", BAD_INPUT, needs_records=not own)

    def add_body(self, add, bodies, method, key, statuses):
        json_bodies = [b for kind, b in bodies.items() if is_json(kind)]
        forms = [b for kind, b in bodies.items() if kind.split(";")[0].strip().lower() in FORMS]
        if json_bodies:
            add("malformed-body", BAD_INPUT)
        if any(self.requires(*b) for b in (json_bodies or forms)[:1]):
            add("missing-field", BAD_INPUT)
        if any(self.wrongable(*b, form=not json_bodies) for b in (json_bodies or forms)[:1]):
            add("invalid-field", BAD_INPUT)
        if not bodies:
            return
        add("unsupported-media-type", ["415"])
        below = shape(key).rstrip("/") + "/{}"
        if method == "post" and ("201" in statuses or below in self.served):
            add("duplicate", ["409"], only_stated=True)

    def wrong_methods(self):
        """Path → layer, for each path that lacks a usual method."""
        found = {}
        for key, (item, _) in self.paths.items():
            operations = [item[m] for m in METHODS if isinstance(item.get(m), dict)]
            here = [o for o in operations if not self.elsewhere(item, o)]
            if not here or USUAL <= self.served[shape(key)]:
                continue
            statuses = {str(s).upper() for o in here for s in table(o.get("responses"))}
            layer = "stated" if "405" in statuses else "ranged" if statuses & {"DEFAULT", "4XX"} else "assumed"
            earlier = found.get(shape(key), (key, "assumed"))
            found[shape(key)] = (earlier[0], min(earlier[1], layer, key=LAYERS.index))
        return dict(sorted(found.values()))

    def count(self):
        operations, elsewhere, totals = [], 0, dict.fromkeys(LAYERS, 0)
        by_situation = {}
        for key, (item, file) in self.paths.items():
            for method in METHODS:
                operation = item.get(method)
                if not isinstance(operation, dict):
                    continue
                if self.elsewhere(item, operation):
                    elsewhere += 1
                    continue
                pairs = self.pairs(key, method, item, file, operation)
                operations.append({"method": method.upper(), "path": key, "operationId": operation.get("operationId"),
                                   "pairs": pairs})
        paths = self.wrong_methods()
        each = [pair for o in operations for pair in o["pairs"].items()]
        each += [("wrong-method", layer) for layer in paths.values()] + [("unknown-path", "assumed")]
        for situation, layer in each:
            totals[layer] += 1
            by_situation.setdefault(situation, dict.fromkeys(LAYERS, 0))[layer] += 1
        return {"file": self.path, "version": self.version, "operations": operations, "elsewhere": elsewhere,
                "wrong-method": paths, "unknown-path": "assumed", "situations": by_situation, "totals": totals}


def plain(key):
    return re.split(r"[?#]", key, maxsplit=1)[0]


def shape(key):
    """A path without the names of its placeholders and without a slash at its end."""
    return re.sub(r"{[^{}]*}", "{}", plain(key)).rstrip("/") or "/"


def is_json(kind):
    kind = kind.split(";")[0].strip().lower()
    return kind in ("application/json", "text/json", "*/*", "application/*") or kind.endswith("+json")


def summary(document):
    return {**{k: document[k] for k in ("file", "version", "elsewhere", "situations", "totals")},
            "operations": len(document["operations"]), "pairs": sum(document["totals"].values())}


def main(arguments):
    short = "--totals" in arguments
    names = [a for a in arguments if a != "--totals"]
    if not names or any(a.startswith("-") for a in names):
        print(__doc__, file=sys.stderr)
        return 2
    documents, failed, status = [], [], 0
    for name in names:
        try:
            started = time.process_time()
            document = Document(name).count()
            print(f"{name}: {time.process_time() - started:.1f} s", file=sys.stderr)
        except (OSError, ValueError, yaml.YAMLError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed.append(name)
            status = 1
            continue
        documents.append(summary(document) if short else document)
    totals = {layer: sum(d["totals"][layer] for d in documents) for layer in LAYERS}
    json.dump({"documents": documents, "failed": failed, "totals": totals}, sys.stdout, indent=1)
    print()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
