# SPDX-License-Identifier: MIT
"""Makes doc/report.png, the picture of a report for the README, of the made-up newspaper: tests/page/picture.py [FILE]

Needs pngquant besides what the tests need: a page has few colours, and a palette makes a third of the bytes."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from browser import Browser  # noqa: E402
from real_tests import made  # noqa: E402

WIDTH = 1080


def main():
    target = sys.argv[1] if len(sys.argv) > 1 else "doc/report.png"
    browser = Browser()
    browser.cdp("Emulation.setDeviceMetricsOverride", width=WIDTH, height=900, deviceScaleFactor=1, mobile=False)
    browser.media("light")
    folder = made(browser)
    browser.open_file(folder + "/report.html", "#documents/cluster-1/1")
    # What matters on one page: a few clusters, a few members, without warnings and matrix.
    browser.js("document.activeElement.blur();"
               "document.querySelectorAll('.warnings, [aria-labelledby=sources-document]').forEach(e => e.remove());"
               "[...document.querySelectorAll('.cluster')].slice(4).forEach(c => c.remove());"
               "[...document.querySelectorAll('.member')].slice(4).forEach(c => c.remove())")
    height = browser.js("return document.querySelector('.clusters').getBoundingClientRect().bottom + scrollY")
    browser.picture(folder + "/report.png", WIDTH, height)
    subprocess.run(["pngquant", "--force", "--strip", "--speed", "1", "128", "--output", os.path.abspath(target), folder + "/report.png"], check=True)
    browser.close()
    print(f"{target}: {os.path.getsize(target)} bytes")


main()
