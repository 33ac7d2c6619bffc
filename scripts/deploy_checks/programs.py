"""What the programs that read the files say of them."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from report import environment_file

ROLES = ["backend", "publisher", "consumer"]


def check_units(report):
    folder = report.deploy / "systemd"
    for role in ROLES:
        environment = environment_file(folder / f"{role}.env")
        secrets = (folder / f"botica@{role}.service.d/secrets.conf").read_text()
        environment |= dict(re.findall(r"^Environment=(\w+)=(.*)$", secrets, re.M))
        report.check_environment(f"deploy/systemd/{role}.env", environment)
        loaded = set(re.findall(r"^LoadCredential=([^:]+):", secrets, re.M))
        read = set(re.findall(r"^Environment=\w+=%d/(.*)$", secrets, re.M))
        report.check(
            f"deploy/systemd/botica@{role}.service.d",
            [f"{name} is loaded and not read, or read and not loaded" for name in loaded ^ read],
        )
    with tempfile.TemporaryDirectory() as place:
        # The program need not be installed where the unit says.
        program = Path(place) / "botica"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        for role in ROLES:
            unit = Path(place) / f"botica@{role}.service"
            unit.write_text(
                (folder / "botica@.service").read_text().replace("/usr/local/bin/botica", str(program))
            )
            shutil.copytree(folder / f"{unit.name}.d", Path(place) / f"{unit.name}.d")
            command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit)]
            report.run(f"deploy/systemd/botica@{role}.service by systemd", command)


def check_cloud_init(report):
    made = subprocess.run(
        [sys.executable, report.deploy / "cloud-init/make", "--check"], capture_output=True, text=True, timeout=30, check=False
    )
    report.check("deploy/cloud-init: user data is made of the files beside it", [made.stderr] if made.returncode else [])
    for file in sorted((report.deploy / "cloud-init").glob("*.yaml")):
        report.run(f"{report.name(file)} by cloud-init", ["cloud-init", "schema", "--config-file", str(file)])


def certificate(folder):
    """A certificate and its key, together and apart."""
    both, cert, key = (Path(folder) / name for name in ("both.pem", "certificate.pem", "key.pem"))
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-subj", "/CN=localhost", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    both.write_text(cert.read_text() + key.read_text())
    return both


def check_proxies(report):
    path = os.environ["PATH"] + ":/usr/sbin"
    os.environ["PATH"] = path
    if not shutil.which("openssl"):
        report.leave_out("deploy/haproxy and deploy/nginx", "openssl is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        both = certificate(folder)
        servers = {name: f"127.0.0.1:{port}" for port, name in enumerate(
            ("PUBLISHER_1", "PUBLISHER_2", "BACKEND_1", "BACKEND_2"), 18101)}
        report.run(
            "deploy/haproxy/haproxy.cfg by HAProxy",
            ["haproxy", "-c", "-f", str(report.deploy / "haproxy/haproxy.cfg")],
            env={**os.environ, **servers, "CERTIFICATE": str(both)},
        )
        site = Path(folder) / "botica.conf"
        text = (report.deploy / "nginx/botica.conf").read_text()
        site.write_text(text.replace("/etc/botica/tls/", f"{folder}/"))
        whole = Path(folder) / "nginx.conf"
        whole.write_text(f"pid {folder}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{ access_log off; include {site}; }}\n")
        report.run("deploy/nginx/botica.conf by nginx", ["nginx", "-t", "-q", "-c", str(whole), "-p", folder])
        # Both must keep figures from strangers, and send orders that are placed to publishers.
        for file in ("haproxy/haproxy.cfg", "nginx/botica.conf"):
            text = (report.deploy / file).read_text()
            words = ["/metrics", "/publish_order", "/orders/stream", "X-Forwarded-For"]
            report.check(f"deploy/{file}: what it must know", [f"no {word}" for word in words if word not in text])


def check_prometheus(report):
    folder = report.deploy / "prometheus"
    report.run("deploy/prometheus by Prometheus", ["promtool", "check", "config", str(folder / "prometheus.yml")])
    report.run("deploy/prometheus: the tests of its rules", ["promtool", "test", "rules", str(folder / "rules.test.yaml")])
    # What a dashboard asks is only seen to be wrong by who looks at it; as rules, Prometheus reads it here.
    board = json.loads((report.deploy / "grafana/botica.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    rules = [{"record": f"asked:{number}", "expr": one} for number, one in enumerate(asked)]
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "asked.json"
        file.write_text(json.dumps({"groups": [{"name": "board", "rules": rules}]}))
        report.run("deploy/grafana/botica.json by Prometheus", ["promtool", "check", "rules", str(file)])
