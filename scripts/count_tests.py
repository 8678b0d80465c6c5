"""Counts the single tests of a meson run by its logs LOG.junit.xml and LOG.json: prints "PASSED
FAILED" and, on standard error, what failed. A skipped test is a failure: nothing may hide. So is a
program that failed as a whole, whatever its tests said until then: it was killed, ran out of time
or ended with an error that a sanitizer found at the end."""
import json
import sys
import xml.etree.ElementTree as ElementTree


def count_cases(suite, failed_in):
    """Of a program: (passed, failed); adds its name, or its only test's, to failed_in."""
    passed = failed = 0
    for case in suite.iter("testcase"):
        problem = next((case.find(tag) for tag in ("failure", "error", "skipped")
                        if case.find(tag) is not None), None)
        if problem is None:
            passed += 1
            continue
        failed += 1
        failed_in += [suite.get("name"), case.get("name")]
        print(f"FAILED {suite.get('name')}: {case.get('name')} ({problem.tag})", file=sys.stderr)
    return passed, failed


def main(log):
    passed = failed = 0
    failed_in = []
    try:
        suites = ElementTree.parse(log + ".junit.xml").getroot()
        with open(log + ".json", encoding="utf-8") as file:
            programs = [json.loads(line) for line in file]
    except (OSError, ElementTree.ParseError, ValueError) as error:
        print(f"no test log: {error}", file=sys.stderr)
        print("0 1")
        return
    for suite in suites.iter("testsuite"):
        good, bad = count_cases(suite, failed_in)
        passed += good
        failed += bad
    for program in programs:
        if program["result"] in ("OK", "EXPECTEDFAIL"):
            continue
        if not any(name.endswith(program["name"]) for name in failed_in):
            failed += 1
            print(f"FAILED {program['name']} ({program['result']})", file=sys.stderr)
        for stream in ("stdout", "stderr"):
            print(program.get(stream, "")[-4000:], file=sys.stderr)
    print(passed, failed)


main(sys.argv[1])
