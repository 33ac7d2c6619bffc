"""What was found, and the program and the settings that are asked about."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path


class Report:
    def __init__(self, root):
        self.root = root
        self.deploy = root / "deploy"
        self.passed, self.wrong, self.left_out = 0, 0, []
        example = (root / ".env.example").read_text()
        self.settings = set(re.findall(r"^#([A-Z][A-Z0-9_]*)=", example, re.M))
        self.botica = self._program()

    def _program(self):
        target = Path(os.environ.get("CARGO_TARGET_DIR", self.root / "target"))
        named = os.environ.get("BOTICA")
        for path in [Path(named)] if named else [target / "debug/botica", target / "release/botica"]:
            if path.exists():
                return path.resolve()
        return None

    def name(self, path):
        return str(Path(path).relative_to(self.root))

    def check(self, subject, faults):
        """`faults`: what is wrong with the subject; nothing, if it is well."""
        faults = list(faults)
        if faults:
            self.wrong += 1
            for fault in faults:
                print(f"WRONG     {subject}: {fault}")
        else:
            self.passed += 1
            print(f"ok        {subject}")

    def leave_out(self, subject, why):
        self.left_out.append(f"{subject}: {why}")

    def run(self, subject, command, **options):
        """Runs a program that judges, and takes its word for it. Left out where it is not installed."""
        if not shutil.which(command[0]):
            self.leave_out(subject, f"{Path(command[0]).name} is not installed")
            return
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False, **options
        )
        self.check(subject, [done.stdout.strip() or f"ended with {done.returncode}"] if done.returncode else [])

    def check_environment(self, subject, environment, role=None):
        """That each name is a setting, and that the program starts on the values."""
        faults = [f"{name} is no setting of Botica" for name in environment if name not in self.settings]
        if self.botica and not faults:
            with tempfile.TemporaryDirectory() as folder:
                given = dict(environment)
                for name, url in [("DATABASE_URL", "postgres://b:x@db/b"), ("AMQP_URL", "amqp://b:x@mq:5672/%2f")]:
                    if f"{name}_FILE" in given:
                        file = Path(folder) / name
                        file.write_text(url)
                        given[f"{name}_FILE"] = str(file)
                command = [self.botica, "config", "show", *(["--role", role] if role else [])]
                done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=30, check=False)
                if done.returncode:
                    faults.append(done.stderr.strip())
        self.check(subject, faults)

    def close(self):
        if not self.botica:
            self.leave_out("values of settings", "there is no built botica; BOTICA can name one")
        for line in self.left_out:
            print(f"left out  {line}")
        print(f"\ndeploy: {self.passed} well, {self.wrong} wrong, {len(self.left_out)} left out")
        return 1 if self.wrong or (self.left_out and os.environ.get("BOTICA_REQUIRE_SERVICES") == "1") else 0


def environment_file(path):
    """The settings of an environment file."""
    lines = (line.strip() for line in path.read_text().splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def is_pinned(image):
    """Whether an image has a tag that says a version down to the patch, or a digest."""
    return "@sha256:" in image or re.search(r":v?\d+\.\d+(\.\d+)?([.-]|$)", image) is not None
