# SPDX-License-Identifier: MIT
"""Chromium without a window, and what the tests ask of it."""
import base64
import json
import os
import shutil
import subprocess
import tempfile
import time

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

import data

# How long a test waits for what must happen: it ends a hang, and says nothing about speed.
WATCHDOG_SECONDS = 600
BUILD = os.path.abspath(os.environ.get("BUILD", "build"))


class Browser:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="neardup-page-")
        options = Options()
        # No address resolves: what tries to load something fails, and is seen.
        for argument in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--window-size=1280,900",
                         "--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir=" + self.folder.name + "/profile", "--no-first-run",
                         "--disable-background-networking", "--disable-component-update", "--force-color-profile=srgb"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = self.start(options)
        self.driver.set_script_timeout(WATCHDOG_SECONDS)
        self.made = {}

    @staticmethod
    def start(options):
        """With the sandbox where that is possible: not as root, and not in containers without user namespaces."""
        service = Service(shutil.which("chromedriver"))
        if os.geteuid() != 0:
            try:
                return webdriver.Chrome(service=service, options=options)
            except WebDriverException:
                service = Service(shutil.which("chromedriver"))
        options.add_argument("--no-sandbox")
        return webdriver.Chrome(service=service, options=options)

    def close(self):
        self.driver.quit()
        self.folder.cleanup()

    # ---- pages ----

    def make(self, name, kind="report"):
        """The page of the data of that name; its path."""
        if name not in self.made:
            content = getattr(data, name)() if isinstance(name, str) else name[1]()
            path = os.path.join(self.folder.name, f"{len(self.made)}.html")
            with open(path, "wb") as out:
                subprocess.run([BUILD + "/tests/page/make_page", kind, "test"], input=data.dump(content), stdout=out, check=True)
            self.made[name] = (path, content)
        return self.made[name]

    def open(self, name, fragment="", kind="report"):
        path, content = self.make(name, kind)
        self.open_file(path, fragment)
        return content

    def open_file(self, path, fragment=""):
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get("file://" + os.path.abspath(path) + fragment)
        self.opened = "file://" + os.path.abspath(path)

    def complaints(self):
        """What the console says, and requests for anything but the page itself."""
        bad = [entry["message"] for entry in self.driver.get_log("browser")]
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if url.split("#")[0] != self.opened:
                    bad.append("request: " + url)
        return bad

    # ---- how it is shown ----

    def cdp(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    def phone(self):
        self.cdp("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=2, mobile=True)

    def desktop(self):
        self.cdp("Emulation.clearDeviceMetricsOverride")

    def media(self, scheme="light", kind=""):
        self.cdp("Emulation.setEmulatedMedia", media=kind, features=[{"name": "prefers-color-scheme", "value": scheme},
                                                                  {"name": "prefers-reduced-motion", "value": "reduce"}])

    def picture(self, path, width, height):
        shot = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                        clip={"x": 0, "y": 0, "width": width, "height": height, "scale": 1})
        with open(path, "wb") as out:
            out.write(base64.b64decode(shot["data"]))

    # ---- elements ----

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def all(self, selector):
        return self.js("return [...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility())", selector)

    def one(self, selector):
        found = self.all(selector)
        assert found, "not shown: " + selector
        return found[0]

    def text(self, selector):
        return self.one(selector).text

    def by_id(self, name):
        return self.driver.find_element(By.ID, name)

    def click(self, element):
        if isinstance(element, str):
            element = self.one(element)
        self.js("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def until(self, what, condition):
        end = time.monotonic() + WATCHDOG_SECONDS
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.02)
        raise AssertionError("did not happen: " + what)

    def focused(self):
        return self.driver.switch_to.active_element
