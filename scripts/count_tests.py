"""Counts the single tests of a meson JUnit log: prints "PASSED FAILED" and, on standard error,
what failed. A skipped test is a failure: nothing may hide."""
import sys
import xml.etree.ElementTree as ElementTree


def main(path):
    passed = failed = 0
    try:
        suites = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError) as error:
        print(f"no test log: {error}", file=sys.stderr)
        print("0 1")
        return
    for suite in suites.iter("testsuite"):
        bad = 0
        for case in suite.iter("testcase"):
            problem = next((case.find(tag) for tag in ("failure", "error", "skipped")
                            if case.find(tag) is not None), None)
            if problem is None:
                passed += 1
            else:
                bad += 1
                failed += 1
                print(f"FAILED {suite.get('name')}: {case.get('name')} ({problem.tag})",
                      file=sys.stderr)
        if bad:
            for tag in ("system-out", "system-err"):
                for element in suite.iter(tag):
                    if element.text:
                        print(element.text[-4000:], file=sys.stderr)
    print(passed, failed)


main(sys.argv[1])
