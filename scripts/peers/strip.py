"""Takes the segments that plain.py made of fragments (/assets/~transfer) out of a Postman collection: strip.py COLLECTION"""
import json
import sys


def strip(node):
    if isinstance(node, list):
        for x in node:
            strip(x)
    elif isinstance(node, dict):
        if isinstance(node.get("path"), list):
            node["path"] = [p for p in node["path"] if not str(p).startswith("~")]
        for x in node.values():
            strip(x)


collection = json.load(open(sys.argv[1]))
strip(collection)
json.dump(collection, open(sys.argv[1], "w"))
