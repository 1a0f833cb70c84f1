# SPDX-License-Identifier: MIT
"""How long the page of a report with 10 000 clusters takes to open and to filter, in milliseconds: medians of five.
`make bench-page` runs it; it passes no judgement."""
import statistics

from browser import Browser
from use_tests import filtered

browser = Browser()
try:
    times = []
    for _ in range(5):
        browser.open("large")
        ready = browser.js("return performance.getEntriesByType('navigation')[0].domComplete")
        times.append((ready, filtered(browser, "doc-09999"), filtered(browser, "doc-08")))
finally:
    browser.close()
for what, values in zip(("open", "first filter", "next filter"), zip(*times)):
    print(f"page of 10 000 clusters, {what:12} {statistics.median(values):6.0f} ms")
