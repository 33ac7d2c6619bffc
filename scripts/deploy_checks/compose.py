"""The image and the Compose files."""

import json
import re
import subprocess
import sys
from pathlib import Path

import yaml
from report import environment_file, is_pinned


def check_image(report):
    faults = []
    text = (report.deploy / "Dockerfile").read_text()
    instructions = re.sub(r"\\\n", " ", text).splitlines()
    images = [line.split()[1] for line in instructions if line.startswith("FROM ")]
    faults += [f"{image} is not pinned" for image in images if not is_pinned(image)]
    ignored = (report.root / ".dockerignore").read_text().splitlines()
    for line in instructions:
        if line.startswith("COPY ") and "--from=" not in line:
            for source in line.split()[1:-1]:
                top = source.split("/")[0]
                if not (report.root / source).exists():
                    faults.append(f"{source} is copied, and is not there")
                if f"!{top}" not in ignored:
                    faults.append(f"{source} is copied, and .dockerignore keeps it out")
    least = re.search(r'^rust-version = "(.+)"', (report.root / "Cargo.toml").read_text(), re.M)[1]
    rust = next(re.search(r":([\d.]+)", image)[1] for image in images if image.startswith("rust:"))
    if [int(part) for part in rust.split(".")] < [int(part) for part in least.split(".")]:
        faults.append(f"Rust {rust} is older than {least}, which Cargo.toml wants")
    users = [line for line in instructions if line.startswith("USER ")]
    if not users or users[-1].split()[1].split(":")[0] in ("0", "root"):
        faults.append("it runs as root")
    health = next((line for line in instructions if line.startswith("HEALTHCHECK ")), None)
    if health is None:
        faults.append("it has no HEALTHCHECK")
    elif report.botica:
        command = json.loads(health[health.index("[") :])
        done = subprocess.run(
            [report.botica, *command[1:], "--help"], capture_output=True, text=True, timeout=30, check=False
        )
        if done.returncode:
            faults.append(f"botica does not know the command of its HEALTHCHECK: {done.stderr.strip()}")
    report.check("deploy/Dockerfile", faults)


def check_compose(report):
    for file in sorted([report.deploy / "compose.yaml", *report.deploy.glob("*/compose.yaml")]):
        checker = [str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema", "vendor.compose-spec"]
        report.run(f"{report.name(file)} by the Compose specification", [*checker, str(file)])
        content = yaml.safe_load(file.read_text())
        report.check(f"{report.name(file)}: what it names is there", list(dangling(file, content)))
        for name, service in content["services"].items():
            if is_botica(service):
                environment = {}
                for path in listed(service.get("env_file")):
                    environment |= environment_file(file.parent / path)
                environment |= given(service.get("environment", {}))
                report.check_environment(f"{report.name(file)}: settings of {name}", environment)


def is_botica(service):
    return "botica:" in service.get("image", "")


def listed(value):
    return [value] if isinstance(value, str) else value or []


def given(environment):
    """Values as they are when the shell has none of its own; none at all where only the shell can give one."""
    default = re.compile(r"\$\{\w+(?::-([^}]*))?\}")
    return {
        name: default.sub(lambda match: match[1] or "", str(value))
        for name, value in environment.items()
        if value is not None
    }


def dangling(file, content):
    declared = {kind: set(content.get(kind, {})) for kind in ("services", "networks", "volumes", "secrets")}
    for name, service in content["services"].items():
        image = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", service["image"])
        if not is_pinned(image):
            yield f"{name}: {image} is not pinned"
        if "healthcheck" not in service and not is_botica(service) and not service.get("profiles"):
            yield f"{name} has no health check"
        if is_botica(service) and not any(one.startswith("/tmp") for one in service.get("tmpfs", [])):
            environment = given(service.get("environment", {}))
            for path in listed(service.get("env_file")):
                environment |= environment_file(file.parent / path)
            if service.get("read_only") and "backend" in environment["BOTICA_ROLE"] and "command" not in service:
                yield f"{name} can't write tables for spreadsheets: it has no /tmp"
        if "restart" not in service:
            yield f"{name} is not started again when it ends"
        if "limits" not in service.get("deploy", {}).get("resources", {}):
            yield f"{name} has no limits"
        for other in service.get("depends_on", {}):
            if other not in declared["services"]:
                yield f"{name} depends on {other}, which is not there"
        for network in service.get("networks", []):
            if network not in declared["networks"]:
                yield f"{name} is in the network {network}, which is not there"
        for path in listed(service.get("env_file")):
            if not (file.parent / path).exists():
                yield f"{name} reads {path}, which is not there"
        secrets = [s if isinstance(s, str) else s["source"] for s in service.get("secrets", [])]
        for secret in secrets:
            if secret not in declared["secrets"]:
                yield f"{name} is given the secret {secret}, which is not there"
        for source in (volume.split(":")[0] for volume in service.get("volumes", [])):
            if source.startswith("."):
                if not (file.parent / source).exists():
                    yield f"{name} mounts {source}, which is not there"
            elif source not in declared["volumes"]:
                yield f"{name} mounts {source}, which is not there"
        for value in given(service.get("environment", {}) if isinstance(service.get("environment"), dict) else {}).values():
            if value.startswith("/run/secrets/") and value.removeprefix("/run/secrets/") not in secrets:
                yield f"{name} reads {value}, and is given no such secret"
