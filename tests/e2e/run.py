"""Runs the end-to-end tests: run.py [PATTERN]. Prints "PASSED FAILED" on standard output and the
reports on standard error. A skipped test counts as failed."""
import os
import signal
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import harness  # noqa: E402


def main():
    # What nohup or a shell's background has set to be ignored, the programs would rightly ignore.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    loader = unittest.TestLoader()
    if len(sys.argv) > 1:
        loader.testNamePatterns = [f"*{pattern}*" for pattern in sys.argv[1:]]
    suite = loader.discover(HERE, "test_*.py")
    try:
        result = unittest.TextTestRunner(stream=sys.stderr, verbosity=2).run(suite)
    finally:
        harness.Tracks.clean()
    # a test with several failing parts (subTest) is one failed test
    bad = {getattr(case, "test_case", case).id()
           for case, _ in result.failures + result.errors + result.skipped}
    failed = len(bad) + len(result.unexpectedSuccesses)
    print(max(result.testsRun - failed, 0), failed)


main()
