"""That documentation, alerts and dashboard name the metrics that the program counts, and their labels."""

import json
import re
import subprocess
import tempfile
import time
import urllib.request

import yaml


def check_metrics(report):
    counted = of_source(report.root)
    documented = of_page(report.root / "docs/metrics.md")
    faults = [f"{name} is counted, and docs/metrics.md does not say so" for name in counted.keys() - documented.keys()]
    faults += [f"{name} is documented, and nobody counts it" for name in documented.keys() - counted.keys()]
    for name in documented.keys() & counted.keys():
        if documented[name] != counted[name]:
            faults.append(f"{name} has the labels {sorted(counted[name])}, docs/metrics.md says {sorted(documented[name])}")
    report.check("docs/metrics.md by the source", faults)

    rules = yaml.safe_load((report.deploy / "prometheus/rules.yaml").read_text())
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    report.check("deploy/prometheus/rules.yaml by the source", [
        fault for rule in alerts for fault in unknown(rule["alert"], rule["expr"], counted)
    ])
    page = (report.root / "docs/operations.md").read_text()
    faults = [f"{rule['alert']} does not say what to do" for rule in alerts if not rule["annotations"].get("action")]
    faults += [f"{rule['alert']} is not in docs/operations.md" for rule in alerts if f"`{rule['alert']}`" not in page]
    names = {rule["alert"] for rule in alerts}
    faults += [f"{name} is in docs/operations.md alone" for name in set(re.findall(r"`(Botica[A-Z]\w+)`", page)) - names]
    report.check("deploy/prometheus/rules.yaml: what to do", faults)

    board = json.loads((report.deploy / "grafana/botica.json").read_text())
    report.check("deploy/grafana/botica.json by the source", list(on_board(board, counted)))

    if report.botica:
        live = of_process(report.botica)
        report.check("GET /metrics of a running botica", [f"{name} is not in the source" for name in live - set(counted)])
    else:
        report.leave_out("GET /metrics of a running botica", "there is no built botica; BOTICA can name one")


def of_source(root):
    """Name → labels of all that is counted, by the source of the program."""
    texts = [path.read_text() for path in sorted(root.glob("crates/*/src/**/*.rs"))]
    constants = lambda text: dict(re.findall(r'const (\w+): &str = "(botica_\w+)"', text))
    everywhere = constants("\n".join(texts))
    counted = {}
    for text in texts:
        # Two files may each have a constant of one name.
        names = everywhere | constants(text)
        for call in re.finditer(r"\b(?:counter|gauge|histogram)!\(", text):
            inside = arguments(text, call.end())
            first = inside.split(",")[0].strip()
            name = first.strip('"') if first.startswith('"') else names.get(first.split("::")[-1])
            if name and name.startswith("botica_"):
                counted.setdefault(name, set()).update(re.findall(r'"(\w+)" =>', inside))
    return counted


def arguments(text, start):
    """What is between the bracket that opened before `start` and the one that closes it."""
    depth = 1
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return text[start:at]
    return text[start:]


def of_page(path):
    """Name → labels of what the page documents."""
    row = re.compile(r"^\| `(botica_\w+)` \|([^|]*)\|", re.M)
    # A label's values come after its colon.
    labels = lambda cell: set(re.findall(r"`(\w+)`", re.sub(r": (`\w+`(, )?)+", " ", cell)))
    return {name: labels(cell) for name, cell in row.findall(path.read_text())}


def unknown(subject, expression, counted):
    for name, selector in re.findall(r"\b(botica_\w+)(?:\{([^}]*)\})?", expression):
        # A histogram's parts.
        base = name if name in counted else re.sub(r"_(bucket|sum|count)$", "", name)
        if base not in counted:
            yield f"{subject}: nobody counts {name}"
        else:
            # Those that Prometheus adds itself.
            for label in set(re.findall(r"(\w+)\s*[=!]", selector)) - counted[base] - {"job", "instance", "le"}:
                yield f"{subject}: {name} has no label {label}"


def on_board(board, counted):
    ids = [panel["id"] for panel in board["panels"]]
    if len(ids) != len(set(ids)):
        yield "two panels have one id"
    for panel in board["panels"]:
        if panel["type"] == "row":
            continue
        if not panel.get("description"):
            yield f"{panel['title']} has no description"
        for target in panel["targets"]:
            yield from unknown(panel["title"], target["expr"], counted)


def of_process(botica):
    """The names at /metrics of a process that has nothing to do but this."""
    with tempfile.TemporaryDirectory() as folder:
        command = [botica, "serve", "--listen", "127.0.0.1:0", "--data-dir", f"{folder}/data"]
        log = open(f"{folder}/log", "w+")
        process = subprocess.Popen(command, stdout=log, stderr=log, env={})
        try:
            deadline = time.monotonic() + 30
            while True:
                text = open(f"{folder}/log").read()
                found = re.search(r"listening address=(\S+)", text)
                if found:
                    break
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"botica does not start:\n{text}")
                time.sleep(0.1)
            # Twice: the first request is counted once it was answered.
            for path in ("/health/ready", "/metrics"):
                answer = urllib.request.urlopen(f"http://{found[1]}{path}", timeout=10).read().decode()
            names = re.findall(r"^# TYPE (\w+)", answer, re.M)
            return {name for name in names if name.startswith("botica_")}
        finally:
            process.terminate()
            process.wait(timeout=15)
            log.close()
