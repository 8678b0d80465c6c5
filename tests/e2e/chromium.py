"""A headless Chromium, spoken to over a pipe in its own protocol: no driver, no port."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PAGE_EVENTS = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded",
               "Network.requestWillBeSent")


class Chromium:
    def __init__(self):
        program = shutil.which("chromium")
        assert program, "chromium is not installed"
        self.profile = tempfile.mkdtemp(prefix="mg-chromium.")
        to_browser, self.to_browser = os.pipe()
        self.from_browser, from_browser = os.pipe()
        # Chromium listens on descriptor 3 and answers on 4
        shell = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        self.process = subprocess.Popen(
            ["bash", "-c", shell, "-", program, "--headless=new", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
             "--remote-debugging-pipe", f"--user-data-dir={self.profile}", "about:blank"],
            pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ,
                                                                          HOME=self.profile))
        os.close(to_browser)
        os.close(from_browser)
        self.number, self.buffer, self.events = 0, b"", []

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.to_browser)
        os.close(self.from_browser)
        shutil.rmtree(self.profile, ignore_errors=True)

    def receive(self, end):
        """The next message."""
        while b"\0" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.from_browser], [], [], left)[0]:
                raise TimeoutError("chromium does not answer")
            part = os.read(self.from_browser, 1 << 16)
            if not part:
                raise ConnectionError("chromium has gone")
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, timeout=60, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to_browser, data):]
        end = time.monotonic() + timeout
        while True:
            answer = self.receive(end)
            if answer.get("id") == self.number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer)


class Tab:
    """One page; what it loaded and what it complained of is in `loaded` and `complaints`."""

    def __init__(self, browser, width, scheme="light", media="screen"):
        self.browser = browser
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target,
                                    flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900,
                  deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def call(self, method, **params):
        return self.browser.call(method, session=self.session, **params)

    def open(self, path):
        self.browser.events.clear()
        answer = self.call("Page.navigate", url="file://" + path)
        assert "errorText" not in answer, answer
        end = time.monotonic() + 60
        while not any(e.get("method") == "Page.loadEventFired" and
                      e.get("sessionId") == self.session for e in self.browser.events):
            self.browser.events.append(self.browser.receive(end))

    def run(self, script):
        """The value of a JavaScript expression; promises are awaited."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True,
                           returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def pdf(self):
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True,
                                          preferCSSPageSize=True, paperWidth=8.27,
                                          paperHeight=11.69)["data"])

    def events(self):
        return [e for e in self.browser.events
                if e.get("sessionId") == self.session and e.get("method") in PAGE_EVENTS]

    @property
    def loaded(self):
        return [e["params"]["request"]["url"] for e in self.events()
                if e["method"] == "Network.requestWillBeSent"]

    @property
    def complaints(self):
        return [e for e in self.events() if e["method"] != "Network.requestWillBeSent"]

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
