"""Runs the peers and conformance against the same sandbox, clean and with each fault of faults.txt, and prints two Markdown tables.

measure.py WORK CONFORMANCE TOOLS [TOOL…]: WORK is a folder for what comes out, TOOLS the folder that run.sh installed into.

A fault counts as found if a run against it reports a failure of a class that no run against the clean sandbox reports. A class is what
was tested, where, and what was said of it, with the values taken out (see the functions named *_classes). How often a class occurs
does not count. What is new in a run is left in WORK/TOOL/FAULT/new.txt, to be judged by people.
"""
import base64
import collections
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
work, conformance, tools = (pathlib.Path(p).resolve() for p in sys.argv[1:4])
wanted = sys.argv[4:] or ["conformance", "conformance, one key", "schemathesis", "specmatic", "portman"]
faults = [l.split(" | ") for l in (here / "faults.txt").read_text().splitlines() if l and not l.startswith("#")]
if only := os.environ.get("FAULTS"):
    faults = [f for f in faults if f[0] in only.split(",")]
CLEAN = int(os.environ.get("CLEAN", "3"))  # runs against the clean sandbox: the first through count.mjs, which counts its requests
port = int(os.environ.get("PORT", "18110"))
python, bins = tools / "st/bin/python", tools / "npm/node_modules/.bin"


@contextlib.contextmanager
def running(*command, **more):
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


@contextlib.contextmanager
def sandbox(folder, fault=None):
    config = folder / "config.yaml"
    config.unlink(missing_ok=True)
    with running(conformance, "serve", "--addr", f"127.0.0.1:{port}", "--limit", "1000000", "--window", "1s", "--write-config", config,
                 *(["--fault", fault] if fault else [])):
        while not config.exists():
            time.sleep(0.05)
        time.sleep(0.3)
        yield config


def run(folder, command, **env):
    begun = time.monotonic()
    with open(folder / "out.txt", "w") as out:
        code = subprocess.run([str(c) for c in command], cwd=folder, stdout=out, stderr=subprocess.STDOUT, timeout=600,
                              env={**os.environ, **env}).returncode
    return time.monotonic() - begun, code


def plain(peer, folder, config):
    # Its few reads change nothing; they go straight to the sandbox and are not counted, nor timed.
    return subprocess.run([python, here / "plain.py", peer, root / "openapi.yaml", config, folder], check=True, capture_output=True,
                          text=True).stdout.strip()


def values_out(text):
    text = re.sub(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'', '"…"', text)
    return re.sub(r"-?\d[\d.eE+]*", "N", text)


def our_classes(folder):
    results = json.load(open(folder / "reports/results.json"))
    return {f"{r['id']} {r['operation']} {r['variant']}" for r in results["checks"] if r["outcome"] == "fail"}


def ours(folder, config, address, one_key=False):
    import yaml
    settings = yaml.safe_load(open(config))
    settings["target"] = address
    if one_key:
        settings["credentials"] = {"full": settings["credentials"]["full"][:1]}
    yaml.safe_dump(settings, open(folder / "run.yaml", "w"))
    wall, code = run(folder, [conformance, "run", "--config", "run.yaml", "--profile", "full", "--reports", "reports"])
    found = our_classes(folder)
    if code == 1 and not found:
        found = {"exit status 1"}
    return wall, found


def schemathesis(folder, config, address):
    plain("schemathesis", folder, config)
    wall, _ = run(folder, [
        tools / "st/bin/schemathesis", "run", "openapi.yaml", "--url", address, "--checks", "all", "--max-examples",
        os.environ.get("MAX_EXAMPLES", "10"), "--seed", "1", "--continue-on-failure", "--no-shrink", "--report", "ndjson",
        "--report-ndjson-path", "report.ndjson", "--no-color"])
    found = set()
    for line in open(folder / "report.ndjson"):
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for case, checks in (recorder.get("checks") or {}).items():
            for check in checks:
                if check["status"] == "success":
                    continue
                failure = check["failure_info"]["failure"]
                message = failure["message"].split("\n")
                said = [l for l in message if l.startswith(("Invalid component", "Validated against"))]
                first = message[0]
                if failure["code"] == "ST108":  # begins with the value: keep what is said of it
                    first = first.rpartition(" ... ")[2][-60:]
                if failure["code"] == "ST202":  # says nothing of the cause; the answer that is printed below it does
                    with contextlib.suppress(KeyError, TypeError, ValueError):
                        answer = recorder["interactions"][case]["response"]["content"]["$base64"]
                        said.append(re.sub(r"\d+", "N", json.loads(base64.b64decode(answer))["message"]))
                # What invalid data was made of ends in a value sometimes, which is taken out.
                found.add(" | ".join([failure["operation"], failure["code"], failure["title"], *map(values_out, [first, *said])]))
    (folder / "report.ndjson").unlink()
    return wall, found


def specmatic(folder, config, address):
    key = plain("specmatic", folder, config)
    # Every test without the limit of combinations takes hours, and one of fewer than four leaves out the bounds of numbers and texts.
    wall, _ = run(folder, [
        "java", "-Xmx1g", "-jar", tools / "npm/node_modules/specmatic/specmatic.jar", "test", "openapi.yaml",
        f"--testBaseURL={address}", "--examples=examples"], ApiKey=key, SPECMATIC_GENERATIVE_TESTS="true", MAX_TEST_REQUEST_COMBINATIONS="4")
    found, request, block, name = set(), "", [], None
    for line in open(folder / "out.txt", errors="replace"):
        line = line.rstrip("\n")
        if m := re.match(r"    (GET|POST|PUT|PATCH|DELETE) (/\S*)", line):
            request = m[1] + " " + m[2]
        elif m := re.match(r"[+-]ve +Scenario: (.*) has FAILED$", line):
            name, block = line, []
        elif name and line.startswith("-----"):
            said = [l.strip() for l in block if re.match(r"\s*(>> |R\d+:|Expected|Specification expected)", l)]
            # The request tells generated tests of one name apart: its values are replaced by their kinds.
            sent = re.sub(r"\b[A-Z]{3,}\b(?!\w* /)", "TEXT", request.partition("?")[2])
            found.add(" | ".join([values_out(name), re.sub(r"\d+", "N", sent), *(re.sub(r"\d[\d.E]*", "N", s) for s in said)]))
            name = None
        elif name:
            block.append(line)
        if line.startswith("Tests run:"):
            break
    return wall, found


collection = {}


def portman(folder, config, address):
    import yaml
    keys = re.findall(r"sandbox_[0-9a-f]{32}", config.read_text())
    plain("portman", folder, config)
    if not collection:
        took, _ = run(folder, [
            bins / "portman", "-l", "openapi.yaml", "-b", "http://target.invalid", "-c", "portman.json", "-s", "postman.json", "-o",
            "collection.json", "-t"])
        subprocess.run([python, here / "strip.py", folder / "collection.json"], check=True)
        collection.update(text=(folder / "collection.json").read_text(), keys=keys, took=took)
    text = collection["text"].replace("http://target.invalid", address)
    for old, new in zip(collection["keys"], keys):
        text = text.replace(old, new)
    (folder / "collection.json").write_text(text)
    wall, _ = run(folder, [bins / "newman", "run", "collection.json", "-r", "junit", "--reporter-junit-export", "report.xml"])
    found = set()
    for suite in ET.parse(folder / "report.xml").getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            for failure in [*case.iter("failure"), *case.iter("error")]:
                said = values_out(failure.get("message") or "").split("\n")[0][:120]
                found.add(f"{suite.get('name')} | {case.get('name')} | {said}")
    (folder / "collection.json").unlink()
    # The collection is made once and then run again and again; who runs it once pays for both.
    return wall + collection["took"], found


kinds = {
    "conformance": ours, "conformance, one key": lambda *a: ours(*a, one_key=True), "schemathesis": schemathesis,
    "specmatic": specmatic, "portman": portman,
}


def version(tool):
    if tool.startswith("conformance"):
        return subprocess.run(["git", "-C", root, "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    if tool == "schemathesis":
        return subprocess.run([tools / "st/bin/schemathesis", "--version"], capture_output=True, text=True).stdout.split()[-1]
    package = {"specmatic": "specmatic", "portman": "@apideck/portman"}[tool]
    return json.load(open(tools / f"npm/node_modules/{package}/package.json"))["version"]


def judge(tool, folder, fault=None, counted=False):
    """Runs the tool once against a fresh sandbox; how long it took, what it reported and, if counted, how many requests arrived."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "died.txt").unlink(missing_ok=True)
    with sandbox(folder, fault) as config:
        if not counted and tool != "specmatic":  # which needs count.mjs for its paths
            return *kinds[tool](folder, config, f"http://127.0.0.1:{port}/api/v1"), 0
        count = folder / "requests.txt"
        with running("node", here / "count.mjs", port + 1, port, count):
            time.sleep(0.5)
            wall, found = kinds[tool](folder, config, f"http://127.0.0.1:{port + 1}/api/v1")
        return wall, found, int(count.read_text())


summary, found_by, controls = [], collections.defaultdict(dict), []
for tool in wanted:
    noise, walls, requests, sizes = set(), [], 0, []
    for i in range(CLEAN):
        folder = work / tool.replace(", ", "-").replace(" ", "-") / f"clean{i}"
        wall, found, sent = judge(tool, folder, counted=i == 0)
        if i == 0:
            requests = sent
        else:
            walls.append(wall)
        if i == CLEAN - 1:
            controls.append(f"{tool}: {len(found - noise)}")
        noise |= found
        sizes.append(len(found))
        (folder / "found.txt").write_text("\n".join(sorted(found)))
        print(tool, "clean", i, len(found), f"{wall:.1f} s", file=sys.stderr, flush=True)
    for name, *_ in faults:
        folder = work / tool.replace(", ", "-").replace(" ", "-") / re.sub(r"[^\w.-]", "_", name)
        try:
            wall, found, _ = judge(tool, folder, name)
        except (OSError, ET.ParseError, json.JSONDecodeError) as e:  # a tool that dies of a fault did not find it; the cause is kept
            wall, found = 0, set()
            (folder / "died.txt").write_text(repr(e))
        new = sorted(found - noise)
        (folder / "new.txt").write_text("\n".join(new))
        found_by[name][tool] = len(new)
        print(tool, name, len(new), f"{wall:.1f} s", *new[:1], file=sys.stderr, flush=True)
    wall = min(walls)
    summary.append([tool, version(tool), f"{wall:.1f} s", str(requests), f"{requests / wall:.0f}", f"{min(sizes)}–{max(sizes)}",
                    f"{sum(found_by[f[0]][tool] > 0 for f in faults)} of {len(faults)}"])
    json.dump({"summary": summary, "found": found_by}, open(work / "partial.json", "w"))

print("| tool | version | wall time, clean | requests | requests/s | reported on the clean sandbox | faults found |")
print("|---|---|--:|--:|--:|--:|--:|")
for row in summary:
    print("| " + " | ".join(row) + " |")
print("\nNew in the last clean run, beside the ones before it (0 is a tool that repeats itself): " + "; ".join(controls) + "\n")
print("| fault | situation | " + " | ".join(wanted) + " |")
print("|---|---|" + ":-:|" * len(wanted))
for name, situation, _ in faults:
    print(f"| `{name}` | {situation} | " + " | ".join("found" if found_by[name][t] else "·" for t in wanted) + " |")
