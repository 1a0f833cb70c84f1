# SPDX-License-Identifier: MIT
"""Opens pages and uses them as a person would. Each function test_* is a test; names as arguments run only those."""
import os
import signal
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import data  # noqa: E402
import hostile_tests  # noqa: E402
import reach_tests  # noqa: E402
import real_tests  # noqa: E402
import title_tests  # noqa: E402
import use_tests  # noqa: E402
from browser import Browser  # noqa: E402


def passes(browser, name, test):
    start = time.monotonic()
    try:
        browser.desktop()
        browser.media()
        test(browser)
        complaints = browser.complaints()
        assert not complaints, complaints
    except Exception:  # noqa: BLE001 - the next test goes on
        print(f"FAILED  {name}", flush=True)
        traceback.print_exc(file=sys.stdout)
        return False
    print(f"ok      {name} ({time.monotonic() - start:.1f} s)", flush=True)
    return True


def main():
    wanted = sys.argv[1:]
    tests = [(name, test) for module in (use_tests, title_tests, reach_tests, hostile_tests, real_tests)
             for name, test in vars(module).items() if name.startswith("test_") and (not wanted or name in wanted)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    browser = Browser()
    try:
        failed = sum(not passes(browser, name, test) for name, test in tests)
    finally:
        browser.close()
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed or not tests else 0


sys.exit(main())
