"""Chromium for tests, controlled over the WebDriver protocol."""

from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from typing import Any

import urllib3

CHROMEDRIVER = shutil.which("chromedriver")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-proxy-server",
    "--force-prefers-reduced-motion",
]
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """A Chromium window with a fresh profile; close it after use."""

    def __init__(self) -> None:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._driver = subprocess.Popen([str(CHROMEDRIVER), f"--port={port}"], stdout=subprocess.DEVNULL)
        self._pool = urllib3.PoolManager(retries=urllib3.Retry(connect=20, backoff_factor=0.05), timeout=60)
        self._url = f"http://127.0.0.1:{port}"
        options = {"binary": CHROMIUM, "args": [*_FLAGS, f"--user-data-dir={self._profile.name}"]}
        capabilities = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        try:
            session = self._send("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        except BaseException:
            self._driver.kill()
            raise
        self._url += f"/session/{session['sessionId']}"

    def open(self, url: str) -> None:
        """Open a page, and wait until it is painted: Chromium may drop a key or a click that comes earlier."""
        self._send("POST", "/url", {"url": url})
        self.wait(lambda: self.run("return performance.getEntriesByName('first-paint').length"))

    def leave(self) -> None:
        """Leave the page."""
        self._send("POST", "/url", {"url": "about:blank"})

    def run(self, script: str, *arguments: object) -> Any:
        """Run a script in the page, and return what it returns."""
        return self._send("POST", "/execute/sync", {"script": script, "args": arguments})

    def click(self, selector: str) -> None:
        self._send("POST", f"/element/{self._find(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        self._send("POST", f"/element/{self._find(selector)}/value", {"text": text})

    def press(self, key: str) -> None:
        """Press a key, which the focused element receives."""
        actions = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self._send("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def accept_dialog(self) -> None:
        self._send("POST", "/alert/accept", {})

    def text(self, selector: str) -> str:
        """Return the text of the first element that matches; empty if there is none."""
        return str(self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector))

    def wait(self, condition: Callable[[], object], timeout: float = 10) -> None:
        """Wait until a condition is true."""
        end = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < end, "the page did not change in time"
            time.sleep(0.02)

    def wait_for_text(self, selector: str, text: str) -> None:
        self.wait(lambda: text in self.text(selector))

    def display(self, width: int, height: int, scheme: str) -> None:
        """Set the size of the viewport, and the color scheme: ``light`` or ``dark``."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._devtools("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._devtools("Emulation.setEmulatedMedia", {"features": features})

    def screenshot(self) -> bytes:
        return base64.b64decode(self._send("GET", "/screenshot"))

    def console(self) -> list[str]:
        """Return the messages of the console, violations of the content security policy included."""
        return [entry["message"] for entry in self._send("POST", "/se/log", {"type": "browser"})]

    def wait_for_console(self) -> list[str]:
        """Wait for the first messages of the console, which may arrive after the change of the page; return them."""
        messages: list[str] = []
        self.wait(lambda: messages.extend(self.console()) or messages)
        return messages

    def accessibility_tree(self) -> list[dict[str, Any]]:
        """Return the nodes that screen readers see."""
        nodes = self._devtools("Accessibility.getFullAXTree", {})["nodes"]
        return [node for node in nodes if not node["ignored"]]

    def close(self) -> None:
        self._send("DELETE", "")
        self._driver.terminate()
        self._driver.wait()
        self._pool.clear()
        self._profile.cleanup()

    def _find(self, selector: str) -> str:
        found = self._send("POST", "/element", {"using": "css selector", "value": selector})
        return str(found[_ELEMENT])

    def _devtools(self, command: str, parameters: dict[str, Any]) -> Any:
        return self._send("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def _send(self, method: str, path: str, body: object = None) -> Any:
        response = self._pool.request(method, self._url + path, json=body)
        value = response.json()["value"]
        assert response.status == 200, value["message"]
        return value
