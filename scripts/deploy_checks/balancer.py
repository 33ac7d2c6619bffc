"""What HAProxy does with a request that was sent to a server and not answered: of each two servers, one hangs up."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from programs import certificate

OK = b"HTTP/1.1 %s\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"

# Body, headers, path, and whether another server may be asked.
CASES = {
    "an order with an id": ({"lines": [], "id": "a"}, {}, "/orders", True),
    "an order with a key": ({"lines": []}, {"Idempotency-Key": "k"}, "/orders", True),
    "an order of the older route": ({"lines": [], "id": "a"}, {}, "/publish_order", True),
    "an order with neither": ({"lines": []}, {}, "/orders", False),
    "an order whose line has an id": ({"lines": [{"id": "a"}]}, {}, "/orders", False),
    "a delivery": ({"id": "a"}, {"Idempotency-Key": "k"}, "/orders/1/deliver", False),
}


def check_balancer(report):
    subject = "deploy/haproxy/haproxy.cfg: what was not answered is sent again where that is safe"
    if not shutil.which("haproxy") or not shutil.which("openssl"):
        report.leave_out(subject, "haproxy or openssl is not installed")
        return
    servers = {"PUBLISHER_1": False, "PUBLISHER_2": True, "BACKEND_1": False, "BACKEND_2": True}
    given = {name: f"127.0.0.1:{serve(answers)}" for name, answers in servers.items()}
    port = free_port()
    text = (report.deploy / "haproxy/haproxy.cfg").read_text()
    text = text.replace("bind :8443", f"bind 127.0.0.1:{port}").replace("bind :8080", f"bind 127.0.0.1:{free_port()}")
    text = text.replace("127.0.0.1:8404", f"127.0.0.1:{free_port()}").replace("maxconn 8000", "maxconn 100")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "haproxy.cfg"
        file.write_text(text)
        environment = {**os.environ, **given, "CERTIFICATE": str(certificate(folder))}
        log = subprocess.DEVNULL
        haproxy = subprocess.Popen(["haproxy", "-db", "-f", str(file)], env=environment, stdout=log, stderr=log)
        try:
            report.check(subject, list(faults(port)))
        finally:
            haproxy.terminate()
            haproxy.wait(timeout=40)


def faults(port):
    deadline = time.monotonic() + 20
    while True:
        try:
            post(port, "/orders", {"id": "a"}, {})
            break
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                yield "HAProxy does not listen"
                return
            time.sleep(0.1)
    for name, (body, headers, path, is_safe) in CASES.items():
        # They are asked in turn, so four requests meet both.
        answers = [post(port, path, body, headers) for _ in range(4)]
        if is_safe and answers != [202] * 4:
            yield f"{name} was answered with {answers}, although another server was there"
        if not is_safe and 502 not in answers:
            yield f"{name} was sent again, although it may have been done"


def post(port, path, body, headers):
    data = json.dumps(body).encode()
    request = urllib.request.Request(f"https://127.0.0.1:{port}{path}", data=data, headers=headers, method="POST")
    try:
        # The certificate was made a moment ago, by us.
        return urllib.request.urlopen(request, context=ssl._create_unverified_context(), timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def serve(answers):
    """A server that is ready, and answers what it is asked, or hangs up. Its port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=50)

    def meet(client):
        with client:
            head = client.recv(65536)
            if head.startswith(b"GET /health/ready"):
                client.sendall(OK % b"200 OK")
            elif answers:
                while b"}" not in head:
                    head += client.recv(65536)
                client.sendall(OK % b"202 Accepted")

    def run():
        while True:
            threading.Thread(target=meet, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=run, daemon=True).start()
    return listener.getsockname()[1]
